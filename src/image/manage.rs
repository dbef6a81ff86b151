//! The store operations of `lab image`: find, add and remove.

use std::path::{Path, PathBuf};

use crate::base::lock::Lock;
use crate::base::write;
use crate::catalog::{Catalog, Shelf};
use crate::model::CheckpointId;
use crate::model::spec::Digest;
use crate::model::{ImageName, InstanceName};
use crate::state::StateDir;
use crate::work::Context;

use super::recipe::{DiskFormat, Sha256Sum};
use super::store::{ImageStore, StoredImage};
use super::{ImageError, RecipeError, build, ensure, fetch, image_spec, lock, qcow2};

/// The maximum depth of disks in an instance's folder.
const DEPTH: usize = 3;

/// An image to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Its future name.
    pub name: ImageName,
    /// A one-line description.
    pub title: String,
    /// Its source.
    pub from: ImageOrigin,
    /// The user for logins.
    pub user: String,
}

/// The source of an image to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageOrigin {
    /// A file of this machine; its format and checksum are determined from it.
    File(PathBuf),
    /// A URL.
    Url {
        /// The URL.
        url: String,
        /// The expected checksum.
        sha256: Sha256Sum,
        /// The format.
        format: DiskFormat,
    },
}

/// Adds an image to the store and to the images available to labs on this machine.
///
/// # Errors
/// When the name is taken, the image cannot be fetched, or the user cancels.
pub fn add(state: &StateDir, addition: &Addition, context: &Context<'_>) -> Result<StoredImage, ImageError> {
    let catalog = Catalog::of_state(state);
    if catalog.read(Shelf::Images, &format!("{}.toml", addition.name)).map_err(RecipeError::Read)?.is_some() {
        return Err(ImageError::Exists(addition.name.clone()));
    }
    let (url, sha256, format) = match &addition.from {
        ImageOrigin::Url { url, sha256, format } => (url.clone(), sha256.clone(), *format),
        ImageOrigin::File(path) => {
            let path = fs_err::canonicalize(path)?;
            fetch::open(&path)?;
            let format = if qcow2::backing(&path)?.is_some() { DiskFormat::Qcow2 } else { DiskFormat::Raw };
            (format!("file://{}", path.display()), fetch::sum(&path, context)?, format)
        }
    };
    let text = format!(
        "schema = 1\ntitle  = {}\n\n[fetched]\nurl    = {}\nsha256 = {}\nformat = {}\nuser   = {}\n",
        quoted(&addition.title),
        quoted(&url),
        quoted(sha256.as_str()),
        quoted(format.as_str()),
        quoted(&addition.user),
    );
    let file = recipe_file(state, &addition.name);
    if let Some(folder) = file.parent() {
        fs_err::create_dir_all(folder)?;
    }
    write::atomically(&file, text.as_bytes())?;
    let made = image_spec(&addition.name, &Default::default(), &[], &catalog)
        .map_err(ImageError::from)
        .and_then(|spec| ensure(state, &catalog, &spec, context));
    if made.is_err() {
        // A name without an image would only block the next attempt.
        fs_err::remove_file(&file)?;
    }
    made
}

/// The path of an added image's recipe.
fn recipe_file(state: &StateDir, name: &ImageName) -> PathBuf {
    state.catalog().join(format!("images/{name}.toml"))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Finds an image by its name or the first digits of its digest.
///
/// # Errors
/// When none or several match.
pub fn find(state: &StateDir, name: &str) -> Result<StoredImage, ImageError> {
    let mut found = ImageStore::new(state).list()?;
    found.retain(|image| {
        image.manifest.name.as_str() == name || (name.len() >= 4 && image.manifest.digest.0.starts_with(name))
    });
    match found.len() {
        0 => Err(ImageError::NotStored(name.to_owned())),
        1 => Ok(found.remove(0)),
        _ => Err(ImageError::Ambiguous {
            name: name.to_owned(),
            digests: found.iter().map(|image| image.manifest.digest.short().to_owned()).collect(),
        }),
    }
}

/// The instances and checkpoints with disks on an image.
///
/// # Errors
/// When a folder or a disk of an instance or a checkpoint cannot be read.
pub fn users(state: &StateDir, digest: &Digest) -> Result<Vec<String>, ImageError> {
    let image = state.image(digest);
    let mut found = Vec::new();
    for entry in folder(&state.instances())?.into_iter().chain(folder(&state.checkpoints())?) {
        let Some(name) = entry.file_name().and_then(|name| name.to_str()) else { continue };
        let counts = name.parse::<InstanceName>().is_ok() || name.parse::<CheckpointId>().is_ok();
        if counts && has_overlay(&entry, &image, DEPTH)? {
            found.push(name.to_owned());
        }
    }
    found.sort();
    Ok(found)
}

fn has_overlay(path: &Path, image: &Path, depth: usize) -> Result<bool, ImageError> {
    let metadata = fs_err::symlink_metadata(path)?;
    if metadata.is_dir() && depth > 0 {
        for entry in folder(path)? {
            if has_overlay(&entry, image, depth - 1)? {
                return Ok(true);
            }
        }
    }
    if !metadata.is_file() {
        return Ok(false);
    }
    Ok(qcow2::chain(path)?.iter().any(|on| on.starts_with(image)))
}

/// The contents of a folder; empty if it does not exist.
fn folder(path: &Path) -> Result<Vec<PathBuf>, ImageError> {
    match fs_err::read_dir(path) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Removes an image from the store. The recipe of an added image is removed too; others stay, so the image
/// can be made again.
///
/// # Errors
/// When instances have disks on it, unless `force`, or the user cancels.
pub fn remove(
    state: &StateDir,
    image: &StoredImage,
    force: bool,
    context: &Context<'_>,
) -> Result<(), ImageError> {
    let store = ImageStore::new(state);
    let digest = &image.manifest.digest;
    let waiting = format!("waiting for another process that uses image {}", digest.short());
    let _lock = lock::acquire(&store.lock(&digest.0), &waiting, context)?;
    let users = users(state, digest)?;
    if !force && !users.is_empty() {
        return Err(ImageError::InUse { digest: digest.short().to_owned(), users });
    }
    // Move it away first, so that other processes never see part of an image.
    let aside = store.work(&format!("removed-{digest}"));
    build::clear(&aside)?;
    if let Some(parent) = aside.parent() {
        fs_err::create_dir_all(parent)?;
    }
    fs_err::rename(&image.folder, &aside)?;
    build::clear(&aside)?;
    let recipe = recipe_file(state, &image.manifest.name);
    if recipe.exists() {
        fs_err::remove_file(recipe)?;
    }
    Ok(())
}

/// Deletes the cache of the build and the remains of killed builds, except what is in use.
///
/// # Errors
/// When something cannot be deleted.
pub fn clear_cache(state: &StateDir) -> Result<(), ImageError> {
    let store = ImageStore::new(state);
    let trees =
        folder(&store.root_trees())?.into_iter().map(|tree| (format!("root-{}", file_name(&tree)), tree));
    let works = folder(&store.works())?.into_iter().map(|work| (file_name(&work), work));
    for (name, path) in trees.chain(works) {
        if let Some(_lock) = Lock::try_of(&store.lock(&name))? {
            build::clear(&path)?;
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
