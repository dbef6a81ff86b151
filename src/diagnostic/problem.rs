//! A problem in a file as plain data: what is wrong, where, and how to correct it.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but may not mean what its author expects.
    Warning,
}

/// One problem. Built with [`Diagnostic::error`] or [`Diagnostic::warning`], then refined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Its severity.
    pub severity: Severity,
    /// The file, as an index into [`Diagnostics::sources`]; 0 until [`Diagnostics::push_in`] sets it.
    pub source: usize,
    /// The offending bytes of the file.
    pub span: Range<usize>,
    /// What is wrong: a lowercase fragment that can be understood without the file.
    pub message: String,
    /// The note beside the marked bytes; may be empty.
    pub label: String,
    /// Related positions in the same file, each with a remark.
    pub related: Vec<(Range<usize>, String)>,
    /// How to correct it.
    pub help: Option<String>,
    /// The correct text in place of the marked bytes, for editors.
    pub replacement: Option<String>,
}

impl Diagnostic {
    /// An error at some bytes of the file.
    pub fn error(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            source: 0,
            span,
            message: message.into(),
            label: String::new(),
            related: Vec::new(),
            help: None,
            replacement: None,
        }
    }

    /// A warning at some bytes of the file.
    pub fn warning(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(span, message) }
    }

    /// Sets the note beside the marked bytes.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Marks a related position in the same file.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, remark: impl Into<String>) -> Self {
        self.related.push((span, remark.into()));
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets the help if there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Shortens values, which stand between backquotes, to 80 characters in all texts.
    pub(super) fn shorten(&mut self) {
        let related = self.related.iter_mut().map(|(_, remark)| remark);
        for text in [&mut self.message, &mut self.label].into_iter().chain(related).chain(&mut self.help) {
            let parts = text.split('`').enumerate();
            let parts = parts.map(|(at, part)| if at % 2 == 1 { short(part) } else { Cow::Borrowed(part) });
            *text = parts.collect::<Vec<_>>().join("`");
        }
    }

    /// Sets the correct text for the marked bytes.
    #[must_use]
    pub fn replace_with(mut self, text: impl Into<String>) -> Self {
        self.replacement = Some(text.into());
        self
    }
}

/// The longest value that a message shows, in characters.
const LONGEST: usize = 80;

fn short(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(LONGEST) {
        Some(_) => Cow::Owned(value.chars().take(LONGEST - 1).chain(['…']).collect()),
        None => Cow::Borrowed(value),
    }
}
