//! The encoding of a roster.

use std::fmt;

use super::LARGEST;
use super::problem::{Problem, RosterError};

/// An encoding of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    Utf8,
    /// UTF-16 with a byte-order mark, which Excel calls Unicode text.
    Utf16,
    /// Windows-1252, which western versions of Windows used before.
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// The first bytes of spreadsheets (a ZIP archive, or an old compound file) and of PDF, which people give
/// instead of a text.
const OTHER_FILES: [&[u8]; 3] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"];

/// The characters of Windows-1252 from 0x80 to 0x9f. The five undefined ones are control characters, as
/// browsers have it; the check of the fields refuses them.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a file and the encoding that it was taken to have.
///
/// # Errors
/// When it is too large, no text, or not in the encoding that its byte-order mark declares.
pub fn decode(bytes: &[u8]) -> Result<(String, Encoding), RosterError> {
    let wrong = |problem| Err(RosterError::of_file(problem));
    if bytes.len() > LARGEST {
        return wrong(Problem::TooLarge);
    }
    if OTHER_FILES.iter().any(|first| bytes.starts_with(first)) {
        return wrong(Problem::NoText);
    }
    let (text, encoding) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (std::str::from_utf8(rest).ok().map(str::to_owned), Encoding::Utf8),
        [0xff, 0xfe, rest @ ..] => (wide(rest, u16::from_le_bytes), Encoding::Utf16),
        [0xfe, 0xff, rest @ ..] => (wide(rest, u16::from_be_bytes), Encoding::Utf16),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (Some(text.to_owned()), Encoding::Utf8),
            Err(_) => (Some(bytes.iter().map(|byte| windows(*byte)).collect()), Encoding::Windows1252),
        },
    };
    match text {
        None => wrong(Problem::NotEncoded(encoding)),
        // No text has it, and UTF-16 without its mark has it in most characters.
        Some(text) if text.contains('\0') => wrong(Problem::NoText),
        Some(text) => Ok((text, encoding)),
    }
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text = char::decode_utf16(units).collect::<Result<String, _>>().ok();
    text.filter(|_| rest.is_empty())
}

fn windows(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        // All others are as in Unicode.
        other => char::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, mark: [u8; 2], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect()
    }

    #[test]
    fn the_encoding_is_found() {
        let text = "name\nJosé 😀\n";
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let little = utf16(text, [0xff, 0xfe], u16::to_le_bytes);
        let big = utf16(text, [0xfe, 0xff], u16::to_be_bytes);
        for (bytes, encoding) in [
            (text.as_bytes(), Encoding::Utf8),
            (&marked, Encoding::Utf8),
            (&little, Encoding::Utf16),
            (&big, Encoding::Utf16),
        ] {
            assert_eq!(decode(bytes), Ok((text.to_owned(), encoding)));
        }
        let old = b"Jos\xe9 \x80 \x93x\x94 \xff \x8e\x9f";
        assert_eq!(decode(old), Ok(("José € “x” ÿ ŽŸ".to_owned(), Encoding::Windows1252)));
        assert_eq!(decode(b""), Ok((String::new(), Encoding::Utf8)));
    }

    #[test]
    fn other_files_are_refused() {
        let problem = |bytes: &[u8]| decode(bytes).unwrap_err().problem;
        let unmarked = utf16("name\nAda", [b'x', 0], u16::to_le_bytes);
        for bytes in
            [&b"PK\x03\x04sheet"[..], b"\xd0\xcf\x11\xe0\xa1", b"%PDF-1.7", b"a\0b", b"\xe9\0", &unmarked]
        {
            assert_eq!(problem(bytes), Problem::NoText, "{bytes:?}");
        }
        assert_eq!(problem(b"\xef\xbb\xbfJos\xe9"), Problem::NotEncoded(Encoding::Utf8));
        assert_eq!(problem(b"\xff\xfea\0b"), Problem::NotEncoded(Encoding::Utf16));
        assert_eq!(problem(b"\xff\xfe\x00\xd8"), Problem::NotEncoded(Encoding::Utf16), "half of a pair");
        assert_eq!(problem(&vec![b'a'; LARGEST + 1]), Problem::TooLarge);
    }
}
