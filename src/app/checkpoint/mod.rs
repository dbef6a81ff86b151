//! `lab checkpoint`: saved states of a lab.

mod list;
mod remove;
mod restore;
mod save;
mod verify;

pub use list::{List, Row};
pub use remove::Remove;
pub use restore::{Restore, Restored};
pub(super) use restore::{put_back, ready, restored};
pub use save::{Save, Saved};
pub use verify::Verify;

pub use crate::checkpoint::Kind;

use super::baseline::bad_store;
use super::error::AppError;
use super::job::Job;
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::diagnostic::suggestion;
use crate::model::CheckpointId;

/// The checkpoint of this name: `LAB.NAME`, or its own name if only one lab has it.
fn find(word: &str, job: &Job) -> Result<Checkpoint, AppError> {
    let all = CheckpointStore::new(&job.state).list().map_err(bad_store)?;
    let meant = |found: &&Checkpoint| {
        let id = found.id();
        word.parse().map_or_else(|_| id.name().as_str() == word, |wanted: CheckpointId| *id == wanted)
    };
    let mut found: Vec<&Checkpoint> = all.iter().filter(meant).collect();
    match found.len() {
        1 => Ok(found.remove(0).clone()),
        0 => {
            let names: Vec<String> = all.iter().map(|found| found.id().to_string()).collect();
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let hint = if known.is_empty() {
                "`lab checkpoint save NAME` saves the present state of a lab".to_owned()
            } else {
                suggestion(word, "checkpoint", known)
            };
            Err(AppError::not_found(format!("there is no checkpoint `{word}`")).hint(hint))
        }
        _ => {
            let names: Vec<&CheckpointId> = found.iter().map(|found| found.id()).collect();
            Err(AppError::usage(format!("several labs have a checkpoint `{word}`"))
                .hint(format!("say which: {}", crate::base::words::join(&names))))
        }
    }
}
