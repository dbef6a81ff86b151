//! From a node to this machine. The node is not trusted: nothing outside of the folder is touched.

use std::path::Path;

use super::{Synced, is_deep_enough, shown};
use crate::app::cp::Copying;
use crate::app::error::AppError;
use crate::base::archive::Copied;
use crate::base::mirror::{Item, Known, Listing};

/// Makes a folder of this machine equal to one of a node.
///
/// # Errors
/// When one is no folder, something cannot be written, or the connection fails.
pub fn out(copying: &Copying<'_>, from: &str, to: &Path, delete: bool) -> Result<Synced, AppError> {
    copying.needs_files()?;
    if to.exists() && !to.is_dir() {
        return Err(AppError::usage(format!("{} is no folder", to.display())));
    }
    if delete && to.is_dir() {
        let real = fs_err::canonicalize(to).map_err(|error| copying.failed(error))?;
        is_deep_enough(&real)?;
    }
    let shell = copying.shell()?;
    let real = copying.real(&shell, if from.is_empty() { "." } else { from })?;
    let ask = format!("test -d {}", crate::base::shell::quote(&real));
    let is_folder = shell.run(&ask, copying.answer()).map_err(|error| copying.broken(error))?.status == 0;
    if !is_folder || real == "/" {
        return Err(AppError::not_found(format!("{from} on {} is no folder to copy", copying.node.name)));
    }
    let copied = copying.fetch(&shell, &real, to)?;
    let surplus = surplus(copying, to, &copied)?;
    let mut done = Synced { files: copied.files, bytes: copied.bytes, ..Synced::default() };
    done.left_out = copied.left_out;
    if delete {
        for (path, item) in &surplus {
            let place = to.join(path);
            let removed = match item {
                Item::Folder(_) => fs_err::remove_dir_all(place),
                Item::File { .. } | Item::Link(_) | Item::Other => fs_err::remove_file(place),
            };
            removed.map_err(|error| copying.failed(error))?;
        }
        done.deleted = surplus.len();
    } else {
        done.surplus = surplus.iter().map(|(path, _)| shown(path)).collect();
    }
    Ok(done)
}

/// What the folder of this machine has in addition; of a folder, only itself.
fn surplus(
    copying: &Copying<'_>,
    to: &Path,
    copied: &Copied,
) -> Result<Vec<(std::path::PathBuf, Item)>, AppError> {
    let listed = Listing::of_folder(to, copying.bounds, &mut Known::default());
    let listed = listed.map_err(|error| copying.failed(error))?;
    let has = |path: &Path| path.as_os_str().is_empty() || copied.unpacked.contains(path);
    let own = listed.items.into_iter();
    Ok(own.filter(|(path, _)| !has(path) && path.parent().is_none_or(has)).collect())
}
