//! Logs that show what was changed in them: JSON lines, append-only, each with the digest of the line before,
//! and, where the log has a key, with a code that only its owner can make.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::text::hexadecimal;
use super::write;

/// The key of a log.
pub type Key = [u8; 32];

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Line<E> {
    /// Its number, from 1.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    pub event: E,
    /// The SHA-256 of the line before, in hexadecimal digits; of the first line: nothing.
    pub previous: String,
    /// The HMAC-SHA-256 (RFC 2104) of the line without this field, in hexadecimal digits; none if the log has
    /// no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Why a log cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// It cannot be read or written.
    #[error("the log cannot be read or written")]
    Io(#[from] io::Error),
    /// A line is damaged, missing or was changed.
    #[error("line {0} of the log was changed, or one before it is missing")]
    Changed(usize),
}

/// A log.
#[derive(Debug, Clone)]
pub struct Chain<E> {
    path: PathBuf,
    key: Option<Key>,
    lines: Vec<Line<E>>,
    /// The SHA-256 of the last line.
    head: String,
    /// The length of all whole lines in bytes.
    length: u64,
}

impl<E: Serialize + DeserializeOwned> Chain<E> {
    /// Reads a log and checks it. A last line that was not written to its end is left out. No file is an
    /// empty log.
    ///
    /// # Errors
    /// When it cannot be read, or a line was changed.
    pub fn open(path: &Path, key: Option<Key>) -> Result<Self, ChainError> {
        let text = match fs_err::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let mut log = Self { path: path.to_owned(), key, lines: Vec::new(), head: String::new(), length: 0 };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for (index, text) in text[..whole].lines().enumerate() {
            let line: Line<E> =
                serde_json::from_slice(text.as_bytes()).map_err(|_| ChainError::Changed(index + 1))?;
            let follows = line.previous == log.head && line.number == index as u64 + 1;
            if !follows || !log.is_coded(&line, text) {
                return Err(ChainError::Changed(index + 1));
            }
            log.head = digest(text);
            log.length += text.len() as u64 + 1;
            log.lines.push(line);
        }
        Ok(log)
    }

    /// All lines.
    pub fn lines(&self) -> &[Line<E>] {
        &self.lines
    }

    /// The digest of the last line: a receipt for all that happened until then.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// All lines up to the one with this digest; none if there is no such line.
    pub fn until(&self, digest: &str) -> Option<&[Line<E>]> {
        if self.head == digest {
            return Some(&self.lines);
        }
        // Each line has the digest of the one before.
        let after = self.lines.iter().skip(1).position(|line| line.previous == digest)?;
        self.lines.get(..=after)
    }

    /// The digest of a line, by its number from 1; none if there is no such line.
    pub fn digest_of(&self, number: u64) -> Option<&str> {
        let place = usize::try_from(number).ok()?;
        match self.lines.get(place) {
            Some(next) => Some(&next.previous),
            None => (place == self.lines.len() && place > 0).then_some(self.head.as_str()),
        }
    }

    /// Appends an event, after those that other processes have appended since this log was read. It is on the
    /// disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; the log is then as before.
    pub fn append(&mut self, event: E) -> Result<(), ChainError> {
        self.append_with(|_| Some(event)).map(drop)
    }

    /// Appends what a function makes of the log as it is now, if it makes something; returns whether it did.
    /// Several processes take turns.
    ///
    /// # Errors
    /// As [`Self::append`]; or when the log was changed.
    pub fn append_with(&mut self, event: impl FnOnce(&[Line<E>]) -> Option<E>) -> Result<bool, ChainError> {
        if let Some(folder) = self.path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let file = write::private().create(true).append(true).open(&self.path)?;
        // Released with the file.
        file.lock()?;
        if file.metadata()?.len() != self.length {
            *self = Self::open(&self.path, self.key)?;
        }
        let Some(event) = event(&self.lines) else { return Ok(false) };
        self.write(event, file).map(|()| true)
    }

    fn write(&mut self, event: E, mut file: fs_err::File) -> Result<(), ChainError> {
        let number = self.lines.len() as u64 + 1;
        let mut line = Line { number, at: Timestamp::now(), event, previous: self.head.clone(), code: None };
        let mut text = serde_json::to_string(&line).map_err(io::Error::from)?;
        if let Some(code) = self.code(&text) {
            line.code = Some(code);
            text = serde_json::to_string(&line).map_err(io::Error::from)?;
        }
        // What a killed process left of a line goes away.
        file.set_len(self.length)?;
        let written = file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_data());
        if let Err(error) = written {
            file.set_len(self.length)?;
            return Err(error.into());
        }
        self.head = digest(&text);
        self.length += text.len() as u64 + 1;
        self.lines.push(line);
        Ok(())
    }

    /// The code of a line, which is given without it; none if the log has no key.
    fn code(&self, text: &str) -> Option<String> {
        code(self.key.as_ref()?, text).map(|code| hexadecimal(&code))
    }

    /// Whether a line has the right code, or needs none. The code is the last field of its text.
    fn is_coded(&self, line: &Line<E>, text: &str) -> bool {
        let Some(key) = &self.key else { return true };
        let Some(code) = &line.code else { return false };
        let Some(bare) = text.strip_suffix(&format!(",\"code\":\"{code}\"}}")) else { return false };
        self::mac(key, &format!("{bare}}}")).is_some_and(|mac| {
            // Compared in a time that tells nothing about the code.
            bytes(code).is_some_and(|code| mac.verify_slice(&code).is_ok())
        })
    }
}

