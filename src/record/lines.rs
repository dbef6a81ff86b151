//! Files of JSON lines whose first line identifies the format. The files that group records are named
//! `<time>-<drill><ending>` and lie beside the folders of the records.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ReadError;
use crate::base::{regular, text, write};
use crate::model::DrillName;

/// The largest file that is read, in bytes: a day of the fastest loads.
const LARGEST: u64 = 4 << 30;

/// The longest line that is read, in bytes: more than a ledger of a million writes needs.
const LONGEST_LINE: u64 = 32 << 20;

/// The format in the first line of a file, and the versions of it that this program reads.
#[derive(Debug, Clone)]
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// Its versions.
    pub versions: RangeInclusive<u32>,
}

/// The part of the first line that every version of every format has.
#[derive(Deserialize)]
struct Preface {
    format: String,
    version: u32,
}

/// The lines of a file after its first.
#[derive(Debug)]
pub struct Rest<'a> {
    path: &'a Path,
    file: BufReader<fs_err::File>,
}

/// Opens a file of this format, and returns its first line and the others.
///
/// # Errors
/// See [`ReadError`].
pub fn open<'a, H: DeserializeOwned>(path: &'a Path, format: &Format) -> Result<(H, Rest<'a>), ReadError> {
    let mut file = BufReader::new(regular::open(path, LARGEST)?);
    let first = next(&mut file, path, 1)?.unwrap_or_default();
    let foreign = || ReadError::Foreign(path.to_owned());
    let preface: Preface = serde_json::from_slice(&first).map_err(|_| foreign())?;
    if preface.format != format.name {
        return Err(foreign());
    }
    if !format.versions.contains(&preface.version) {
        let (path, found, known) = (path.to_owned(), preface.version, format.versions.clone());
        return Err(ReadError::Version { path, found, known });
    }
    let bad = |source| ReadError::Line { path: path.to_owned(), line: 1, source };
    Ok((understand(&first).map_err(bad)?, Rest { path, file }))
}

impl Rest<'_> {
    /// Passes on every line, and returns the error in the last one if it was truncated: the program was
    /// killed while it wrote, or the machine lost its power before the data reached the disk, which then has
    /// zeros in their place.
    ///
    /// # Errors
    /// A line cannot be read or parsed.
    pub fn each<T: DeserializeOwned>(self, mut take: impl FnMut(T)) -> Result<Option<ReadError>, ReadError> {
        let Self { path, mut file } = self;
        for number in 2.. {
            let Some(line) = next(&mut file, path, number)? else { break };
            let written = without_zeros(&line);
            match understand(written) {
                Ok(value) => take(value),
                Err(source) => {
                    let cut = source.is_eof() && file.fill_buf()?.is_empty();
                    let error = ReadError::Line { path: path.to_owned(), line: number, source };
                    return if cut { Ok(Some(error)) } else { Err(error) };
                }
            }
        }
        Ok(None)
    }
}

/// The next line without its end; none at the end of the file.
fn next(file: &mut impl BufRead, path: &Path, number: usize) -> Result<Option<Vec<u8>>, ReadError> {
    let mut line = Vec::new();
    file.take(LONGEST_LINE + 1).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() as u64 > LONGEST_LINE {
        return Err(ReadError::TooLong { path: path.to_owned(), line: number });
    } else if line.is_empty() {
        return Ok(None);
    }
    Ok(Some(line))
}

fn without_zeros(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &line[..end]
}

/// Parses a line. Terminal control characters are removed from all texts: output that is made from a record
/// shows the texts of guests and files, and must not execute them.
fn understand<T: DeserializeOwned>(line: &[u8]) -> Result<T, serde_json::Error> {
    // Such characters are escaped, or not ASCII; most lines have neither.
    if !line.iter().any(|byte| *byte == b'\\' || !byte.is_ascii()) {
        return serde_json::from_slice(line);
    }
    let value: Value = serde_json::from_slice(line)?;
    serde_json::from_value(plain(value))
}

fn plain(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text::one_line(&text).into_owned()),
        Value::Array(values) => values.into_iter().map(plain).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (text::one_line(&name).into_owned(), plain(value)))
            .collect(),
        other => other,
    }
}

/// A file under construction.
#[derive(Debug)]
pub struct LinesWriter {
    path: PathBuf,
    file: fs_err::File,
}

impl LinesWriter {
    /// Creates a file with this ending in the folder of an instance's records.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn create(
        records: &Path,
        started: jiff::Timestamp,
        drill: &DrillName,
        ending: &str,
        header: &impl Serialize,
    ) -> io::Result<Self> {
        write::private_folder(records)?;
        let stem = format!("{}-{drill}", started.strftime("%Y%m%dT%H%M%SZ"));
        // The later of two in one second is numbered, as for records.
        let stems = std::iter::once(stem.clone()).chain((2..).map(|number| format!("{stem}.{number}")));
        for stem in stems {
            let path = records.join(stem + ending);
            match write::private().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => {
                    let mut writer = Self { path, file };
                    return match writer.line(header) {
                        Ok(()) => Ok(writer),
                        Err(error) => {
                            // Half a header would be unreadable. A file that cannot be deleted stays.
                            let _ = fs_err::remove_file(&writer.path);
                            Err(error)
                        }
                    };
                }
            }
        }
        unreachable!("the names never end")
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line and flushes it to the disk: runs take minutes, and a crash must not lose any.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(value)?;
        text.push(b'\n');
        self.file.write_all(&text)?;
        self.file.sync_data()
    }
}

/// Whether the path has this ending.
pub fn has_ending(path: &Path, ending: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ending))
}

/// The file with this name, which may include its ending, or part of it without `.jsonl`.
pub fn named(records: &Path, name: &str, ending: &str) -> PathBuf {
    let short = ending.trim_end_matches(".jsonl");
    let stem = name.strip_suffix(ending).or_else(|| name.strip_suffix(short)).unwrap_or(name);
    records.join(format!("{stem}{ending}"))
}

/// The names of all files with this ending, without the ending.
///
/// # Errors
/// The folder exists and cannot be listed.
pub fn stems(records: &Path, ending: &str) -> io::Result<Vec<String>> {
    let entries = match fs_err::read_dir(records) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut stems = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        stems.extend(name.strip_suffix(ending).map(str::to_owned));
    }
    Ok(stems)
}

/// The newest file with this ending, or of the drill with this name if one is given.
///
/// # Errors
/// The folder cannot be listed.
pub fn latest(records: &Path, drill: Option<&DrillName>, ending: &str) -> io::Result<Option<PathBuf>> {
    let of_drill = |stem: &String| {
        let name = stem.split_once('-').and_then(|(_, rest)| rest.split('.').next());
        drill.is_none_or(|drill| name == Some(drill.as_str()))
    };
    // Without the ending, the second of one second sorts after the first.
    let newest = stems(records, ending)?.into_iter().filter(of_drill).max();
    Ok(newest.map(|stem| named(records, &stem, ending)))
}
