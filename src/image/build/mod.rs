//! Builds an image from Debian packages: root tree → customisation → kernel, initrd and disk → the store.
//!
//! The root tree of a recipe is kept, because an image with stacks is a copy of it with a few more packages:
//! the second image of a recipe takes half the time of the first.

mod disk;
mod guest;
mod initrd;
mod kernel;
mod phase;
mod root;
mod run;

use std::path::Path;

pub use guest::quiet;

use crate::base::write;
use crate::model::spec::{Digest, ImageSpec};
use crate::work::Context;

use super::recipe::{Built, DiskFormat, Recipe};
use super::store::{BootKind, ImageStore, Manifest, StoredImage};
use super::{ImageError, lock};

/// Incremented when a change in the code produces different images from the same recipe.
const VERSION: u32 = 1;

/// The output of the build's programs, kept beside the image.
const LOG: &str = "build.log";

/// The digest of what this program itself puts into an image; a changed program makes new images.
pub fn fingerprint() -> Digest {
    Digest::of(&(
        (VERSION, initrd::INIT),
        (guest::FILES, guest::ENABLED, guest::STARTED, guest::MASKED, guest::GENERATORS),
    ))
}

/// Builds an image into the store. The caller holds its lock.
///
/// # Errors
/// When a step fails, or the user cancels. Only the log of the step then remains in the store.
pub fn build(
    store: &ImageStore,
    recipe: &Recipe,
    built: &Built,
    spec: &ImageSpec,
    context: &Context<'_>,
) -> Result<StoredImage, ImageError> {
    let archive = root::Archive::of(built)?;
    in_work(&store.work(&spec.digest.0), |work| {
        let log = work.join(LOG);
        let tree = work.join("root");
        copy_base(store, built, &archive, &tree, &log, context)?;
        guest::prune(&tree)?;
        root::extend(&tree, &archive, &spec.packages, &spec.bake, &log, context)?;
        guest::furnish(&tree)?;
        assemble(store, recipe, built, spec, work, context)
    })
}

/// Makes the image from a finished root tree, and moves it into the store.
fn assemble(
    store: &ImageStore,
    recipe: &Recipe,
    built: &Built,
    spec: &ImageSpec,
    work: &Path,
    context: &Context<'_>,
) -> Result<StoredImage, ImageError> {
    let (tree, log) = (work.join("root"), work.join(LOG));
    let image = work.join("image");
    fs_err::create_dir(&image)?;
    let (release, file) = kernel::find(&tree)?;
    fs_err::write(image.join("vmlinux"), kernel::unpack(fs_err::read(file)?))?;
    fs_err::write(image.join("initrd"), initrd::make(&tree, &release)?)?;
    disk::make(&tree, &image.join("disk.raw"), built.root_size, &spec.digest, &log, context)?;
    let manifest = Manifest {
        schema: 1,
        name: spec.name.clone(),
        digest: spec.digest.clone(),
        title: recipe.title.clone(),
        format: DiskFormat::Raw,
        boot: BootKind::Direct { release },
        packages: spec.packages.clone(),
        created: jiff::Timestamp::now(),
    };
    fs_err::rename(&log, image.join(LOG))?;
    store.publish(&image, &manifest)
}

/// Makes something in an empty folder. On failure everything but the log is deleted: an incomplete root tree
/// is useless and takes hundreds of megabytes.
fn in_work<T>(work: &Path, make: impl FnOnce(&Path) -> Result<T, ImageError>) -> Result<T, ImageError> {
    clear(work)?;
    fs_err::create_dir_all(work)?;
    let made = make(work);
    match &made {
        Ok(_) => clear(work)?,
        // Report why the build failed, not that clearing failed too: the next build clears the rest.
        Err(_) => drop(keep_log(work)),
    }
    made
}

/// Deletes the files of a build except its log.
fn keep_log(work: &Path) -> Result<(), ImageError> {
    for entry in fs_err::read_dir(work)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            clear(&entry.path())?;
        } else if entry.file_name() != LOG {
            fs_err::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Copies the root tree of a recipe without stacks, making it first if needed. Holds its lock throughout, so
/// that no other process deletes it during the copy.
fn copy_base(
    store: &ImageStore,
    built: &Built,
    archive: &root::Archive,
    tree: &Path,
    log: &Path,
    context: &Context<'_>,
) -> Result<(), ImageError> {
    let digest = Digest::of(&(VERSION, built));
    let base = store.root_trees().join(&digest.0);
    let name = format!("root-{digest}");
    let waiting = format!("waiting for another process to install {}", built.suite);
    let _lock = lock::acquire(&store.lock(&name), &waiting, context)?;
    if !base.exists() {
        in_work(&store.work(&name), |work| {
            let new = work.join("root");
            root::bootstrap(built, archive, &new, &work.join(LOG), context)?;
            fs_err::create_dir_all(store.root_trees())?;
            // Otherwise a power failure could leave a tree of empty files, and all later images would be made
            // from it.
            write::sync_tree(&new)?;
            Ok(write::rename(&new, &base)?)
        })?;
    }
    run::BuildStep::new("copying the base system", "cp", log)
        .args(["-a", "--reflink=auto"])
        .args([base.as_path(), tree])
        .run(context)
}

/// Deletes the files of a build.
///
/// Nothing should be mounted in it, because every mount of a build is in a namespace of its own. It checks
/// nevertheless: a mistake would delete the mounted files.
pub(super) fn clear(work: &Path) -> Result<(), ImageError> {
    if !work.exists() {
        return Ok(());
    }
    let inside = fs_err::canonicalize(work)?;
    let mounts = fs_err::read_to_string("/proc/self/mountinfo")?;
    // The fifth field is the mount point.
    let mounted = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .find(|at| Path::new(at).starts_with(&inside));
    if let Some(path) = mounted {
        return Err(ImageError::Mounted { path: path.into() });
    }
    fs_err::remove_dir_all(work)?;
    Ok(())
}
