//! `lab class purge`: deletes what is kept of a closed class.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Room, places};
use super::kept;
use crate::app::baseline::bad_store;
use crate::app::down;
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::app::usage::{self, unreadable};
use crate::base::words::join;
use crate::checkpoint::{Checkpoint, CheckpointStore, Kind};
use crate::class::register::Register;
use crate::class::store::{Class, ClassFolder};
use crate::model::{CheckpointId, ClassName, InstanceName};

/// The command that holds the lock of an instance while it is deleted.
const COMMAND: &str = "lab class purge";

/// Finds all that is kept of a closed class: its folder, and the logs, records, keys, hand-ins and save
/// points of its instances; deletes it on request. Ended in the middle and repeated, it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Purge {
    /// The class.
    pub class: ClassName,
    /// Delete it.
    #[serde(default)]
    pub delete: bool,
}

/// What is kept of a class, or was before it was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Purged {
    /// The class.
    pub class: ClassName,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The number of students in the roster.
    pub students: usize,
    /// All instances of the class. None if an earlier deletion of them has ended in the middle of the last
    /// part, the folder of the class.
    pub instances: Vec<InstanceName>,
    /// Those of which logs, records or keys are kept.
    pub having: Vec<InstanceName>,
    /// The hand-ins, save points and other states of them.
    pub checkpoints: Vec<CheckpointId>,
    /// Checkpoints of them that a person named. They are not deleted.
    pub named: Vec<CheckpointId>,
    /// The disk space of all that is deleted, in bytes.
    pub bytes: u64,
}

impl Request for Purge {
    type Outcome = Purged;
    const NAME: &'static str = "class purge";

