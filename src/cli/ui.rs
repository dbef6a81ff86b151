//! The only place that prints. Data goes to stdout, messages to stderr.
//!
//! All texts go through a filter ([`crate::base::text`]), so that none of a guest, a lab or a record acts on
//! the terminal.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use indicatif::{MultiProgress, ProgressDrawTarget};
use owo_colors::{OwoColorize, Style};
use serde::Serialize;

use super::error::CliError;
use crate::app::{AppError, VERSION};
use crate::base::text;

/// Goes to the first place of a terminal, and erases what is shown and what was.
const CLEAR: &[u8] = b"\x1b[H\x1b[2J\x1b[3J";

/// The amount of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Data and errors only.
    Quiet,
    /// Also information for people.
    Normal,
    /// Also explanations.
    Verbose,
}

/// The format of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON value.
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<ColorWhen> for anstream::ColorChoice {
    fn from(when: ColorWhen) -> Self {
        match when {
            ColorWhen::Auto => anstream::ColorChoice::Auto,
            ColorWhen::Always => anstream::ColorChoice::Always,
            ColorWhen::Never => anstream::ColorChoice::Never,
        }
    }
}

/// The terminal, or a replacement of it.
#[derive(Debug)]
pub struct Ui {
    verbosity: Verbosity,
    progress: MultiProgress,
    bars: bool,
    /// Whether errors are written for programs.
    json: bool,
}

impl Ui {
    /// Bars are drawn on a terminal at normal verbosity: verbose lines would tear them apart. With `json`,
    /// errors are written for programs.
    pub fn new(verbosity: Verbosity, json: bool) -> Self {
        let terminal =
            std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|t| t != "dumb");
        let bars = terminal && verbosity == Verbosity::Normal;
        let target = if bars { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { verbosity, progress: MultiProgress::with_draw_target(target), bars, json }
    }

    /// Where bars are added.
    pub fn multi(&self) -> &MultiProgress {
        &self.progress
    }

    /// Whether bars are drawn; if not, progress is shown in lines.
    pub fn bars(&self) -> bool {
        self.bars
    }

    /// The width of the terminal in columns, else the value of COLUMNS, else 100.
    pub fn width(&self) -> usize {
        let terminal = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col.into());
        let told = || std::env::var("COLUMNS").ok()?.parse().ok();
        terminal.filter(|columns| *columns > 0).or_else(told).unwrap_or(100)
    }

    /// The amount of output.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Prints data, with a line end if it lacks one.
    ///
    /// # Errors
    /// When stdout cannot be written: [`CliError`] ends the command silently if the reader has gone.
    pub fn data(&self, text: impl Display) -> Result<(), CliError> {
        self.write_data(&text.to_string()).map_err(CliError::Output)
    }

    /// Prints data, for a listener without a caller that could receive an error.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print(&self, text: impl Display) -> std::io::Result<()> {
        self.write_data(&text.to_string())
    }

    /// Prints a text in place of what the screen shows; after it where the output is no terminal.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn redraw(&self, text: &str) -> std::io::Result<()> {
        let terminal = self.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        self.print_bytes(if terminal { CLEAR } else { b"" })?;
        self.write_data(text)
    }

    /// Whether stdout is a terminal.
    pub fn is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Prints bytes as they are.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print_bytes(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush())
    }

    fn write_data(&self, text: &str) -> std::io::Result<()> {
        let text = text::styled(text);
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        self.progress.suspend(|| {
            let mut out = anstream::stdout().lock();
            write!(out, "{text}{end}").and_then(|()| out.flush())
        })
    }

    /// Prints a JSON document whose form is defined elsewhere.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn document(&self, value: &impl Serialize) -> Result<(), CliError> {
        self.data(text::json(&serde_json::to_string_pretty(value).map_err(unwritable)?))
    }

    /// Prints data as a JSON object that begins with its version.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn json(&self, value: &impl Serialize) -> Result<(), CliError> {
        self.document(&versioned(serde_json::to_value(value).map_err(unwritable)?))
    }

    /// Prints a list in the format that was asked for; as JSON, it is a field of an object with a version.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn list(
        &self,
        format: Format,
        name: &str,
        rows: &[impl Serialize],
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        match format {
            Format::Text if rows.is_empty() => Ok(()),
            Format::Text => self.data(text()),
            Format::Json => self.json(&serde_json::json!({ name: rows })),
        }
    }

    /// Prints data in the format that was asked for.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn value(
        &self,
        format: Format,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        match format {
            Format::Text => self.data(text()),
            Format::Json => self.json(value),
        }
    }

    /// Prints information for people.
    pub fn say(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.talk(text);
        }
    }

    /// Prints an explanation, if these are wanted.
    pub fn explain(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            self.talk(text);
        }
    }

    /// Warns, unless quiet.
    pub fn warn(&self, text: impl Display) {
        self.say(format!("{} {text}", paint("warning:", Style::new().yellow().bold())));
    }

    /// Prints the error that ends the command, even when quiet.
    pub fn error(&self, error: &CliError) {
        let text = if self.json { error.json() } else { error.render() };
        text.into_iter().for_each(|text| self.talk(text));
    }

    /// Prints a failure after which the command continues, even when quiet.
    pub fn problem(&self, error: &AppError) {
        self.error(&CliError::from(error.clone()));
    }

    /// Prints the problems that were found, even when quiet.
    pub fn complain(&self, text: impl Display) {
        self.talk(text);
    }

    fn talk(&self, text: impl Display) {
        let text = text.to_string();
        // Without stderr there is no way to report anything.
        self.progress.suspend(|| {
            let _ = writeln!(anstream::stderr().lock(), "{}", text::styled(&text));
        });
    }
}

fn unwritable(error: serde_json::Error) -> AppError {
    AppError::failed("the result cannot be written as JSON").because(error)
}

/// An object with the version of its form in front, unless it has one.
pub fn versioned(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(mut fields) if !fields.contains_key("version") => {
            fields.shift_insert(0, "version".to_owned(), VERSION.into());
            serde_json::Value::Object(fields)
        }
        other => other,
    }
}

/// Text in a style; the streams remove the style where there are no colours.
pub fn paint(text: impl Display, style: Style) -> String {
    text.style(style).to_string()
}

/// Emphasised text.
pub fn bold(text: impl Display) -> String {
    paint(text, Style::new().bold())
}

/// Dimmed text.
pub fn dim(text: impl Display) -> String {
    paint(text, Style::new().dimmed())
}
