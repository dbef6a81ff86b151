//! Why a value of a parameter is refused, before it is known where it stands.

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: Option<String>,
    /// The right text, without quotes.
    pub(super) instead: Option<String>,
    /// The item of a list that is meant, when it is not the whole value.
    pub(super) item: Option<usize>,
    /// It follows from something that has been reported already.
    pub(super) known: bool,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn instead(mut self, text: Option<impl Into<String>>) -> Self {
        self.instead = text.map(Into::into);
        self
    }

    pub(super) fn known() -> Self {
        Self { known: true, ..Self::default() }
    }
}
