//! Secrets that let a student join: a key in a link, and a short code to type.
//!
//! Only their digests are kept. Random bytes are passed in, and so is the time in [`Attempts`].

mod attempts;

use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::base::text::hexadecimal;

pub use attempts::Attempts;

/// The length of a key, in bytes.
const KEY: usize = 16;

/// The length of a code, in letters.
const CODE: usize = 8;

/// The letters of codes: no vowels, so that no code is a word, no L, which looks like I or 1, and no V, which
/// looks like U. A code has 34 bits, which suffices only because [`Attempts`] limits how often it is guessed.
const LETTERS: &str = "BCDFGHJKMNPQRSTWXYZ";

/// The key of a student, for links: 128 random bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; KEY]);

/// A text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is {} hexadecimal digits", 2 * KEY)]
pub struct NoKey;

impl Key {
    /// Draws a key. `random` fills its argument with random bytes.
    pub fn draw(mut random: impl FnMut(&mut [u8])) -> Self {
        let mut bytes = [0; KEY];
        random(&mut bytes);
        Self(bytes)
    }

    /// The key as it is in a link: 32 hexadecimal digits.
    pub fn text(&self) -> String {
        hexadecimal(&self.0)
    }

    /// What is kept of it.
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of("halab class key\0", &self.0)
    }
}

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        digits(text).map(Self).ok_or(NoKey)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The code of a student, for people who type: eight letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct JoinCode([u8; CODE]);

/// A text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// It has a character that is in no code.
    #[error("`{}` is in no code: a code has only the letters {LETTERS}", .0.escape_debug())]
    Letter(char),
    /// It is too short or too long; its number of letters.
    #[error("a code has {CODE} letters, this one has {0}")]
    Length(usize),
}

impl JoinCode {
    /// Draws a code. `random` fills its argument with random bytes, and is called again until enough of them
    /// can be used.
    pub fn draw(mut random: impl FnMut(&mut [u8])) -> Self {
        let count = LETTERS.len();
        // Bytes from here on would make the first letters likelier than the others.
        let end = 256 / count * count;
        let mut code = [0; CODE];
        for letter in &mut code {
            *letter = loop {
                let mut byte = [0];
                random(&mut byte);
                let byte = usize::from(byte[0]);
                if byte < end {
                    break LETTERS.as_bytes()[byte % count];
                }
            };
        }
        Self(code)
    }

    /// The code as it is shown: `BCDF-GHJK`.
    pub fn text(&self) -> String {
        let (first, second) = self.0.split_at(CODE / 2);
        format!("{}-{}", String::from_utf8_lossy(first), String::from_utf8_lossy(second))
    }

    /// What is kept of it. Its 34 bits can be searched: a digest of a code must not be readable for others
    /// while the code is valid.
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of("halab class code\0", &self.0)
    }
}

impl FromStr for JoinCode {
    type Err = NoCode;

    /// Reads a code as people type it: small letters, spaces and all kinds of dashes are fine.
    fn from_str(text: &str) -> Result<Self, NoCode> {
        let mut letters = Vec::new();
        for sign in text.chars().filter(|sign| !sign.is_whitespace() && !is_dash(*sign)) {
            let letter =
                u8::try_from(sign.to_ascii_uppercase()).ok().filter(|byte| LETTERS.as_bytes().contains(byte));
            letters.push(letter.ok_or(NoCode::Letter(sign))?);
        }
        letters.try_into().map(Self).map_err(|letters: Vec<u8>| NoCode::Length(letters.len()))
    }
}

impl fmt::Debug for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinCode(…)")
    }
}

/// Hyphens, dashes and minus signs of all keyboards, and the line below.
fn is_dash(sign: char) -> bool {
    matches!(
        sign,
        '-' | '_' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}'
    ) || sign == '\u{ff0d}'
}

/// The digest of a secret. Two of them are compared in constant time.
#[derive(Clone, Copy, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretDigest([u8; 32]);

/// A text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct NoDigest;

impl SecretDigest {
    /// The SHA-256 of a kind of secret, and of the secret. The kind keeps the digests of one kind from being
    /// taken for those of another.
    fn of(kind: &str, secret: &[u8]) -> Self {
        Self(Sha256::new().chain_update(kind).chain_update(secret).finalize().into())
    }
}

impl PartialEq for SecretDigest {
    fn eq(&self, other: &Self) -> bool {
        let differs = self.0.iter().zip(&other.0).fold(0, |differs, (one, two)| differs | (one ^ two));
        black_box(differs) == 0
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(…)")
    }
}

