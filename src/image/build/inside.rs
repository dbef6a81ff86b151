//! What this program itself does with a root tree. Scripts of packages and labs have written in the tree, so
//! it is done in a sandbox: a link leads to nothing of the machine there, and new files get the owner that
//! they have in the guest.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base::regular;
use crate::image::ImageError;

use super::{guest, initrd, kernel, packages};

/// The name of the bind for results.
pub const OUT: &str = "out";

/// The files of a direct boot, in that bind.
pub const KERNEL: &str = "vmlinux";
/// The same.
pub const INITRD: &str = "initrd";

/// A file with [`Facts`], in that bind.
pub const FACTS: &str = "facts.json";

/// The largest kernel, status file of dpkg, and description of a tree that are read, in bytes.
pub const LARGEST: u64 = 256 << 20;

/// One of the things that are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inside {
    /// Disables the units of the recipe's packages.
    Prune,
    /// Writes files.
    Write(Vec<NewFile>),
    /// Removes a file.
    Remove(String),
    /// Turns it into the root of a guest.
    Furnish,
    /// Puts the kernel, the initrd and [`Facts`] into the bind for results.
    Extract,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFile {
    /// Its path in the tree.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Its content.
    pub content: Vec<u8>,
}

/// What is known of a root tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The release of its kernel.
    pub release: String,
    /// Its packages, with versions.
    pub packages: BTreeMap<String, String>,
}

impl Inside {
    /// Does it, in a sandbox with the tree at this path.
    ///
    /// # Errors
    /// When something cannot be read or written, or the tree cannot boot.
    pub fn perform(&self, tree: &Path) -> Result<(), ImageError> {
        match self {
            Inside::Prune => guest::prune(tree),
            Inside::Write(files) => {
                files.iter().try_for_each(|file| guest::put(tree, &file.path, file.mode, &file.content))
            }
            Inside::Remove(path) => Ok(fs_err::remove_file(tree.join(path))?),
            Inside::Furnish => guest::furnish(tree),
            Inside::Extract => extract(tree),
        }
    }
}

fn extract(tree: &Path) -> Result<(), ImageError> {
    let out = Path::new("/").join(OUT);
    let (release, file) = kernel::find(tree)?;
    fs_err::write(out.join(KERNEL), kernel::unpack(read(&file)?))?;
    fs_err::write(out.join(INITRD), initrd::make(tree, &release)?)?;
    let status = read(&tree.join("var/lib/dpkg/status"))?;
    let packages = packages::installed(&String::from_utf8_lossy(&status));
    let facts = serde_json::to_vec(&Facts { release, packages }).unwrap_or_default();
    fs_err::write(out.join(FACTS), facts)?;
    Ok(())
}

/// Reads a file of a tree.
///
/// # Errors
/// When it cannot be read, is not a regular file, or is too large.
pub fn read(path: &Path) -> Result<Vec<u8>, ImageError> {
    let mut content = Vec::new();
    let file = regular::open(path, LARGEST)?;
    std::io::Read::read_to_end(&mut std::io::Read::take(file, LARGEST), &mut content)?;
    Ok(content)
}
