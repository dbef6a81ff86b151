//! Errors as the user sees them: what failed, why, and what to do about it.

use std::fmt::Write as _;
use std::io;

use owo_colors::Style;

use super::exit::Exit;
use super::ui::{paint, versioned};
use crate::app::AppError;
use crate::base::text::{self, one_line};
use crate::diagnostic::render;

const UNWRITABLE: &str = "the output cannot be written";

/// Why a command failed.
#[derive(Debug)]
pub enum CliError {
    /// The application failed.
    App(Box<AppError>),
    /// The output could not be written.
    Output(io::Error),
}

impl From<AppError> for CliError {
    fn from(error: AppError) -> Self {
        Self::App(Box::new(error))
    }
}

impl CliError {
    /// An error of the command line.
    pub fn usage(message: impl Into<String>) -> Self {
        AppError::usage(message).into()
    }

    /// The exit status of the command.
    pub fn exit(&self) -> Exit {
        match self {
            CliError::App(error) => error.kind.into(),
            CliError::Output(_) => Exit::FAILED,
        }
    }

    /// The text for stderr; none when the reader of the output has gone.
    pub fn render(&self) -> Option<String> {
        match self {
            CliError::App(error) => Some(text(error)),
            CliError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            CliError::Output(error) => Some(text(&AppError::failed(UNWRITABLE).because(error))),
        }
    }
}

impl CliError {
    /// The same for a program, as one line: `{"version":1,"kind":"usage","message":…,"exit_status":2}`.
    pub fn json(&self) -> Option<String> {
        let error = match self {
            CliError::App(error) => (**error).clone(),
            CliError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return None,
            CliError::Output(error) => AppError::failed(UNWRITABLE).because(error),
        };
        let problems = error.problems.as_deref().map(render::json);
        let value = serde_json::json!({
            "kind": error.kind,
            "message": error.message,
            "problems": problems.unwrap_or_default(),
            "causes": error.causes,
            "details": error.details,
            "hints": error.hints,
            "exit_status": self.exit().0,
        });
        Some(text::json(&versioned(value).to_string()).into_owned())
    }
}

/// Lines without what a terminal would act on: a message may quote a guest.
fn shown(text: &str, between: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join(between)
}

/// An error as text for a terminal.
pub fn text(error: &AppError) -> String {
    let mut text = match &error.problems {
        Some(problems) => render::text(problems, true).trim_end().to_owned(),
        None => {
            format!("{} {}", paint("error:", Style::new().red().bold()), shown(&error.message, "\n       "))
        }
    };
    for cause in &error.causes {
        let _ = write!(text, "\n  caused by: {}", shown(cause, "\n             "));
    }
    for detail in &error.details {
        let _ = write!(text, "\n\n{}", one_line(&detail.remark));
        for line in detail.lines.lines() {
            let _ = write!(text, "\n  | {}", one_line(line));
        }
    }
    for hint in &error.hints {
        let hint = shown(hint, "\n      ");
        let _ = write!(text, "\n\n{} {hint}", paint("hint:", Style::new().cyan().bold()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the daemon does not answer")]
    struct Outer(#[source] io::Error);

    #[test]
    fn the_whole_chain_and_the_hints_are_told() {
        let error = AppError::failed("the lab is not up")
            .because(Outer(io::Error::other("connection refused")))
            .hint("try `lab down`");
        let text = anstream::adapter::strip_str(&CliError::from(error).render().unwrap()).to_string();
        assert_eq!(
            text,
            "error: the lab is not up\n  caused by: the daemon does not answer\n  caused by: connection refused\n\nhint: try `lab down`"
        );
    }

    #[test]
    fn words_from_elsewhere_do_not_control_the_terminal() {
        let error = AppError::failed("no `\u{1b}]0;title\u{7}`")
            .because(io::Error::other("\u{1b}[31mred"))
            .detail("it \u{9b}2J says", "\u{202e}toor")
            .hint("`\u{1b}[2J`");
        let text = anstream::adapter::strip_str(&text(&error)).to_string();
        assert_eq!(
            text,
            "error: no `\\x1b]0;title\\x07`\n  caused by: \\x1b[31mred\n\nit \\x9b2J says\n  | \\u{202e}toor\n\nhint: `\\x1b[2J`"
        );
        let json = CliError::from(error).json().unwrap();
        assert!(!json.contains(|sign: char| sign.is_control() || sign == '\u{202e}'), "{json}");
    }

    #[test]
    fn a_reader_that_left_is_told_nothing() {
        assert_eq!(CliError::Output(io::ErrorKind::BrokenPipe.into()).render(), None);
    }
}