impl From<SecretDigest> for String {
    fn from(digest: SecretDigest) -> String {
        hexadecimal(&digest.0)
    }
}

impl TryFrom<String> for SecretDigest {
    type Error = NoDigest;

    fn try_from(text: String) -> Result<Self, NoDigest> {
        digits(&text).map(Self).ok_or(NoDigest)
    }
}

/// Bytes from small hexadecimal digits: each text has one form only.
fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source of the bytes 0, 1, 2, … again and again.
    fn counting(first: u8) -> impl FnMut(&mut [u8]) {
        let mut next = first;
        move |bytes: &mut [u8]| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(1);
            }
        }
    }

    #[test]
    fn a_key_is_a_text_of_one_form() {
        let key = Key::draw(counting(0xf8));
        assert_eq!(key.text(), "f8f9fafbfcfdfeff0001020304050607");
        assert_eq!(key.text().parse(), Ok(key));
        let text = key.text();
        for wrong in [
            "",
            &text[1..],
            &format!("{text}0"),
            &text.to_uppercase(),
            &text.replace('f', "g"),
            &"é".repeat(16),
        ] {
            assert_eq!(wrong.parse::<Key>(), Err(NoKey), "{wrong}");
        }
        assert_ne!(Key::draw(counting(1)), key);
    }

    #[test]
    fn every_letter_of_a_code_is_equally_likely() {
        let mut counts = [0; LETTERS.len()];
        let mut source = counting(0);
        // 19 letters, each from 13 bytes; the other 9 bytes are not used.
        let mut letters = Vec::new();
        for _ in 0..LETTERS.len() * 13 * 8 / CODE {
            letters.extend(JoinCode::draw(&mut source).0);
        }
        for letter in letters {
            counts[LETTERS.bytes().position(|own| own == letter).unwrap()] += 1;
        }
        assert_eq!(counts, [13 * 8; LETTERS.len()]);
        assert!(LETTERS.chars().all(|letter| letter.is_ascii_uppercase() && !"AEIOULV".contains(letter)));
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = JoinCode::draw(counting(0));
        assert_eq!(code.text(), "BCDF-GHJK");
        for typed in [
            "BCDF-GHJK",
            "bcdfghjk",
            " bcdf ghjk\n",
            "BCDF–GHJK",
            "bc—df−gh_jk",
            "b c d f\u{a0}g\u{2011}h j k",
        ] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        assert_eq!("BCDF-GHJ0".parse::<JoinCode>(), Err(NoCode::Letter('0')));
        assert_eq!("BCDF-GHJI".parse::<JoinCode>(), Err(NoCode::Letter('I')));
        assert_eq!("ＢCDF-GHJK".parse::<JoinCode>(), Err(NoCode::Letter('Ｂ')));
        assert_eq!("BCDF-GHJ".parse::<JoinCode>(), Err(NoCode::Length(7)));
        assert_eq!("BCDF-GHJK-B".parse::<JoinCode>(), Err(NoCode::Length(9)));
        assert_eq!(
            NoCode::Letter('0').to_string(),
            "`0` is in no code: a code has only the letters BCDFGHJKMNPQRSTWXYZ"
        );
    }

    #[test]
    fn a_digest_is_that_of_one_secret_of_one_kind() {
        let (key, code) = (Key::draw(counting(0)), JoinCode::draw(counting(0)));
        assert_eq!(key.digest(), key.digest());
        assert_ne!(key.digest(), Key::draw(counting(1)).digest());
        assert_eq!(code.digest(), "bcdf ghjk".parse::<JoinCode>().unwrap().digest());
        assert_ne!(SecretDigest::of("halab class key\0", &code.0), code.digest(), "kinds differ");
        let known = Sha256::digest(b"halab class code\0BCDFGHJK");
        assert_eq!(String::from(code.digest()), hexadecimal(&known));
        // A difference in any bit counts.
        for bit in 0..256 {
            let mut other = key.digest();
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(other, key.digest());
        }
    }

    #[test]
    fn a_digest_is_kept_as_text() {
        let digest = Key::draw(counting(0)).digest();
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json.len(), 66);
        assert_eq!(serde_json::from_str::<SecretDigest>(&json).unwrap(), digest);
        assert!(serde_json::from_str::<SecretDigest>("\"00\"").is_err());
    }

    #[test]
    fn no_secret_is_shown_by_accident() {
        let (key, code) = (Key::draw(counting(0)), JoinCode::draw(counting(0)));
        let shown = format!("{key:?} {code:?} {:?} {:#?}", key.digest(), code);
        assert_eq!(shown, "Key(…) JoinCode(…) SecretDigest(…) JoinCode(…)");
    }
}
