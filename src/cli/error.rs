//! Errors as the user sees them: what failed, why, and what to do about it.
//!
//! Who is to blame and with which status the command ends is decided in this folder's `blame.rs` and nowhere else.

use std::error::Error;
use std::fmt::Write as _;

use owo_colors::Style;

use super::exit::Exit;
use super::ui::paint;
use crate::model::InstanceName;

/// Why a command ends without having done what was asked.
#[derive(Debug)]
pub struct CliError {
    exit: Exit,
    message: Message,
    causes: Vec<String>,
    details: Vec<(String, String)>,
    hints: Vec<String>,
}

/// What is said first.
#[derive(Debug)]
enum Message {
    /// One line.
    Line(String),
    /// A whole text that needs no `error:` in front: diagnostics of a file.
    Rendered(String),
    /// Nothing: the reader of our output has gone.
    Silent,
}

impl CliError {
    /// An error that ends the command with this status.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: Message::Line(message.into()),
            causes: Vec::new(),
            details: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Something failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::FAILED, message)
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::USAGE, message)
    }

    /// Something named on the command line is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NOT_FOUND, message)
    }

    /// Diagnostics that are already laid out for the terminal.
    pub fn rendered(exit: Exit, text: impl Into<String>) -> Self {
        Self {
            exit,
            message: Message::Rendered(text.into()),
            causes: Vec::new(),
            details: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Stdout could not be written.
    pub fn stdout(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self { message: Message::Silent, ..Self::failed("") };
        }
        Self::failed("the output cannot be written").because(error)
    }

    /// Adds the error that caused it, with the whole chain behind that.
    pub fn because(mut self, source: impl Error) -> Self {
        self.causes.push(source.to_string());
        self.because_sources(&source)
    }

    /// Adds what caused an error that has been told already.
    pub fn because_sources(mut self, error: &dyn Error) -> Self {
        let mut next = error.source();
        while let Some(source) = next {
            self.causes.push(source.to_string());
            next = source.source();
        }
        self
    }

    /// Says which of several instances it is about.
    pub fn about(mut self, instance: &InstanceName) -> Self {
        if let Message::Line(line) = &mut self.message {
            line.insert_str(0, &format!("{instance}: "));
        }
        self
    }

    /// Adds a remark and, below it, lines that something else wrote.
    pub fn detail(mut self, remark: impl Into<String>, lines: impl Into<String>) -> Self {
        self.details.push((remark.into(), lines.into()));
        self
    }

    /// Adds something to try.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds something to try, if there is something.
    pub fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hints.extend(hint.map(Into::into));
        self
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What failed and why, in one line, for a record.
    pub fn line(&self) -> String {
        let told = match &self.message {
            Message::Line(line) => line.clone(),
            // The first line of a rendered text says what is wrong, the others show where.
            Message::Rendered(text) => text.lines().next().unwrap_or_default().to_owned(),
            Message::Silent => String::new(),
        };
        let causes = self.causes.iter().map(|cause| cause.lines().next().unwrap_or_default());
        std::iter::once(told.as_str()).chain(causes).collect::<Vec<_>>().join(": ")
    }

    /// The text for stderr; none when there is nobody to read it.
    pub fn render(&self) -> Option<String> {
        let mut text = match &self.message {
            Message::Line(line) => format!("{} {line}", paint("error:", Style::new().red().bold())),
            Message::Rendered(text) => text.trim_end().to_owned(),
            Message::Silent => return None,
        };
        for cause in &self.causes {
            let _ = write!(text, "\n  caused by: {}", cause.replace('\n', "\n             "));
        }
        for (remark, lines) in &self.details {
            let _ = write!(text, "\n\n{remark}");
            for line in lines.lines() {
                let _ = write!(text, "\n  | {line}");
            }
        }
        for hint in &self.hints {
            let _ = write!(text, "\n\n{} {hint}", paint("hint:", Style::new().cyan().bold()));
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the daemon does not answer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn the_whole_chain_and_the_hints_are_told() {
        let error = CliError::failed("the lab is not up")
            .because(Outer(std::io::Error::other("connection refused")))
            .hint("try `lab down`");
        let text = anstream::adapter::strip_str(&error.render().unwrap()).to_string();
        assert_eq!(
            text,
            "error: the lab is not up\n  caused by: the daemon does not answer\n  caused by: connection refused\n\nhint: try `lab down`"
        );
    }

    #[test]
    fn a_record_has_one_line() {
        let error =
            CliError::failed("the lab is not up").because(Outer(std::io::Error::other("refused\nagain")));
        assert_eq!(error.hint("try it").line(), "the lab is not up: the daemon does not answer: refused");
    }

    #[test]
    fn a_reader_that_left_is_told_nothing() {
        assert_eq!(CliError::stdout(std::io::ErrorKind::BrokenPipe.into()).render(), None);
    }
}
