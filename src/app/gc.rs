//! `lab gc`: deletes what is no longer needed.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::bad_store;
use super::class;
use super::error::AppError;
use super::exercise::attempt;
use super::job::Job;
use super::request::{Request, Subject};
use super::usage::{self, unreadable};
use crate::checkpoint::{Checkpoint, CheckpointStore, Kind};
use crate::model::CheckpointId;

/// Finds checkpoints that were never finished or are damaged, and baselines that were replaced by newer ones
/// and that no instance depends on; deletes them on request. What a class that cannot be read may need stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gc {
    /// Delete them.
    pub delete: bool,
}

/// A checkpoint that is no longer needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The checkpoint.
    pub checkpoint: CheckpointId,
    /// Why it is not needed.
    pub why: String,
    /// Its size on disk.
    pub bytes: u64,
}

impl Request for Gc {
    type Outcome = Vec<Row>;
    const NAME: &'static str = "gc";

    fn changes(&self) -> Option<Subject> {
        self.delete.then(Subject::default)
    }

    fn perform(&self, job: &Job) -> Result<Vec<Row>, AppError> {
        let store = CheckpointStore::new(&job.state);
        for (name, error) in class::needed(&job.state)?.unreadable {
            job.warn(format!("all that the class `{name}` may need stays: {}", error.line()));
        }
        let rows = unneeded(&store, None, job)?;
        if !self.delete {
            return Ok(rows);
        }
        let mut deleted = Vec::new();
        for row in rows {
            // A checkpoint that is being made, restored or deleted may have changed since it was listed.
            let Some(_lock) = store.lock(&row.checkpoint).map_err(bad_store)? else { continue };
            // An instance may depend on it since then.
            if unneeded(&store, Some(&row.checkpoint), job)?
                .iter()
                .any(|now| now.checkpoint == row.checkpoint)
            {
                store.remove(&row.checkpoint).map_err(bad_store)?;
                deleted.push(row);
            }
        }
        Ok(deleted)
    }
}

/// What is no longer needed. `held` is the checkpoint that this operation itself has locked.
fn unneeded(store: &CheckpointStore, held: Option<&CheckpointId>, job: &Job) -> Result<Vec<Row>, AppError> {
    let mut found: Vec<(CheckpointId, String)> = Vec::new();
    for id in store.half_made().map_err(bad_store)? {
        let free = held == Some(&id) || store.lock(&id).map_err(bad_store)?.is_some();
        if free && !being_made(&id, job) {
            found.push((id, "never finished".to_owned()));
        }
    }
    let all = store.list().map_err(bad_store)?;
    let classes = class::needed(&job.state)?;
    let mut needed: BTreeSet<CheckpointId> = classes.checkpoints.iter().cloned().collect();
    needed.extend(all.iter().filter(|one| classes.may_be(one)).map(|one| one.id().clone()));
    for name in job.instances()? {
        needed.extend(usage::instance_stands_upon(&job.state, &name)?);
        needed.extend(attempt::goes_back_to(&job.state, &name)?);
    }
    let stood_on = all.iter().filter(|one| needed.contains(one.id())).flat_map(|one| one.parents.clone());
    let stood_on: Vec<CheckpointId> = stood_on.collect();
    needed.extend(stood_on);
    needed.extend(all.iter().filter(|one| one.spec.kind == Kind::Named).flat_map(|one| one.parents.clone()));
    let of_exercises = all.iter().filter(|one| one.spec.kind == Kind::Exercise && !needed.contains(one.id()));
    found.extend(of_exercises.map(|one| (one.id().clone(), "no exercise goes on from it".to_owned())));
    for one in all.iter().filter(|one| one.spec.kind == Kind::Start && !needed.contains(one.id())) {
        if let Err(damage) = store.check(one) {
            found.push((one.id().clone(), format!("damaged: {damage}")));
        } else if is_replaced(one, &all) {
            found.push((one.id().clone(), "there is a newer start of the lab".to_owned()));
        }
    }
    let row = |(checkpoint, why)| {
        let bytes = usage::of_tree(&store.folder(&checkpoint)).map_err(unreadable)?;
        Ok(Row { checkpoint, why, bytes })
    };
    found.into_iter().map(row).collect()
}

/// Whether an interrupted restore of an instance is still to be repeated from this checkpoint.
fn being_made(id: &CheckpointId, job: &Job) -> bool {
    let of = |name| job.state.instance(&name).join(crate::checkpoint::PENDING);
    job.instances()
        .unwrap_or_default()
        .into_iter()
        .any(|name| fs_err::read_to_string(of(name)).is_ok_and(|text| text.contains(&format!("\"{id}\""))))
}

fn is_replaced(one: &Checkpoint, all: &[Checkpoint]) -> bool {
    let newer = |other: &&Checkpoint| {
        other.spec.kind == Kind::Start
            && other.id().lab() == one.id().lab()
            && other.spec.created > one.spec.created
    };
    all.iter().any(|other| newer(&other))
}
