//! A moment as people write it: `2026-12-01 11:30`, in the time zone of this machine, or with a zone of its
//! own.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moment in a file that people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Moment(pub Timestamp);

/// Why a text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date with a time: write `2026-12-01 11:30`, or with a zone `2026-12-01T11:30+07:00`")]
pub struct MomentError(String);

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let wrong = || MomentError(text.to_owned());
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Self(moment));
        }
        // A date without a time would be midnight at its beginning, which is hardly meant.
        if !text.contains(':') {
            return Err(wrong());
        }
        let civil: DateTime = text.parse().map_err(|_| wrong())?;
        // An hour that the change of clocks repeats is the first one; one that it leaves out is moved behind
        // it.
        civil.to_zoned(TimeZone::system()).map(|zoned| Self(zoned.timestamp())).map_err(|_| wrong())
    }
}

impl TryFrom<String> for Moment {
    type Error = MomentError;

    fn try_from(text: String) -> Result<Self, MomentError> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.0.to_string()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zoned = self.0.to_zoned(TimeZone::system());
        write!(f, "{}", zoned.strftime("%Y-%m-%d %H:%M"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_a_date_and_a_time() {
        let zoned: Moment = "2026-12-01T11:30+07:00".parse().unwrap();
        assert_eq!(zoned.0.to_string(), "2026-12-01T04:30:00Z");
        let local: Moment = "2026-12-01 11:30".parse().unwrap();
        assert_eq!(local.to_string(), "2026-12-01 11:30");
        for text in ["2026-12-01", "11:30", "", "tomorrow", "2026-13-01 11:30", "2026-12-01 25:00"] {
            let error = text.parse::<Moment>().unwrap_err();
            assert!(error.to_string().contains("2026-12-01 11:30"), "{text}");
        }
    }
}
