//! Bytes in messages.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};

/// Bytes; base64 in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Raw(pub Vec<u8>);

impl From<Raw> for String {
    fn from(raw: Raw) -> String {
        BASE64_STANDARD.encode(raw.0)
    }
}

impl TryFrom<String> for Raw {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        BASE64_STANDARD.decode(text).map(Self)
    }
}
