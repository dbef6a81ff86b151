//! Which values a key can have.

use super::Kind;
use crate::model::fault::Value;
use crate::model::{Bytes, Millis};

/// The longest that frames may be held up: netem keeps 1000 of them.
const LONGEST_LATENCY: u64 = 10_000;

/// Which values are allowed: milliseconds of a time, bytes of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub least: u64,
    /// The most; none if there is no bound.
    pub most: Option<u64>,
    /// What else is to be said to who is out of it.
    pub hint: &'static str,
}

/// Any value of its kind.
pub(super) const ANY: Range = Range { least: 0, most: None, hint: "" };

/// An amount or more.
pub(super) const fn at_least(least: u64) -> Range {
    Range { least, most: None, hint: "" }
}

/// How long frames may be held up, at least so many milliseconds.
pub(super) const fn latency_from(least: u64) -> Range {
    Range { least, most: Some(LONGEST_LATENCY), hint: "" }
}

/// A part of a hundred, neither none nor all.
pub(super) const fn percent(hint: &'static str) -> Range {
    Range { least: 1, most: Some(99), hint }
}

impl Range {
    /// Whether a value is in it; a text of a kind that has no measure always is.
    pub fn holds(&self, kind: Kind, value: &Value) -> bool {
        match (kind, value) {
            (Kind::Folder, Value::Text(folder)) => {
                folder.starts_with('/') && !folder.trim_end_matches('/').is_empty()
            }
            _ => amount(kind, value)
                .is_none_or(|amount| amount >= self.least && self.most.is_none_or(|most| amount <= most)),
        }
    }

    /// The range in words, with values as a drill file has them; none if every value is in it.
    pub fn text(&self, kind: Kind) -> Option<String> {
        if kind == Kind::Folder {
            return Some("the whole path of a folder, such as `\"/srv/data\"`; not `/`".to_owned());
        }
        let written = |amount: u64| match kind {
            Kind::Time => format!("`\"{}\"`", Millis(amount)),
            Kind::Size => format!("`\"{}\"`", Bytes(amount)),
            _ => amount.to_string(),
        };
        let bounds = match self.most {
            Some(most) => format!("{} to {}", written(self.least), written(most)),
            None if self.least > 0 => format!("{} or more", written(self.least)),
            None => return None,
        };
        Some(bounds + self.hint)
    }
}

/// How much a value is: milliseconds, bytes or a number; none for what has no amount.
pub fn amount(kind: Kind, value: &Value) -> Option<u64> {
    match (kind, value) {
        (Kind::Time, Value::Text(text)) => text.parse::<Millis>().ok().map(|time| time.0),
        (Kind::Size, Value::Text(text)) => text.parse::<Bytes>().ok().map(|size| size.0),
        (Kind::Number | Kind::Percent, Value::Number(number)) => Some(*number),
        _ => None,
    }
}
