//! Why a value of a parameter is refused, before it is known where it stands.

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What to say beside the value.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
    /// The right text, without quotes.
    pub instead: Option<String>,
    /// The item of a list that is meant, when it is not the whole value.
    pub item: Option<usize>,
    /// It follows from something that has been reported already.
    pub known: bool,
}

impl Refusal {
    /// A refusal that says so.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Says something beside the value.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what the text should be.
    #[must_use]
    pub fn instead(mut self, text: Option<impl Into<String>>) -> Self {
        self.instead = text.map(Into::into);
        self
    }

    /// What follows from something that has been reported already.
    pub fn known() -> Self {
        Self { known: true, ..Self::default() }
    }
}
