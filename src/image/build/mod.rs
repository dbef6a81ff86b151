//! Builds an image from Debian packages: root tree → customisation → kernel, initrd and disk → the store.
//!
//! The root tree of a recipe is kept, because an image with stacks is a copy of it with a few more packages:
//! the second image of a recipe takes half the time of the first.

pub(crate) mod archive;
mod disk;
mod guest;
mod initrd;
mod inside;
pub(crate) mod kernel;
pub(crate) mod packages;
mod phase;
mod root;
mod run;
mod sandbox;
mod workshop;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

pub use guest::quiet;
pub use sandbox::intercept;

use crate::base::{regular, write};
use crate::model::spec::{Digest, ImageSpec};
use crate::work::Context;

use super::recipe::{Built, DiskFormat, Recipe};
use super::store::{BootKind, ImageStore, Manifest, StoredImage};
use super::{ImageError, lock};
use archive::Archive;
use inside::{Facts, Inside};
use workshop::Workshop;

/// Incremented when a change in the code produces different images from the same recipe.
const VERSION: u32 = 2;

/// The output of the build's programs, kept beside the image.
const LOG: &str = "build.log";

/// The file name of the disk.
const DISK: &str = "disk.raw";

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
    let archive = Archive::of(built)?;
    in_work(store, &spec.digest.0, |work| {
        let shop = Workshop::open(work, site(work, built), &archive, context)?;
        copy_base(store, built, &archive, &shop, context)?;
        shop.inside("preparing the root", Inside::Prune)?;
        shop.extend(&spec.packages, &spec.bake)?;
        shop.inside("finishing the root", Inside::Furnish)?;
        assemble(store, recipe, spec, work, &shop, context)
    })
}

/// Where the steps of a build work.
fn site(work: &Path, built: &Built) -> run::Site {
    run::Site { log: work.join(LOG), root_size: built.root_size }
}

/// Makes the image from a finished root tree, and moves it into the store.
fn assemble(
    store: &ImageStore,
    recipe: &Recipe,
    spec: &ImageSpec,
    work: &Path,
    shop: &Workshop<'_>,
    context: &Context<'_>,
) -> Result<StoredImage, ImageError> {
    let (out, image) = (shop.out(), work.join("image"));
    run::BuildStep::inside("making the initrd", shop.site(), &shop.tree(), Inside::Extract)
        .bind(&out, inside::OUT)
        .run(context)?;
    disk::make(&shop.tree(), (&out, DISK), &spec.digest, shop.site(), context)?;
    let facts = facts(&out.join(inside::FACTS))?;
    fs_err::create_dir(&image)?;
    for name in [inside::KERNEL, inside::INITRD, DISK] {
        take(&out.join(name), &image.join(name))?;
    }
    let manifest = Manifest {
        schema: 1,
        name: spec.name.clone(),
        digest: spec.digest.clone(),
        title: recipe.title.clone(),
        format: DiskFormat::Raw,
        boot: BootKind::Direct { release: facts.release },
        packages: spec.packages.clone(),
        installed: facts.packages,
        created: jiff::Timestamp::now(),
    };
    fs_err::rename(&shop.site().log, image.join(LOG))?;
    store.publish(&image, &manifest)
}

/// Moves a result out of the folder of a sandbox, whose processes have ended, and makes it root's.
fn take(from: &Path, to: &Path) -> Result<(), ImageError> {
    let file = open_result(from)?;
    rustix::fs::fchown(&file, Some(rustix::process::Uid::ROOT), Some(rustix::process::Gid::ROOT))
        .map_err(std::io::Error::from)?;
    file.set_permissions(PermissionsExt::from_mode(0o644))?;
    Ok(fs_err::rename(from, to)?)
}

/// Opens a result. A link in its place is refused.
fn open_result(path: &Path) -> Result<fs_err::File, ImageError> {
    if fs_err::symlink_metadata(path)?.is_file() {
        Ok(regular::open(path, u64::MAX)?)
    } else {
        Err(ImageError::Unbootable(format!("{} is not a regular file", path.display())))
    }
}

/// What a sandbox found in a root tree; checked again, because it wrote the file.
fn facts(path: &Path) -> Result<Facts, ImageError> {
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(open_result(path)?, inside::LARGEST), &mut text)?;
    let mut facts: Facts = serde_json::from_slice(&text)
        .map_err(|source| ImageError::Manifest { path: path.to_owned(), source })?;
    facts.packages.retain(|name, version| packages::is_name(name) && packages::is_version(version));
    if packages::is_version(&facts.release) {
        Ok(facts)
    } else {
        Err(ImageError::Unbootable("its kernel's release has characters that no release has".to_owned()))
    }
}

/// Makes something in an empty folder. On failure everything but the log is deleted: an incomplete root tree
/// is useless and takes hundreds of megabytes.
fn in_work<T>(
    store: &ImageStore,
    name: &str,
    make: impl FnOnce(&Path) -> Result<T, ImageError>,
) -> Result<T, ImageError> {
    let work = store.work(name);
    clear(&work)?;
    fs_err::create_dir_all(&work)?;
    private(&store.works())?;
    let made = make(&work);
    match &made {
        Ok(_) => clear(&work)?,
        // Report why the build failed, not that clearing failed too: the next build clears the rest.
        Err(_) => drop(keep_log(&work)),
    }
    made
}

/// Lets only root into a folder: users of the machine must not reach programs that a lab has made.
fn private(folder: &Path) -> Result<(), ImageError> {
    Ok(fs_err::set_permissions(folder, PermissionsExt::from_mode(0o700))?)
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
    archive: &Archive,
    shop: &Workshop<'_>,
    context: &Context<'_>,
) -> Result<(), ImageError> {
    let digest = Digest::of(&(VERSION, built));
    let base = store.root_trees().join(&digest.0);
    let name = format!("root-{digest}");
    let waiting = format!("waiting for another process to install {}", built.suite);
    let _lock = lock::acquire(&store.lock(&name), &waiting, context)?;
    if !base.exists() {
        in_work(store, &name, |work| {
            let first = Workshop::open(work, site(work, built), archive, context)?;
            first.bootstrap(built)?;
            fs_err::create_dir_all(store.root_trees())?;
            private(&store.root_trees())?;
            // Otherwise a power failure could leave a tree of empty files, and all later images would be made
            // from it.
            write::sync_tree(&first.base())?;
            Ok(write::rename(&first.base(), &base)?)
        })?;
    }
    run::BuildStep::tool("copying the base system", shop.site(), "cp")
        .show(&base, "from")
        .bind(&shop.base(), "to")
        .args(["-a", "--reflink=auto", "/from/.", "/to"])
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
    if fs_err::remove_dir_all(work).is_err() {
        // A script can nest folders deeper than this process can have files open.
        Command::new("rm").args(["-rf", "--one-file-system", "--"]).arg(work).status()?;
    }
    if work.exists() { Ok(fs_err::remove_dir_all(work)?) } else { Ok(()) }
}
