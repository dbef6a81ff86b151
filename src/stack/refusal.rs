//! The reason why a parameter's value is invalid, without a position.

/// The reason why a value is invalid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// The note beside the value.
    pub label: String,
    /// How to correct it.
    pub help: Option<String>,
    /// The correct text, without quotes.
    pub instead: Option<String>,
    /// The invalid item of a list; `None` for the whole value.
    pub item: Option<usize>,
    /// Whether it follows from an error that has been reported already.
    pub known: bool,
}

impl Refusal {
    /// A refusal with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Sets the note beside the value.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets the correct text.
    #[must_use]
    pub fn instead(mut self, text: Option<impl Into<String>>) -> Self {
        self.instead = text.map(Into::into);
        self
    }

    /// A refusal that follows from an error that has been reported already.
    pub fn known() -> Self {
        Self { known: true, ..Self::default() }
    }
}
