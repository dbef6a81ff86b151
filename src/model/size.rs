//! Amounts of memory and disk.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity;

/// A number of bytes. Its text form has a binary unit: `512MiB`, `2GiB`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = Bytes::PATTERN, "examples" = ["512MiB"]))]
pub struct Bytes(pub u64);

/// Units from large to small, so that printing takes the largest that divides.
const UNITS: [(&str, u64); 5] =
    [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Why a text is not a size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a size: {1}")]
pub struct SizeError(String, String);

impl Bytes {
    /// The pattern of its text form, for JSON Schema.
    pub const PATTERN: &str = "^[0-9]+(B|KiB|MiB|GiB|TiB)$";

    /// The size that an invalid text probably means: `512MB`, `2g`, `1.5GiB`.
    pub fn meant(text: &str) -> Option<Self> {
        let factor = |unit: &str| match unit {
            "b" | "byte" | "bytes" => Some(1),
            "k" | "kb" | "kib" => Some(1 << 10),
            "m" | "mb" | "mib" => Some(1 << 20),
            "g" | "gb" | "gib" => Some(1 << 30),
            "t" | "tb" | "tib" => Some(1 << 40),
            _ => None,
        };
        quantity::meant(text, factor).map(Self)
    }

    /// A number of MiB (2^20 bytes).
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// A number of GiB (2^30 bytes).
    pub const fn gib(count: u64) -> Self {
        Self(count << 30)
    }

    /// The number of whole MiB, rounded down.
    pub const fn as_mib(self) -> u64 {
        self.0 >> 20
    }
}

impl FromStr for Bytes {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        quantity::parse(text, &UNITS).map(Self).ok_or_else(|| {
            let help = match Self::meant(text) {
                Some(size) => format!("did you mean `{size}`?"),
                None => "write a whole number and a unit, such as `512MiB` or `2GiB`".to_owned(),
            };
            SizeError(text.to_owned(), help)
        })
    }
}

impl TryFrom<String> for Bytes {
    type Error = SizeError;

    fn try_from(text: String) -> Result<Self, SizeError> {
        text.parse()
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> String {
        bytes.to_string()
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&quantity::show(self.0, &UNITS, "B"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        for (text, bytes) in
            [("512MiB", Bytes::mib(512)), ("2GiB", Bytes::gib(2)), ("1536KiB", Bytes(1536 << 10))]
        {
            assert_eq!(text.parse::<Bytes>().unwrap(), bytes);
            assert_eq!(bytes.to_string(), text);
        }
        for bad in ["", "2", "GiB", "2GB", "2 GiB", "2.5GiB", "99999999999999TiB"] {
            assert!(bad.parse::<Bytes>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_meant() {
        for (text, right) in [
            ("512MB", "512MiB"),
            ("2g", "2GiB"),
            ("1 TB", "1TiB"),
            ("7KB", "7KiB"),
            ("512 MiB", "512MiB"),
            ("1.5GiB", "1536MiB"),
        ] {
            assert_eq!(Bytes::meant(text).unwrap().to_string(), right);
        }
        for text in ["", "512", "GB", "5 apples", "0.3B", "1.5.2GiB", "99999999999999TiB"] {
            assert_eq!(Bytes::meant(text), None, "{text}");
        }
    }
}
