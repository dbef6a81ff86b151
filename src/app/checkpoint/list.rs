//! `lab checkpoint list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::baseline::bad_store;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::app::usage;
use crate::checkpoint::{Checkpoint, CheckpointStore, Kind};

/// Lists the checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct List {}

/// A checkpoint in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// `LAB.NAME`
    pub checkpoint: String,
    /// Its lab.
    pub lab: String,
    /// Its own name.
    pub name: String,
    /// Made by `lab up` itself, or kept by a user.
    pub kind: Kind,
    /// The note of its user.
    pub note: String,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// Nodes that ran when it was saved.
    pub running: Vec<String>,
    /// All nodes.
    pub nodes: Vec<String>,
    /// Its size on the disk of this machine.
    pub bytes: u64,
    /// Instances and checkpoints that depend on it.
    pub used_by: Vec<String>,
    /// Why it cannot be restored; none if it can.
    pub damage: Option<String>,
}

impl Request for List {
    type Outcome = Vec<Row>;
    const NAME: &'static str = "checkpoint list";

    fn perform(&self, job: &Job) -> Result<Vec<Row>, AppError> {
        let store = CheckpointStore::new(&job.state);
        store.list().map_err(bad_store)?.iter().map(|one| row(one, &store, job)).collect()
    }
}

fn row(one: &Checkpoint, store: &CheckpointStore, job: &Job) -> Result<Row, AppError> {
    let id = one.id();
    let names = |on: bool| {
        let nodes = one.nodes.iter().filter(move |node| !on || node.memory.is_some());
        nodes.map(|node| node.node.to_string()).collect()
    };
    Ok(Row {
        checkpoint: id.to_string(),
        lab: id.lab().to_string(),
        name: id.name().to_string(),
        kind: one.spec.kind,
        note: one.spec.note.clone(),
        created: one.spec.created,
        running: names(true),
        nodes: names(false),
        bytes: usage::of_tree(&store.folder(id)).map_err(usage::unreadable)?,
        used_by: usage::users(&job.state, id)?,
        damage: store.check(one).err().map(|damage| damage.to_string()),
    })
}
