//! The keys of the kinds of loads in a drill file, and their values. Their schema is derived from here, too.

use std::collections::BTreeMap;
use std::io;

use crate::model::Millis;
use crate::model::drill::LoadKind;
use crate::model::fault::Value;

/// A key of a kind.
#[derive(Debug)]
pub struct Key {
    /// Its name: `path`.
    pub name: &'static str,
    /// Its meaning, in sentences, with its default if there is one.
    pub about: &'static str,
    /// The type of its values.
    pub values: Values,
    /// Whether it must be given.
    pub needed: bool,
}

/// The type of the values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Any text.
    Text,
    /// Whole numbers of this range, both ends included.
    Number(u32, u32),
    /// Durations: `3s`.
    Time,
    /// One of these words, each with its meaning.
    Choice(&'static [(&'static str, &'static str)]),
}

impl Key {
    /// A key that must be given.
    pub const fn needed(name: &'static str, values: Values, about: &'static str) -> Self {
        Self { name, about, values, needed: true }
    }

    /// A key that need not be given.
    pub const fn optional(name: &'static str, values: Values, about: &'static str) -> Self {
        Self { name, about, values, needed: false }
    }
}

impl Values {
    /// The expected value, for messages.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number(..) => "a whole number",
            Self::Time => "a time such as `50ms` or `3s`",
            Self::Choice(_) => "a word",
        }
    }
}

/// A problem with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key of the value.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// The values that a drill file gives for the keys of a kind.
#[derive(Debug)]
pub struct Said<'a> {
    values: &'a BTreeMap<&'static str, Value>,
    /// The load's time-out.
    pub timeout: Millis,
    /// The programs in `loads/` of the lab: their texts by their names.
    pub programs: &'a BTreeMap<String, String>,
    /// The problems found so far.
    pub problems: Vec<Problem>,
}

impl<'a> Said<'a> {
    /// Wraps values whose types match their keys.
    pub fn new(
        values: &'a BTreeMap<&'static str, Value>,
        timeout: Millis,
        programs: &'a BTreeMap<String, String>,
    ) -> Self {
        Self { values, timeout, programs, problems: Vec::new() }
    }

    /// Whether a key is given.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        match self.values.get(key)? {
            Value::Text(text) => Some(text),
            Value::Flag(_) | Value::Number(_) => None,
        }
    }

    /// The number of a key.
    pub fn number(&self, key: &str) -> Option<u32> {
        match self.values.get(key)? {
            Value::Number(number) => u32::try_from(*number).ok(),
            Value::Flag(_) | Value::Text(_) => None,
        }
    }

    /// The time of a key.
    pub fn time(&self, key: &str) -> Option<Millis> {
        self.text(key)?.parse().ok()
    }

    /// Reports a value.
    pub fn wrong(&mut self, key: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem { key, message: message.into(), help: help.into() });
    }

    /// A path of a page; none if there is none, or if it is not a path, which is reported.
    pub fn path(&mut self, key: &'static str) -> Option<&'a str> {
        let text = self.text(key)?;
        if is_path(text) {
            return Some(text);
        }
        let help = "write one that begins with `/` and has no spaces";
        self.wrong(key, format!("`{text}` is not a path"), help);
        None
    }

    /// The name of an account. It becomes part of an address, in which some characters have meanings.
    pub fn account(&mut self, key: &'static str, usual: &str) -> Option<String> {
        let Some(name) = self.text(key) else { return Some(usual.to_owned()) };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            let help = format!("write letters, digits, `-`, `_` and `.` only, such as `\"{usual}\"`");
            self.wrong(key, format!("`{name}` is not a valid account name"), help);
            return None;
        }
        Some(name.to_owned())
    }

    /// How long users wait in silence: 0.5 s to 60 s.
    pub fn silence(&mut self, key: &'static str, usual: Millis) -> Millis {
        let Some(time) = self.time(key) else { return usual };
        if !(Millis(500)..=Millis::seconds(60)).contains(&time) {
            let message = format!("users cannot wait {time} in silence");
            self.wrong(key, message, "write `\"500ms\"` to `\"60s\"`");
        }
        time
    }
}

/// Whether a request can ask for this path.
pub fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic())
}

/// A value of a checked kind, converted to the type that its probe needs.
///
/// # Errors
/// The value is missing or invalid, as in a record that was edited by hand.
pub fn value<T>(kind: &LoadKind, key: &str, read: impl FnOnce(&str) -> Option<T>) -> io::Result<T> {
    kind.text(key).and_then(read).ok_or_else(|| missing(kind, key))
}

/// A number of a checked kind.
///
/// # Errors
/// It is missing.
pub fn number(kind: &LoadKind, key: &str) -> io::Result<u32> {
    kind.number(key).and_then(|number| u32::try_from(number).ok()).ok_or_else(|| missing(kind, key))
}

/// A text of a checked kind.
///
/// # Errors
/// It is missing.
pub fn text<'k>(kind: &'k LoadKind, key: &str) -> io::Result<&'k str> {
    kind.text(key).ok_or_else(|| missing(kind, key))
}

/// A duration of a checked kind.
///
/// # Errors
/// It is missing.
pub fn time(kind: &LoadKind, key: &str) -> io::Result<Millis> {
    value(kind, key, |text| text.parse().ok())
}

fn missing(kind: &LoadKind, key: &str) -> io::Error {
    let message = format!("a load of kind `{}` has no valid `{key}`", kind.word());
    io::Error::new(io::ErrorKind::InvalidData, message)
}
