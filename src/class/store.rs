//! The folder of a class: `classes/NAME/` in the state folder, for its owner only.
//!
//! ```text
//! class.json   what the class is, written when it is opened
//! exercises/   each exercise that hand-ins were graded with, named by its digest
//! key          what the codes in the log are made with
//! log.jsonl    what happened
//! lock         held while the log is written
//! figures.json what the instances took last, while a server runs
//! recordings/  of the terminals, in an exam
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::file::Late;
use super::log::{Event, Log};
use super::roster::{Bench, Seat, Student, benches};
use crate::base::chain::{self, ChainError, Key};
use crate::base::lock::Lock;
use crate::base::text::hexadecimal;
use crate::base::{random, write};
use crate::exercise::{Exercise, Level, Localized};
use crate::model::spec::Digest;
use crate::model::{ClassName, ExerciseName, InstanceName, Millis, NameError};
use crate::state::StateDir;

/// A class that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Class {
    /// Its name.
    pub name: ClassName,
    /// Its title.
    pub title: Localized,
    /// The students in the order of the roster.
    pub students: Vec<Student>,
    /// The exercises, in order.
    pub exercises: Vec<ClassExercise>,
    /// When students can begin.
    pub begins: Option<Timestamp>,
    /// The deadline.
    pub ends: Option<Timestamp>,
    /// What happens after it.
    pub late: Option<Late>,
    /// Whether it is an exam.
    pub exam: bool,
    /// The interval of automatic save points.
    pub save_every: Millis,
}

/// An exercise of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassExercise {
    /// Its name.
    pub name: ExerciseName,
    /// The argument with which it is found: its name, or the path of its folder.
    pub found_by: String,
    /// Its title.
    pub title: Localized,
    /// How hard it is.
    pub level: Level,
    /// The planned time.
    pub time: Millis,
    /// Exercises of the class to do before.
    pub after: Vec<ExerciseName>,
    /// The points of all its checks.
    pub points: u32,
}

impl Class {
    /// The instances of the class, with those who share them.
    pub fn benches(&self) -> Vec<Bench> {
        benches(&self.students)
    }

    /// The bench that a student works at.
    pub fn bench_of(&self, student: Seat) -> Option<Bench> {
        self.benches().into_iter().find(|bench| bench.members.contains(&student))
    }

    /// A student by the seat.
    pub fn student(&self, seat: Seat) -> Option<&Student> {
        self.students.iter().find(|student| student.seat == seat)
    }

    /// An exercise by its name.
    pub fn exercise(&self, name: &ExerciseName) -> Option<&ClassExercise> {
        self.exercises.iter().find(|exercise| exercise.name == *name)
    }

    /// The name of the instance of a seat.
    ///
    /// # Errors
    /// None for a name of a class and a seat, which together are short enough.
    pub fn instance(&self, seat: Seat) -> Result<InstanceName, NameError> {
        format!("{}-{seat}", self.name).parse()
    }
}

