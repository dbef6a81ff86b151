//! Deletes operations of the history.

use super::{Operation, Standing, folder_of, ids, load};
use crate::state::StateDir;

/// The maximum number of operations that are kept; the oldest that have ended are deleted first.
const KEPT: usize = 1000;

/// Deletes the oldest operations that have ended, if there are too many.
///
/// # Errors
/// When the history cannot be read or changed.
pub fn prune(state: &StateDir) -> std::io::Result<()> {
    let ids = ids(state)?;
    for id in ids.iter().take(ids.len().saturating_sub(KEPT)) {
        let ended = load(state, id).is_none_or(|operation| operation.standing() != Standing::Running);
        if ended {
            fs_err::remove_dir_all(folder_of(state, id))?;
        }
    }
    Ok(())
}

/// Deletes operations of the history.
///
/// # Errors
/// When the history cannot be read or changed.
pub fn forget(state: &StateDir, is_meant: impl Fn(&Operation) -> bool) -> std::io::Result<()> {
    for id in ids(state)? {
        if load(state, &id).is_some_and(|operation| is_meant(&operation)) {
            fs_err::remove_dir_all(folder_of(state, &id))?;
        }
    }
    Ok(())
}
