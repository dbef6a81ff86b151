//! `lab df`: the disk space of images, checkpoints, instances and records, and the memory of instances.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::bad_store;
use super::error::AppError;
use super::job::Job;
use super::provider;
use super::request::Request;
use super::usage::{self, unreadable};
use crate::checkpoint::{Checkpoint, CheckpointStore, Kind};
use crate::image;

/// Lists what takes disk space and memory. Holes in sparse files are not counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Df {}

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// `image`, `checkpoint`, `exercise`, `instance`, `records`, `history` or `cache`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The memory that the machines of an instance take together, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
}

impl Row {
    fn of(kind: &str, name: String, bytes: u64) -> Self {
        Self { kind: kind.to_owned(), name, bytes, memory: None }
    }
}

impl Request for Df {
    type Outcome = Vec<Row>;
    const NAME: &'static str = "df";

    fn perform(&self, job: &Job) -> Result<Vec<Row>, AppError> {
        rows(job)
    }
}

fn rows(job: &Job) -> Result<Vec<Row>, AppError> {
    let state = &job.state;
    let size = |path: &Path| usage::of_tree(path).map_err(unreadable);
    let mut rows = Vec::new();
    for image in image::ImageStore::new(state).list()? {
        let name = format!("{} ({})", image.manifest.name, image.manifest.digest.short());
        rows.push(Row::of("image", name, size(&image.folder)?));
    }
    let store = CheckpointStore::new(state);
    for one in store.list().map_err(bad_store)? {
        rows.push(of_checkpoint(&one, size(&store.folder(one.id()))?));
    }
    for id in store.half_made().map_err(bad_store)? {
        rows.push(Row::of("checkpoint", format!("{id} (incomplete)"), size(&store.folder(&id))?));
    }
    for name in job.instances()? {
        let bytes = usage::of_instance(state, &name).map_err(unreadable)?;
        // An instance without a description takes disk space, too.
        let provider = job.describe(&name).and_then(|instance| provider::of(job, &instance)).ok();
        let memory = provider.and_then(|provider| provider.memory());
        rows.push(Row { memory, ..Row::of("instance", name.to_string(), bytes) });
    }
    for name in instances_in(&state.records_root())? {
        let bytes = size(&state.records_root().join(&name))?;
        rows.push(Row::of("records", name, bytes));
    }
    for name in instances_in(&state.exercises_root())? {
        let bytes = size(&state.exercises_root().join(&name))?;
        rows.push(Row::of("exercise", format!("{name} (log and records)"), bytes));
    }
    match size(&state.exercise_starts())? {
        0 => {}
        bytes => rows.push(Row::of("exercise", "proofs of starts".to_owned(), bytes)),
    }
    rows.push(Row::of("history", "of operations".to_owned(), size(&state.operations())?));
    let cache = size(&state.root().join("cache"))? + size(&state.images().join(".roots"))?;
    rows.push(Row::of("cache", "of builds".to_owned(), cache));
    Ok(rows)
}

/// A checkpoint; of an exercise with what it is: its start, a save point, or a hand-in.
fn of_checkpoint(one: &Checkpoint, bytes: u64) -> Row {
    match one.spec.kind {
        Kind::Exercise => {
            let packed = if one.is_packed() { ", packed" } else { "" };
            Row::of("exercise", format!("{} ({}{packed})", one.id(), one.spec.note), bytes)
        }
        Kind::Start | Kind::Named => Row::of("checkpoint", one.id().to_string(), bytes),
    }
}

/// The instances that have a folder in this one, whether they still exist or not.
fn instances_in(folder: &Path) -> Result<Vec<String>, AppError> {
    let entries = match fs_err::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Other files there do not belong to an instance.
        if entry.file_type().map_err(unreadable)?.is_dir()
            && name.parse::<crate::model::InstanceName>().is_ok()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
