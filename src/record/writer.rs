//! Appends to a record.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{Event, Header, RECORD_FILE, Sample, What};
use crate::base::write;

/// A record under construction.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: BufWriter<fs_err::File>,
    failed: Option<io::Error>,
}

impl Writer {
    /// Creates the record in this folder, which must exist.
    ///
    /// # Errors
    /// There is already a record, or the folder cannot be written to.
    pub fn create(folder: &Path, header: &Header) -> io::Result<Self> {
        let path = folder.join(RECORD_FILE);
        let mut file = BufWriter::new(write::private().write(true).create_new(true).open(&path)?);
        if let Err(error) = line(&mut file, header).and_then(|()| file.flush()) {
            // Half a header is not a record, but would be listed as one. A file that cannot be deleted stays.
            let _ = fs_err::remove_file(&path);
            return Err(error);
        }
        Ok(Self { path, file, failed: None })
    }

    /// The path of the record's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The error after which no events are written any more; none so far. Later events are lost, so a drill
    /// ends.
    pub fn failure(&self) -> Option<&io::Error> {
        self.failed.as_ref()
    }

    /// Appends an event. The first error is kept for [`Self::failure`] and [`Self::finish`], and nothing is
    /// written after it: a drill heals its faults before it reports the error.
    pub fn write(&mut self, event: &Event) {
        if self.failed.is_some() {
            return;
        }
        // Requests arrive up to hundreds of times a second; all other events are rare, and a crash must not
        // lose them.
        let frequent =
            matches!(event.what, What::Sample(Sample { .. }) | What::Packets(_) | What::Holder { .. });
        let written =
            line(&mut self.file, event).and_then(|()| if frequent { Ok(()) } else { self.file.flush() });
        self.failed = written.err();
    }

    /// Flushes everything to the disk and returns the path.
    ///
    /// # Errors
    /// The first error of any write.
    pub fn finish(mut self) -> io::Result<PathBuf> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(self.path)
    }
}

fn line(file: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")
}
