//! Recordings of the terminals of students in an exam: one that is being made, and `lab class recordings`.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::app::terminal::Terminal;
use crate::app::usage::unreadable;
use crate::base::space::Space;
use crate::base::{growing, write};
use crate::class::recording::{End, Recording, end_of, name_of, named};
use crate::class::roster::Seat;
use crate::model::{ClassName, InstanceName, Millis, NodeName};
use crate::state::StateDir;

/// The most bytes of all recordings of a seat. One that opens more terminals than that gets none.
const MOST_OF_SEAT: u64 = 512 << 20;

/// After this number of bytes it is looked again whether the disk is nearly full.
const LOOK: u64 = 1 << 20;

/// What is read of the end of a file: the longest line is shorter.
const TAIL: u64 = 256 << 10;

/// How often a file with another name is tried, where two terminals were opened at the same moment.
const TRIES: i64 = 20;

/// A recording that is being made.
#[derive(Debug)]
pub struct Recorder {
    recording: Recording<fs_err::File>,
    path: PathBuf,
    begun: Instant,
    /// The number of bytes at which the disk is looked at.
    look: u64,
}

/// Begins the recording of a student's terminal; none if the class is no exam. Its file is for its owner
/// only.
///
/// # Errors
/// When the instance belongs to no class, or the file cannot be made.
pub fn record(
    state: &StateDir,
    instance: &InstanceName,
    terminal: &Terminal,
    size: [u16; 2],
) -> Result<Option<Recorder>, AppError> {
    let (room, place) = Room::around(state, instance)?;
    if !room.class.exam {
        return Ok(None);
    }
    let own = rows(&room.folder.recordings()).map_err(unreadable)?;
    let bytes: u64 = own.iter().filter(|row| row.seat == place.bench.seat).map(|row| row.bytes).sum();
    if bytes >= MOST_OF_SEAT {
        return Err(AppError::usage(
            "the recordings of this seat are full, and an exam has no other terminals",
        )
        .hint("ask the teacher, who can see which ones are large"));
    }
    let title = format!("{}, {} of {}", place.bench.seat, terminal.kind.word(), terminal.node);
    let made = Recorder::begin(&room.folder.recordings(), place.bench.seat, &terminal.node, size, &title);
    made.map(Some).map_err(|error| AppError::failed("a recording cannot be made").because(error))
}

impl Recorder {
    fn begin(folder: &Path, seat: Seat, node: &NodeName, size: [u16; 2], title: &str) -> io::Result<Self> {
        write::private_folder(folder)?;
        refuse_short(folder)?;
        let now = Timestamp::now();
        let file = |more: i64| {
            let at = now + jiff::SignedDuration::from_millis(more);
            let path = folder.join(name_of(seat, node, at));
            write::private().create_new(true).append(true).open(&path).map(|file| (file, path))
        };
        let taken = || io::Error::from(io::ErrorKind::AlreadyExists);
        let is_taken = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
        let mut tries = (0..TRIES).map(file);
        let made = tries.find(|tried| !tried.as_ref().is_err_and(is_taken));
        let (file, path) = made.unwrap_or_else(|| Err(taken()))?;
        let recording = Recording::begin(file, size, now, title)?;
        Ok(Self { recording, path, begun: Instant::now(), look: LOOK })
    }

    /// Adds what was printed.
    ///
    /// # Errors
    /// When it cannot be written, or the disk is nearly full; then the recording has to end.
    pub fn output(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.recording.written() >= self.look {
            refuse_short(&self.path)?;
            self.look += LOOK;
        }
        self.recording.output(self.begun.elapsed(), bytes)
    }

    /// Adds a new size of the window.
    ///
    /// # Errors
    /// As [`Self::output`].
    pub fn resize(&mut self, size: [u16; 2]) -> io::Result<()> {
        self.recording.resize(self.begun.elapsed(), size)
    }

    /// Ends it.
    ///
    /// # Errors
    /// As [`Self::output`].
    pub fn end(self) -> io::Result<()> {
        self.recording.end(self.begun.elapsed()).map(drop)
    }
}

