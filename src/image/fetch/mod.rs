//! Fetches an image into the store: download → checksum → format → the store.

mod download;
mod raw;

use std::io::Read;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::base::regular;
use crate::model::spec::ImageSpec;
use crate::work::{Context, Progress};

use super::recipe::{DiskFormat, Fetched, Recipe, Sha256Sum};
use super::store::{BootKind, ImageStore, Manifest, StoredImage};
use super::{ImageError, cancelled, lock, qcow2};

/// The number of bytes read at a time.
const BLOCK: usize = 1 << 20;

/// The number of bytes copied between checks for cancellation.
const COPIED: u64 = 64 << 20;

/// Fetches an image into the store. The caller holds its lock.
///
/// A partial download is kept, and the next call continues it.
///
/// # Errors
/// When the image cannot be fetched, does not match the recipe, or the user cancels.
pub fn fetch(
    store: &ImageStore,
    recipe: &Recipe,
    fetched: &Fetched,
    spec: &ImageSpec,
    context: &Context<'_>,
) -> Result<StoredImage, ImageError> {
    let name = format!("fetch-{}", fetched.sha256.as_str());
    // Two recipes can have the same file.
    let waiting = format!("waiting for another process to fetch {}", fetched.url);
    let _lock = lock::acquire(&store.lock(&name), &waiting, context)?;
    let work = store.work(&name);
    let image = work.join("image");
    fs_err::create_dir_all(&image)?;
    let part = work.join("part");
    bring(fetched, &part, context)?;
    check_format(fetched, &part)?;

    let manifest = Manifest {
        schema: 1,
        name: spec.name.clone(),
        digest: spec.digest.clone(),
        title: recipe.title.clone(),
        format: fetched.format,
        boot: BootKind::Bios { user: fetched.user.clone() },
        packages: spec.packages.clone(),
        installed: Default::default(),
        created: jiff::Timestamp::now(),
    };
    fs_err::rename(&part, image.join(format!("disk.{}", fetched.format.as_str())))?;
    let stored = store.publish(&image, &manifest)?;
    fs_err::remove_dir_all(&work)?;
    Ok(stored)
}

/// Downloads the file and checks its checksum.
fn bring(fetched: &Fetched, part: &Path, context: &Context<'_>) -> Result<(), ImageError> {
    if let Some(path) = fetched.url.strip_prefix("file://") {
        (context.progress)(Progress::Phase(format!("copying {path}")));
        copy(Path::new(path), part, context)?;
        return verify(fetched, part, context);
    }
    (context.progress)(Progress::Phase(format!("fetching {}", fetched.url)));
    let resumed = download::download(&fetched.url, part, context)?;
    match verify(fetched, part, context) {
        // The parts may belong to different versions: the server has replaced the file without a new
        // validator.
        Err(ImageError::WrongSum { .. }) if resumed => {
            download::download(&fetched.url, part, context)?;
            verify(fetched, part, context)
        }
        result => result,
    }
}

/// Copies a file, by reflink where the file system supports it.
fn copy(from: &Path, to: &Path, context: &Context<'_>) -> Result<(), ImageError> {
    let mut from = open(from)?;
    let mut to = fs_err::File::create(to)?.into_parts().0;
    loop {
        if cancelled(context) {
            return Err(ImageError::Cancelled);
        }
        if std::io::copy(&mut (&mut from).take(COPIED), &mut to)? == 0 {
            return Ok(());
        }
    }
}

/// Opens an image's file. Opening a FIFO could block, and reading a device might never end.
///
/// # Errors
/// When it is not a regular file, or cannot be opened.
pub fn open(path: &Path) -> Result<std::fs::File, ImageError> {
    Ok(regular::open(path, u64::MAX)?.into_parts().0)
}

/// Compares the checksum, and deletes a file that does not match.
fn verify(fetched: &Fetched, part: &Path, context: &Context<'_>) -> Result<(), ImageError> {
    (context.progress)(Progress::Phase("checking the SHA-256".to_owned()));
    let actual = sum(part, context)?;
    if actual == fetched.sha256 {
        return Ok(());
    }
    fs_err::remove_file(part)?;
    Err(ImageError::WrongSum {
        url: fetched.url.clone(),
        expected: fetched.sha256.as_str().to_owned(),
        actual: actual.as_str().to_owned(),
    })
}

/// The SHA-256 of a file.
///
/// # Errors
/// When it cannot be read, or the user cancels.
pub fn sum(file: &Path, context: &Context<'_>) -> Result<Sha256Sum, ImageError> {
    let mut file = open(file)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        if cancelled(context) {
            return Err(ImageError::Cancelled);
        }
        match file.read(&mut block)? {
            0 => return Ok(Sha256Sum::of_bytes(&hash.finalize())),
            length => hash.update(&block[..length]),
        }
    }
}

/// Checks the file as QEMU will read it. A file that is refused is deleted.
fn check_format(fetched: &Fetched, part: &Path) -> Result<(), ImageError> {
    let refused = match fetched.format {
        DiskFormat::Qcow2 => qcow2::check(part)?.err().map(|flaw| flaw.to_string()),
        DiskFormat::Raw => raw::check(part)?.err().map(str::to_owned),
    };
    match refused {
        None => Ok(()),
        Some(what) => {
            fs_err::remove_file(part)?;
            Err(ImageError::Fetch { url: fetched.url.clone(), what })
        }
    }
}