    fn changes(&self) -> Option<Subject> {
        self.delete.then(|| Subject(vec![self.class.to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<Purged, AppError> {
        let folder = ClassFolder::of(&job.state, &self.class);
        let class = folder.class()?;
        let Some(class) = class else { return self.rest(job, &folder) };
        self.closed(job, &folder, &class)?;
        let places = places(&class);
        let instances = kept::instances(&places);
        let (named, own): (Vec<Checkpoint>, Vec<Checkpoint>) =
            kept::checkpoints(job, &instances)?.into_iter().partition(|found| found.spec.kind == Kind::Named);
        unused(job, &instances, &own)?;
        let found = Purged {
            class: self.class.clone(),
            deleted: self.delete,
            students: class.students.len(),
            having: instances
                .iter()
                .filter(|name| !kept::folders(&job.state, name).is_empty())
                .cloned()
                .collect(),
            bytes: bytes(job, &self.class, &instances, &own)?,
            checkpoints: own.iter().map(|found| found.id().clone()).collect(),
            named: named.iter().map(|found| found.id().clone()).collect(),
            instances,
        };
        if self.delete {
            delete(job, &found.having, own, COMMAND)?;
            // The last of all: without it, nothing would say what else belongs to the class.
            self.forget(&folder)?;
        }
        Ok(found)
    }
}

impl Purge {
    /// Finishes a deletion that has ended in the middle of the last part.
    fn rest(&self, job: &Job, folder: &ClassFolder) -> Result<Purged, AppError> {
        if !folder.is_incomplete() {
            // The error says which classes there are.
            Room::of(&job.state, Some(&self.class))?;
        }
        if self.delete {
            self.forget(folder)?;
        }
        Ok(Purged {
            class: self.class.clone(),
            deleted: self.delete,
            students: 0,
            instances: Vec::new(),
            having: Vec::new(),
            checkpoints: Vec::new(),
            named: Vec::new(),
            bytes: 0,
        })
    }

    fn forget(&self, folder: &ClassFolder) -> Result<(), AppError> {
        folder.remove().map(drop).map_err(|error| {
            AppError::failed("the folder of the class cannot be deleted")
                .because(error)
                .hint("`lab class purge` again goes on where it stopped")
        })
    }

    /// Refuses a class that is open. One whose log cannot be used any more counts as closed once none of its
    /// instances stands: its students can still be forgotten.
    fn closed(&self, job: &Job, folder: &ClassFolder, class: &Class) -> Result<(), AppError> {
        let name = &self.class;
        match folder.log() {
            Ok(log) if Register::of(log.lines()).closed => Ok(()),
            Ok(_) => Err(AppError::new(ErrorKind::Busy, format!("the class `{name}` is open"))
                .hint(format!("`lab class close --class {name}` closes it"))),
            Err(error) => {
                let own: Vec<InstanceName> = places(class).into_iter().map(|place| place.instance).collect();
                if job.instances()?.iter().any(|standing| own.contains(standing)) {
                    return Err(error.into());
                }
                job.warn(format!("the log of the class cannot be used any more: {error}"));
                Ok(())
            }
        }
    }
}

/// Refuses to delete what others depend on, before anything is deleted.
fn unused(job: &Job, instances: &[InstanceName], own: &[Checkpoint]) -> Result<(), AppError> {
    let is_own = |id: &CheckpointId| own.iter().any(|found| found.id() == id);
    let mut users = Vec::new();
    for name in job.instances()?.into_iter().filter(|name| !instances.contains(name)) {
        if usage::instance_stands_upon(&job.state, &name)?.iter().any(is_own) {
            users.push(name.to_string());
        }
    }
    let all = CheckpointStore::new(&job.state).list().map_err(bad_store)?;
    let others = all.iter().filter(|found| !is_own(found.id()) && found.parents.iter().any(is_own));
    users.extend(others.map(|found| found.id().to_string()));
    match users.is_empty() {
        true => Ok(()),
        false => Err(AppError::failed(format!("{} depend on states of the class", join(&users)))
            .hint("take these instances down, and delete these checkpoints first")),
    }
}

fn bytes(
    job: &Job,
    class: &ClassName,
    instances: &[InstanceName],
    own: &[Checkpoint],
) -> Result<u64, AppError> {
    let (state, store) = (&job.state, CheckpointStore::new(&job.state));
    let mut bytes = usage::of_tree(&state.classes().join(class.as_str())).map_err(unreadable)?;
    for name in instances {
        bytes += usage::of_instance(state, name).map_err(unreadable)?;
        for folder in [state.keys(name), state.records(name), state.exercises(name)] {
            bytes += usage::of_tree(&folder).map_err(unreadable)?;
        }
    }
    for found in own {
        bytes += usage::of_tree(&store.folder(found.id())).map_err(unreadable)?;
    }
    Ok(bytes)
}

/// Deletes instances with their logs and records, and then their checkpoints, on which they may stand.
/// `command` holds the lock of an instance meanwhile.
///
/// # Errors
/// When one cannot be deleted, or the operation is cancelled. Repeated, it goes on.
pub fn delete(
    job: &Job,
    instances: &[InstanceName],
    mut own: Vec<Checkpoint>,
    command: &str,
) -> Result<(), AppError> {
    let steps = job.in_background().among(instances.len().max(2));
    let done = job.for_each(instances, |name| down::take_down(name, true, command, &steps));
    if let Some(error) = done.failures().next() {
        return Err(error.clone().hint(format!("`{command}` again goes on where it stopped")));
    }
    if job.asked_to_stop() {
        return Err(AppError::stopped());
    }
    let store = CheckpointStore::new(&job.state);
    // A later one may stand on an earlier one.
    own.sort_by_key(|found| std::cmp::Reverse(found.spec.created));
    for found in own {
        if job.asked_to_stop() {
            return Err(AppError::stopped());
        }
        let Some(_lock) = store.lock(found.id()).map_err(bad_store)? else {
            let message = format!("another command is at work on {}", found.id());
            return Err(AppError::new(ErrorKind::Busy, message));
        };
        store.remove(found.id()).map_err(bad_store)?;
    }
    Ok(())
}
