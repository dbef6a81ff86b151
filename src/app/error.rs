//! Why an operation failed, as plain data: the same text for a terminal, a page, a record and another
//! process.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostics;
use crate::model::InstanceName;

/// The kind of a failure. A user interface decides from it alone how to end: the command line by an exit
/// status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// It failed for a reason that has no kind of its own.
    Failed,
    /// The request is invalid.
    Usage,
    /// A lab, drill, stack or image file is wrong.
    BadFile,
    /// The machine lacks something that is needed.
    Host,
    /// Another operation works on the same thing.
    Busy,
    /// No such instance, node, drill, image, record or operation.
    NotFound,
    /// It was cancelled.
    Interrupted,
}

/// A remark, followed by lines of output of another program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The remark.
    pub remark: String,
    /// The lines; may be empty.
    pub lines: String,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What failed, in one line.
    pub message: String,
    /// The problems of a file, if these are the failure; then the message only counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problems: Option<Box<Diagnostics>>,
    /// What caused it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// Remarks with output of guests and tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// Advice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

impl AppError {
    /// A failure of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (causes, details, hints) = (Vec::new(), Vec::new(), Vec::new());
        Self { kind, message: message.into(), problems: None, causes, details, hints }
    }

    /// Something failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// The request is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A named thing does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// The operation was cancelled.
    pub fn stopped() -> Self {
        Self::new(ErrorKind::Interrupted, "stopped")
    }

    /// The problems of a file.
    pub fn bad_file(problems: &Diagnostics) -> Self {
        let problems = problems.clone();
        Self {
            problems: Some(Box::new(problems.clone())),
            ..Self::new(ErrorKind::BadFile, problems.to_string())
        }
    }

    /// Adds the error that caused it, with the whole chain behind that.
    pub fn because(mut self, source: impl Error) -> Self {
        self.causes.push(source.to_string());
        self.because_sources(&source)
    }

    /// Adds the causes of an error whose own text is the message already.
    pub fn because_sources(mut self, error: &dyn Error) -> Self {
        let mut next = error.source();
        while let Some(source) = next {
            self.causes.push(source.to_string());
            next = source.source();
        }
        self
    }

    /// Names the instance, one of several, that the failure belongs to.
    pub fn about(mut self, instance: &InstanceName) -> Self {
        self.message.insert_str(0, &format!("{instance}: "));
        self
    }

    /// Adds a remark and, below it, lines of output of another program.
    pub fn detail(mut self, remark: impl Into<String>, lines: impl Into<String>) -> Self {
        self.details.push(Detail { remark: remark.into(), lines: lines.into() });
        self
    }

    /// Adds advice.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds advice, if there is any.
    pub fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hints.extend(hint.map(Into::into));
        self
    }

    /// What failed and why, in one line, for a record or a history.
    pub fn line(&self) -> String {
        let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        let problem = self.problems.iter().flat_map(|problems| problems.items()).next();
        let causes = problem.map(|problem| problem.message.clone()).into_iter().chain(self.causes.clone());
        std::iter::once(first(&self.message))
            .chain(causes.map(|cause| first(&cause)))
            .collect::<Vec<_>>()
            .join(": ")
    }
}

/// What failed and why, in one line.
impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

impl Error for AppError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the daemon does not answer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_record_has_one_line() {
        let error =
            AppError::failed("the lab is not up").because(Outer(std::io::Error::other("refused\nagain")));
        assert_eq!(error.hint("try it").line(), "the lab is not up: the daemon does not answer: refused");
    }

    #[test]
    fn an_error_is_the_same_on_the_other_side_of_a_pipe() {
        let mut problems = Diagnostics::new("lab.toml", "name = 1");
        problems.push(crate::diagnostic::Diagnostic::error(7..8, "a name is text"));
        let error = AppError::bad_file(&problems).detail("the last lines", "a\nb").hint("quote it");
        let text = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<AppError>(&text).unwrap(), error);
    }
}