/// Why the folder of a class cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClassError {
    /// It cannot be read or written.
    #[error("the folder of the class cannot be used")]
    Io(#[from] io::Error),
    /// `class.json` or `key` is damaged.
    #[error("`{0}` in the folder of the class is damaged")]
    Damaged(&'static str),
    /// An exercise that is kept is not the one that hand-ins were graded with.
    #[error("the exercise {} that was graded with was changed, or is missing", .0.short())]
    Exercise(Digest),
    /// The log was changed, or cannot be used.
    #[error(transparent)]
    Log(#[from] ChainError),
}

/// The folder of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassFolder(PathBuf);

impl ClassFolder {
    /// That of a class.
    pub fn of(state: &StateDir, name: &ClassName) -> Self {
        Self(state.classes().join(name.as_str()))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The names of all classes.
    ///
    /// # Errors
    /// When the folder of classes cannot be read.
    pub fn names(state: &StateDir) -> io::Result<Vec<ClassName>> {
        let entries = match fs_err::read_dir(state.classes()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry?.file_name().to_string_lossy().parse::<ClassName>());
        }
        names.sort();
        Ok(names)
    }

    /// The folder of the recordings of terminals.
    pub fn recordings(&self) -> PathBuf {
        self.0.join("recordings")
    }

    /// The file of what the instances took last.
    pub fn figures(&self) -> PathBuf {
        self.0.join("figures.json")
    }

    /// Its files that change.
    pub fn files(&self) -> [PathBuf; 2] {
        [self.0.join("class.json"), self.0.join("log.jsonl")]
    }

    /// What the class is; none if there is no such class.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn class(&self) -> Result<Option<Class>, ClassError> {
        match fs_err::read(self.0.join("class.json")) {
            Ok(text) => {
                serde_json::from_slice(&text).map(Some).map_err(|_| ClassError::Damaged("class.json"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes what the class is. The key comes first: a class without one could not be used.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, class: &Class) -> Result<(), ClassError> {
        if let Some(parent) = self.0.parent() {
            write::private_folder(parent)?;
        }
        write::private_folder(&self.0)?;
        let key = self.0.join("key");
        if !key.exists() {
            write::atomically(&key, &random::bytes::<32>()?)?;
        }
        let text = serde_json::to_vec_pretty(class).map_err(io::Error::from)?;
        Ok(write::atomically(&self.0.join("class.json"), &text)?)
    }

    /// The key of the class.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn key(&self) -> Result<Key, ClassError> {
        fs_err::read(self.0.join("key"))?.try_into().map_err(|_| ClassError::Damaged("key"))
    }

    /// A seed that follows from what it is for, and that only the owner of the key can compute.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub fn seed(&self, of: &impl Serialize) -> Result<u64, ClassError> {
        let text = serde_json::to_string(of).map_err(io::Error::from)?;
        let code = chain::code(&self.key()?, &format!("seed {text}")).ok_or(ClassError::Damaged("key"))?;
        let mut first = [0; 8];
        first.copy_from_slice(code.get(..8).ok_or(ClassError::Damaged("key"))?);
        Ok(u64::from_be_bytes(first))
    }

    /// Keeps an exercise that hand-ins are graded with; returns its digest, by which it is found again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, exercise: &Exercise) -> Result<Digest, ClassError> {
        let digest = Digest::of(exercise);
        if self.exercise(&digest).is_err() {
            let folder = self.0.join("exercises");
            write::private_folder(&folder)?;
            let text = serde_json::to_vec(exercise).map_err(io::Error::from)?;
            write::atomically(&folder.join(format!("{digest}.json")), &text)?;
        }
        Ok(digest)
    }

    /// The exercise of this digest.
    ///
    /// # Errors
    /// When it is not the one that was kept.
    pub fn exercise(&self, digest: &Digest) -> Result<Exercise, ClassError> {
        let changed = || ClassError::Exercise(digest.clone());
        let text =
            fs_err::read(self.0.join("exercises").join(format!("{digest}.json"))).map_err(|_| changed())?;
        if hexadecimal(&Sha256::digest(&text)) != digest.0 {
            return Err(changed());
        }
        serde_json::from_slice(&text).map_err(|_| changed())
    }

    /// The log as it is now.
    ///
    /// # Errors
    /// When it cannot be read, or was changed.
    pub fn log(&self) -> Result<Log, ClassError> {
        Ok(Log::open(&self.0.join("log.jsonl"), self.key()?)?)
    }

    /// Appends what a function makes of the log; several processes take turns. Returns the log.
    ///
    /// # Errors
    /// Those of the function; or when the log cannot be read or written.
    pub fn append<X: From<ClassError>>(
        &self,
        events: impl FnOnce(&Log) -> Result<Vec<Event>, X>,
    ) -> Result<Log, X> {
        let lock = Lock::wait_for(&self.0.join("lock"), &AtomicBool::new(false), || {});
        let _lock = lock.map_err(|error| X::from(error.into()))?;
        let mut log = self.log()?;
        for event in events(&log)? {
            log.append(event).map_err(|error| X::from(error.into()))?;
        }
        Ok(log)
    }

    /// Deletes all that is kept of the class. It is no class from the first moment on; ended in the middle,
    /// the next call deletes the rest. Returns whether there was something.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub fn remove(&self) -> io::Result<bool> {
        let rest = self.rest();
        let mut found = gone(fs_err::remove_dir_all(&rest))?;
        if gone(fs_err::rename(&self.0, &rest))? {
            found |= gone(fs_err::remove_dir_all(&rest))?;
        }
        Ok(found)
    }

    /// Whether there are files that are no class: its deletion or its first opening has ended in the middle.
    pub fn is_incomplete(&self) -> bool {
        self.rest().exists() || (self.0.exists() && !self.0.join("class.json").exists())
    }

    /// Where the folder is while it is deleted: under no name of a class.
    fn rest(&self) -> PathBuf {
        let name = self.0.file_name().unwrap_or_default().to_string_lossy();
        self.0.with_file_name(format!(".{name}.deleted"))
    }
}

/// Whether something was done; what is not there is no error.
fn gone(done: io::Result<()>) -> io::Result<bool> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        done => done.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_that_ended_in_the_middle_is_finished() {
        let place = tempfile::tempdir().unwrap();
        let state = StateDir::at(place.path());
        let folder = ClassFolder::of(&state, &"ha1".parse().unwrap());
        assert!(!folder.remove().unwrap());
        fs_err::create_dir_all(&folder.0).unwrap();
        fs_err::write(folder.0.join("class.json"), "Siti").unwrap();
        fs_err::rename(&folder.0, folder.rest()).unwrap();
        assert!(folder.is_incomplete() && ClassFolder::names(&state).unwrap().is_empty());
        fs_err::create_dir_all(&folder.0).unwrap();
        assert!(folder.remove().unwrap());
        assert_eq!(fs_err::read_dir(state.classes()).unwrap().count(), 0);
    }
}
