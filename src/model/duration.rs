//! Durations as files write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity;

/// A duration in whole milliseconds. Its text form has a unit: `800ms`, `15s`, `2m`, `1h`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = Millis::PATTERN, "examples" = ["800ms", "15s"]))]
pub struct Millis(pub u64);

/// Units from large to small, so that printing takes the largest that divides.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: {1}")]
pub struct DurationError(String, String);

impl Millis {
    /// The pattern of its text form, for JSON Schema.
    pub const PATTERN: &str = "^[0-9]+(ms|s|m|h)$";

    /// The duration that an invalid text probably means: `15`, `15 s`, `1.5s`, `2min`.
    pub fn meant(text: &str) -> Option<Self> {
        let factor = |unit: &str| match unit {
            "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => Some(1),
            "s" | "sec" | "secs" | "second" | "seconds" => Some(1000),
            "m" | "min" | "mins" | "minute" | "minutes" => Some(60_000),
            "h" | "hour" | "hours" => Some(3_600_000),
            _ => None,
        };
        match text.trim().parse() {
            Ok(number) if number < 1_000_000 => Some(Self::seconds(number)),
            _ => quantity::meant(text, factor).map(Self),
        }
    }

    /// A number of seconds.
    pub const fn seconds(count: u64) -> Self {
        Self(count * 1000)
    }

    /// As the standard library's type.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl FromStr for Millis {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        quantity::parse(text, &UNITS).map(Self).ok_or_else(|| {
            let help = match Self::meant(text) {
                Some(span) => format!("did you mean `{span}`?"),
                None => "write a whole number and a unit, such as `800ms`, `15s` or `2m`".to_owned(),
            };
            DurationError(text.to_owned(), help)
        })
    }
}

impl TryFrom<String> for Millis {
    type Error = DurationError;

    fn try_from(text: String) -> Result<Self, DurationError> {
        text.parse()
    }
}

impl From<Millis> for String {
    fn from(span: Millis) -> String {
        span.to_string()
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&quantity::show(self.0, &UNITS, "s"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        for (text, span) in [("800ms", 800), ("15s", 15_000), ("2m", 120_000), ("1h", 3_600_000), ("0s", 0)] {
            assert_eq!(text.parse::<Millis>().unwrap(), Millis(span));
            assert_eq!(Millis(span).to_string(), text);
        }
        assert_eq!(Millis(1500).to_string(), "1500ms");
        for bad in ["", "2", "s", "1.5s", "-1s", "15 s", "99999999999999999h"] {
            assert!(bad.parse::<Millis>().is_err(), "{bad}");
        }
    }
    #[test]
    fn what_was_meant() {
        for (text, right) in [
            ("15", "15s"),
            ("15 s", "15s"),
            ("1.5s", "1500ms"),
            ("1sec", "1s"),
            ("2min", "2m"),
            ("0.5 h", "30m"),
        ] {
            assert_eq!(Millis::meant(text).unwrap().to_string(), right);
        }
        for text in ["", "s", "soon", "-1s", "1.2345ms", "99999999999999999h"] {
            assert_eq!(Millis::meant(text), None, "{text}");
        }
    }
}
