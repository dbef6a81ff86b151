//! A disk as a stack of files: overlays in qcow2 on one another, and an image at the bottom.
//!
//! The starter names all files. What a header says of other files is never followed.

use std::io;
use std::path::PathBuf;

use imago::file::File;
use imago::qcow2::Qcow2;
use imago::raw::Raw;
use imago::{DenyImplicitOpenGate, FormatAccess, FormatDriverBuilder};
use serde::{Deserialize, Serialize};

use crate::base::regular;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// QEMU's format with overlays.
    Qcow2,
    /// The bytes of the disk.
    Raw,
}

/// A file of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its path.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
}

impl Layer {
    /// Opens it for reading. Nothing of it is read yet.
    ///
    /// # Errors
    /// When it cannot be opened, or is no regular file.
    pub fn open(&self) -> io::Result<(Format, fs_err::File)> {
        Ok((self.format, regular::open(&self.path, u64::MAX)?))
    }
}

/// The disk that open files make up, the uppermost first.
///
/// # Errors
/// When a header is damaged, or there is no file.
pub(crate) fn stack(files: Vec<(Format, fs_err::File)>) -> io::Result<FormatAccess<File>> {
    let mut under: Option<FormatAccess<File>> = None;
    for (format, file) in files.into_iter().rev() {
        let storage = File::try_from(file.into_parts().0)?;
        let gate = DenyImplicitOpenGate::default();
        under = Some(match format {
            Format::Raw => FormatAccess::new(Raw::builder(storage).write(false).open(gate)?),
            Format::Qcow2 => {
                let overlay = Qcow2::<File>::builder(storage).write(false).backing(under);
                FormatAccess::new(overlay.open(gate)?)
            }
        });
    }
    under.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a disk without a file"))
}