/// The HMAC-SHA-256 of a text. Always some: the length of a key is any.
pub fn code(key: &Key, text: &str) -> Option<Vec<u8>> {
    Some(mac(key, text)?.finalize().into_bytes().to_vec())
}

fn mac(key: &Key, text: &str) -> Option<Hmac<Sha256>> {
    Some(Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(text.as_bytes()))
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits = hexadecimal.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()).collect()
}

fn digest(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three(path: &Path, key: Option<Key>) -> String {
        let mut log = Chain::<u32>::open(path, key).unwrap();
        (1..=3).for_each(|number| log.append(number * 10).unwrap());
        let again = Chain::<u32>::open(path, key).unwrap();
        assert_eq!((again.lines(), again.head()), (log.lines(), log.head()));
        assert_eq!(again.until(again.head()).map(<[_]>::len), Some(3));
        assert_eq!(again.until(&again.lines()[1].previous).map(<[_]>::len), Some(1));
        assert_eq!(again.until("another"), None);
        let digests: Vec<_> = (0..5).map(|number| again.digest_of(number)).collect();
        assert_eq!(digests[3], Some(again.head()));
        assert_eq!((digests[1], digests[4]), (Some(again.lines()[1].previous.as_str()), None));
        fs_err::read_to_string(path).unwrap()
    }

    #[test]
    fn writers_that_have_read_the_same_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let write = |first: u32| {
            let mut log = Chain::<u32>::open(&path, None).unwrap();
            (0..20).for_each(|number| log.append(first + number).unwrap());
        };
        std::thread::scope(|scope| {
            for first in [0, 100, 200] {
                scope.spawn(move || write(first));
            }
        });
        let mut slow = Chain::<u32>::open(&path, None).unwrap();
        let mut quick = Chain::<u32>::open(&path, None).unwrap();
        quick.append(300).unwrap();
        let unchanged = |count| move |now: &[Line<u32>]| (now.len() == count).then_some(301);
        assert!(!slow.append_with(unchanged(60)).unwrap(), "another was faster");
        assert!(slow.append_with(unchanged(61)).unwrap());
        assert_eq!(Chain::<u32>::open(&path, None).unwrap().lines().len(), 62);
    }

    #[test]
    fn a_chain_shows_what_was_changed_and_survives_a_kill() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let whole = three(&path, None);

        // A line that was not written to its end is left out, and the next one takes its place.
        fs_err::write(&path, format!("{whole}{{\"number\":4,\"at\"")).unwrap();
        let mut torn = Chain::<u32>::open(&path, None).unwrap();
        assert_eq!(torn.lines().len(), 3);
        torn.append(40).unwrap();
        assert_eq!(Chain::<u32>::open(&path, None).unwrap().lines().len(), 4);

        fs_err::write(&path, whole.replacen("\"event\":10", "\"event\":11", 1)).unwrap();
        assert!(matches!(Chain::<u32>::open(&path, None), Err(ChainError::Changed(2))));
        let without: String = whole.lines().skip(1).map(|line| format!("{line}\n")).collect();
        fs_err::write(&path, without).unwrap();
        assert!(matches!(Chain::<u32>::open(&path, None), Err(ChainError::Changed(1))));
    }

    #[test]
    fn whoever_lacks_the_key_cannot_write_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let key = Some([7; 32]);
        let whole = three(&path, key);
        // The last line has no successor that would show its change; its code does.
        for (from, to) in [("\"event\":30", "\"event\":31"), ("\"code\":\"", "\"code\":\"0")] {
            let place = whole.rfind(from).unwrap();
            fs_err::write(&path, format!("{}{to}{}", &whole[..place], &whole[place + from.len()..])).unwrap();
            assert!(matches!(Chain::<u32>::open(&path, key), Err(ChainError::Changed(3))), "{to}");
        }
        fs_err::write(&path, &whole).unwrap();
        assert!(Chain::<u32>::open(&path, Some([8; 32])).is_err());
        let other = folder.path().join("other.jsonl");
        let uncoded = three(&other, None);
        assert!(!uncoded.contains("code"));
        assert!(Chain::<u32>::open(&other, key).is_err(), "lines without a code");
    }
}
