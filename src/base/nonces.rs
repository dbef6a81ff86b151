//! Texts that nothing knows before they are sent.

use std::io;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::random;
use super::text::hexadecimal;

/// The length of the key, in bytes.
const KEY: usize = 32;

/// The length of a nonce, in bytes: half of a digest.
const NONCE: usize = 16;

/// A nonce for each number, made of a random key: without the key, those that were sent do not give away the
/// next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonces([u8; KEY]);

/// A text is not the key of nonces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of nonces is {} hexadecimal digits", 2 * KEY)]
pub struct NoKey;

impl Nonces {
    /// Draws a key.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn draw() -> io::Result<Self> {
        Ok(Self(random::bytes()?))
    }

    /// The nonce of a number: 32 hexadecimal digits.
    pub fn of(&self, number: u64) -> String {
        let digest = Sha256::new().chain_update(self.0).chain_update(number.to_be_bytes()).finalize();
        hexadecimal(digest.get(..NONCE).unwrap_or_default())
    }

    /// The nonce of a number in two halves of 16 digits. By either it is known wherever it was written.
    pub fn halves(&self, number: u64) -> [String; 2] {
        let nonce = self.of(number);
        let (first, second) = nonce.split_at(NONCE);
        [first.to_owned(), second.to_owned()]
    }

    /// A number with its nonce, as it is sent: `7-0123…`.
    pub fn named(&self, number: u64) -> String {
        format!("{number}-{}", self.of(number))
    }

    /// The number of a text that [`Self::named`] made; none of any other text.
    pub fn number(&self, text: &str) -> Option<u64> {
        let number = text.split_once('-')?.0.parse().ok()?;
        (self.named(number) == text).then_some(number)
    }
}

impl From<Nonces> for String {
    fn from(nonces: Nonces) -> String {
        hexadecimal(&nonces.0)
    }
}

impl TryFrom<String> for Nonces {
    type Error = NoKey;

    fn try_from(text: String) -> Result<Self, NoKey> {
        let mut key = [0; KEY];
        if text.len() != 2 * KEY || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoKey);
        }
        for (byte, place) in key.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(&text[place..place + 2], 16).map_err(|_| NoKey)?;
        }
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_with_its_own_nonce_is_read() {
        let (nonces, others) = (Nonces::draw().unwrap(), Nonces::draw().unwrap());
        let text = nonces.named(17);
        assert_eq!(text.len(), 2 + 1 + 32);
        assert_eq!(nonces.number(&text), Some(17));
        assert_eq!(format!("17-{}", nonces.halves(17).concat()), text);
        assert_eq!(others.number(&text), None);
        for text in ["17", "17-", &text.replacen("17", "18", 1), &format!("0{text}"), &format!("{text}0")] {
            assert_eq!(nonces.number(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_kept_as_text() {
        let nonces = Nonces::draw().unwrap();
        let json = serde_json::to_string(&nonces).unwrap();
        assert_eq!(serde_json::from_str::<Nonces>(&json).unwrap(), nonces);
        for wrong in ["\"\"", "\"00\"", &json.replace(|c: char| c.is_ascii_digit(), "é")] {
            assert!(serde_json::from_str::<Nonces>(wrong).is_err(), "{wrong}");
        }
    }
}
