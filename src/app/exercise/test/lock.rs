//! The file with the result of the last test of each exercise: a reader, and CI, see which exercise was
//! changed since it was tested.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Tested;
use crate::app::error::{AppError, ErrorKind};

/// What the file says of itself.
const HEAD: &str = "# `lab exercise test --lock` writes this file: the digest and result of the last test of each exercise.\n\
                    # A test is whole if all variants were tested.\n";

/// The file.
pub struct Lock {
    file: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// The result of the last test of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    lab: String,
    digest: String,
    passed: bool,
    variants: usize,
    of_variants: usize,
    steps: usize,
    /// How long all steps took together, rounded up.
    minutes: u64,
    /// Checks that were repeated because a run of them proved nothing.
    repeated: u32,
}

impl Lock {
    /// Reads the file; a missing one has no entries.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(file: &Path) -> Result<Self, AppError> {
        let unreadable = |error: &dyn std::error::Error| {
            AppError::new(ErrorKind::BadFile, format!("{} cannot be read", file.display()))
                .because_sources(error)
                .hint("delete it: each exercise is tested again then")
        };
        let entries = match fs_err::read_to_string(file) {
            Ok(text) => toml::from_str(&text).map_err(|error| unreadable(&error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(unreadable(&error)),
        };
        Ok(Self { file: file.to_owned(), entries })
    }

    /// Whether an exercise with this digest passed a test of at least `variants` variants.
    pub fn has(&self, exercise: &str, digest: &super::Digest, variants: usize) -> bool {
        self.entries.get(exercise).is_some_and(|entry| {
            entry.passed && entry.digest == digest.to_string() && entry.variants >= variants
        })
    }

    /// Writes the result of a test.
    ///
    /// # Errors
    /// When the file cannot be written; then it is as before.
    pub fn write(&mut self, tested: &Tested) -> Result<(), AppError> {
        let entry = Entry {
            lab: tested.lab.clone(),
            digest: tested.digest.to_string(),
            passed: tested.passed(),
            variants: tested.variants,
            of_variants: tested.of_variants,
            steps: tested.steps.len(),
            minutes: tested.took().as_secs().div_ceil(60),
            repeated: tested.repeated(),
        };
        self.entries.insert(tested.exercise.clone(), entry);
        let unwritable =
            |error| AppError::failed(format!("{} cannot be written", self.file.display())).because(error);
        let entries = toml::to_string(&self.entries).map_err(std::io::Error::other).map_err(unwritable)?;
        let text = format!("{HEAD}\n{entries}");
        crate::base::write::atomically(&self.file, text.as_bytes()).map_err(unwritable)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::exercise::test::{Digest, Step};

    #[test]
    fn an_exercise_is_known_until_it_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("exercises.lock");
        let mut tested = Tested {
            exercise: "first".to_owned(),
            lab: "web".to_owned(),
            digest: Digest::of(&1),
            variants: 1,
            of_variants: 3,
            steps: vec![Step {
                title: "start".to_owned(),
                failure: None,
                took: Duration::from_secs(61),
                repeated: 2,
            }],
        };
        Lock::open(&file).unwrap().write(&tested).unwrap();
        let lock = Lock::open(&file).unwrap();
        assert_eq!((lock.entries["first"].minutes, lock.entries["first"].repeated), (2, 2));
        assert!(lock.has("first", &Digest::of(&1), 1));
        assert!(!lock.has("first", &Digest::of(&1), 3) && !lock.has("first", &Digest::of(&2), 1));
        tested.steps[0].failure = Some("the start is not broken".to_owned());
        Lock::open(&file).unwrap().write(&tested).unwrap();
        assert!(!Lock::open(&file).unwrap().has("first", &Digest::of(&1), 1));
        fs_err::write(&file, "first = 1").unwrap();
        assert!(Lock::open(&file).is_err());
    }
}
