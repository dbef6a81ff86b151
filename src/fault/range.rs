//! The ranges of keys.

use super::Kind;
use crate::model::fault::Value;
use crate::model::{Bytes, Millis};

/// The longest delay of frames, because netem queues 1000 of them.
const LONGEST_LATENCY: u64 = 10_000;

/// A range of values: durations in milliseconds, sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The minimum.
    pub least: u64,
    /// The maximum; `None` for no bound.
    pub most: Option<u64>,
    /// An addition to the error message for values outside the range.
    pub hint: &'static str,
}

/// Any value of its kind.
pub(super) const ANY: Range = Range { least: 0, most: None, hint: "" };

/// This amount or more.
pub(super) const fn at_least(least: u64) -> Range {
    Range { least, most: None, hint: "" }
}

/// A range of frame delays from this number of milliseconds.
pub(super) const fn latency_from(least: u64) -> Range {
    Range { least, most: Some(LONGEST_LATENCY), hint: "" }
}

/// A percentage between 1 and 99.
pub(super) const fn percent(hint: &'static str) -> Range {
    Range { least: 1, most: Some(99), hint }
}

impl Range {
    /// Whether a value is in the range; always true for texts without an amount.
    pub fn holds(&self, kind: Kind, value: &Value) -> bool {
        match (kind, value) {
            (Kind::Folder, Value::Text(folder)) => {
                folder.starts_with('/') && !folder.trim_end_matches('/').is_empty()
            }
            _ => amount(kind, value)
                .is_none_or(|amount| amount >= self.least && self.most.is_none_or(|most| amount <= most)),
        }
    }

    /// The range as text, with values as in a drill file; `None` if it includes every value.
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

/// The amount of a value: milliseconds, bytes or a number; `None` for values without an amount.
pub fn amount(kind: Kind, value: &Value) -> Option<u64> {
    match (kind, value) {
        (Kind::Time, Value::Text(text)) => text.parse::<Millis>().ok().map(|time| time.0),
        (Kind::Size, Value::Text(text)) => text.parse::<Bytes>().ok().map(|size| size.0),
        (Kind::Number | Kind::Percent, Value::Number(number)) => Some(*number),
        _ => None,
    }
}