/// Refuses to write on while the disk is nearly full: its last part is for the machines.
fn refuse_short(path: &Path) -> io::Result<()> {
    if Space::of(path)?.is_short() {
        return Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is nearly full"));
    }
    Ok(())
}

/// Lists the recordings of an exam.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recordings {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
    /// Only those of this student: a seat, or a part of the name.
    pub student: Option<String>,
}

/// The recordings of an exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Recorded {
    /// The class.
    pub class: ClassName,
    /// Its recordings, by seat and in the order of time.
    pub recordings: Vec<RecordingRow>,
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecordingRow {
    /// The seat.
    pub seat: Seat,
    /// The node.
    pub node: NodeName,
    /// When it began.
    pub began: Timestamp,
    /// How long after that the last output came.
    pub length: Millis,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// Whether later output was left out, because the file had its most bytes.
    pub cut: bool,
    /// The file.
    pub file: PathBuf,
    /// The name of the file.
    pub name: String,
}

impl Request for Recordings {
    type Outcome = Recorded;
    const NAME: &'static str = "class recordings";

    fn perform(&self, job: &Job) -> Result<Recorded, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let only = match &self.student {
            Some(student) => Some(room.place(room.seat(student)?)?.bench.seat),
            None => None,
        };
        let mut recordings = rows(&room.folder.recordings()).map_err(unreadable)?;
        recordings.retain(|row| only.is_none_or(|only| row.seat == only));
        recordings.sort_by_key(|one| (one.seat, one.began));
        Ok(Recorded { class: room.class.name, recordings })
    }
}

/// Opens a recording of an exam by the name of its file; returns the file with its present size in bytes.
///
/// # Errors
/// When there is no such class or recording, or it cannot be opened.
pub fn recording(state: &StateDir, class: &ClassName, name: &str) -> Result<(OwnedFd, u64), AppError> {
    let folder = Room::of(state, Some(class))?.folder.recordings();
    // Its name is looked up, and never made a path of.
    let all = rows(&folder).map_err(unreadable)?;
    let row = all.into_iter().find(|row| row.name == name).ok_or_else(|| {
        AppError::not_found(format!("the class `{class}` has no such recording"))
            .hint("`lab class recordings` lists all")
    })?;
    let file = fs_err::File::open(&row.file).map_err(unreadable)?;
    Ok((OwnedFd::from(file.into_parts().0), row.bytes))
}

fn rows(folder: &Path) -> io::Result<Vec<RecordingRow>> {
    let entries = match fs_err::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut rows = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((seat, node, began)) = named(&name) else { continue };
        let file = entry.path();
        let bytes = entry.metadata()?.len();
        let End { after, is_cut } = end_of(&growing::tail(&file, TAIL)?);
        rows.push(RecordingRow { seat, node, began, length: millis(after), bytes, cut: is_cut, file, name });
    }
    Ok(rows)
}

fn millis(length: Duration) -> Millis {
    Millis(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_at_the_same_moment_have_files_of_their_own_for_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("recordings");
        let (seat, node): (Seat, NodeName) = ("s01".parse().unwrap(), "node1".parse().unwrap());
        for _ in 0..5 {
            let mut recorder = Recorder::begin(&folder, seat, &node, [80, 24], "s01").unwrap();
            recorder.output(b"hello").unwrap();
            recorder.end().unwrap();
        }
        fs_err::write(folder.join("notes.txt"), "x").unwrap();
        let rows = rows(&folder).unwrap();
        assert_eq!(rows.len(), 5);
        let one = &rows[0];
        assert_eq!(
            (one.file.parent(), one.name.as_str()),
            (Some(&*folder), &*one.file.file_name().unwrap().to_string_lossy())
        );
        for row in rows {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(row.file.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
            assert!(!row.cut && row.bytes > 0 && (row.seat, &row.node) == (seat, &node));
        }
    }
}
