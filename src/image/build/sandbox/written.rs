//! What a sandbox wrote on the disk. The free space tells it at once, but other programs of the machine write
//! on the same disk, so the files are added up before a sandbox is ended.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Job;
use crate::base::cgroup::ControlGroup;
use crate::base::space::Space;

/// The size of the units of `st_blocks`, on every file system.
const BLOCK: u64 = 512;

/// A count of what a sandbox wrote.
pub struct Written {
    /// What it can write to.
    places: Vec<PathBuf>,
    begin: SystemTime,
    /// What was free when the files were last added up, and their sum, in bytes.
    last: Cell<(u64, u64)>,
}

impl Written {
    /// Begins to count. Nothing is read yet.
    pub fn by(job: &Job, space: Option<Space>) -> Self {
        let writable = job.binds.iter().filter(|bind| bind.writable).map(|bind| bind.from.clone());
        let free = space.map_or(0, |space| space.free);
        Self { places: writable.collect(), begin: SystemTime::now(), last: Cell::new((free, 0)) }
    }

    /// Whether more than `most` bytes were written. `space` is what is free now.
    pub fn exceeds(&self, most: u64, space: Space, group: &ControlGroup) -> bool {
        let (free, sum) = self.last.get();
        let fallen = free.saturating_sub(space.free);
        if sum.saturating_add(fallen) <= most {
            return false;
        }
        // What cannot be added up counts as before.
        let sum = self.added_up(group).unwrap_or(sum + fallen);
        self.last.set((space.free, sum));
        sum > most
    }

    /// The sizes of all files that were changed since the beginning: those with a name, and those that only a
    /// process of the sandbox has open.
    fn added_up(&self, group: &ControlGroup) -> io::Result<u64> {
        let mut files = Files { begin: self.begin, counted: BTreeSet::new(), bytes: 0 };
        for place in &self.places {
            files.below(place)?;
        }
        for process in group.processes() {
            files.opened_by(process);
        }
        Ok(files.bytes)
    }
}

struct Files {
    begin: SystemTime,
    /// Device and number of each file.
    counted: BTreeSet<(u64, u64)>,
    bytes: u64,
}

impl Files {
    fn below(&mut self, path: &Path) -> io::Result<()> {
        let found = match fs_err::symlink_metadata(path) {
            Ok(found) => found,
            // It was deleted in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if !found.is_dir() {
            self.count(&found);
            return Ok(());
        }
        let entries = match fs_err::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            self.below(&entry?.path())?;
        }
        Ok(())
    }

    fn opened_by(&mut self, process: i32) {
        let opened = fs_err::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        for file in opened {
            // The file itself, not the link. It may have been closed in the meantime.
            if let Ok(found) = fs_err::metadata(file.path())
                && found.is_file()
                && found.nlink() == 0
            {
                self.count(&found);
            }
        }
    }

    fn count(&mut self, found: &std::fs::Metadata) {
        // Unlike the time of its content, a process cannot set the time of a file's change.
        let begin = self.begin.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let changed = u64::try_from(found.ctime()).unwrap_or(0);
        if changed >= begin && self.counted.insert((found.dev(), found.ino())) {
            self.bytes += found.blocks() * BLOCK;
        }
    }
}
