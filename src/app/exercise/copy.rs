//! A copy of an instance on which checks are performed: restored from a checkpoint as often as needed, and
//! taken away at the end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::checkpoint::{put_back, ready, restored};
use crate::app::down;
use crate::app::drill::{NodeAccess, Order, perform};
use crate::app::error::{AppError, ErrorKind};
use crate::app::instances::GRADED;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::base::failure::chain;
use crate::checkpoint::{Checkpoint, Ready};
use crate::exercise::RecordOf;
use crate::exercise::judge::Run;
use crate::model::drill::Drill;
use crate::model::spec::HealthCheck;
use crate::model::{InstanceName, NodeName};
use crate::plan::Action;
use crate::provider::Power;
use crate::record::{self, Ending};

/// The command that holds the lock of a copy.
const COMMAND: &str = "lab grade";

/// A copy of an instance.
pub struct Copy<'a> {
    job: Job,
    /// The checkpoint that it is restored from.
    from: &'a Checkpoint,
    /// The folder of the records of its drills.
    records: PathBuf,
    /// Whether it may exist, perhaps in parts.
    begun: bool,
    locked: Option<Locked>,
    /// The memories that it is restored from.
    memories: Option<Ready>,
    name: InstanceName,
}

/// A drill that was performed on a copy.
pub struct Performed {
    /// The record and its analysis.
    pub run: Run,
    /// Where the record is.
    pub record: RecordOf,
}

impl<'a> Copy<'a> {
    /// The copy of an instance. Nothing is made yet. What happens to it are details of the operation.
    ///
    /// # Errors
    /// When no name can be made for it.
    pub fn of(
        job: &Job,
        instance: &InstanceName,
        from: &'a Checkpoint,
        records: &Path,
    ) -> Result<Self, AppError> {
        let short: String = instance.as_str().chars().take(InstanceName::MAX - GRADED.len()).collect();
        let name = format!("{short}{GRADED}").parse().map_err(|error| {
            AppError::failed(format!("`{instance}` has no room for the name of a copy")).because(error)
        })?;
        Ok(Self {
            job: job.in_background(),
            from,
            records: records.to_owned(),
            begun: false,
            locked: None,
            memories: None,
            name,
        })
    }

    /// The copy as it was at the moment of the checkpoint.
    ///
    /// # Errors
    /// When it cannot be restored.
    pub fn fresh(&mut self) -> Result<&mut Locked, AppError> {
        if self.memories.as_ref().is_none_or(|ready| ready.id() != self.from.id()) {
            self.memories = Some(ready(self.from.id(), &self.job)?);
        }
        let locked = match self.locked.take() {
            None => {
                let restored = restored(self.from, &self.name, COMMAND, &self.job);
                // One that another command works on is not this one's.
                self.begun |= !restored.as_ref().is_err_and(|error| error.kind == ErrorKind::Busy);
                restored?
            }
            Some(mut locked) => {
                put_back(self.from, &mut locked, COMMAND, &self.job)?;
                locked
            }
        };
        Ok(self.locked.insert(locked))
    }

    /// The copy as another checkpoint of the same lab has it, from which it is restored from now on.
    ///
    /// # Errors
    /// When it cannot be restored.
    pub fn fresh_from(&mut self, from: &'a Checkpoint) -> Result<&mut Locked, AppError> {
        self.from = from;
        self.fresh()
    }

    /// The copy as the last check left it.
    fn standing(&self) -> Result<&Locked, AppError> {
        self.locked.as_ref().ok_or_else(|| AppError::failed("the copy is not there"))
    }

    /// Performs a drill.
    ///
    /// # Errors
    /// When it is stopped, or its record cannot be written or read.
    pub fn drill(&self, drill: &Drill, seed: u64) -> Result<Performed, AppError> {
        let order = Order { drill, seed, records: &self.records, capture: false };
        let done = perform(&self.job, self.standing()?, order)?;
        if done.ending == Ending::Cancelled {
            return Err(AppError::stopped());
        }
        read(&done.record)
    }

    /// Waits until health checks hold; returns those that do not.
    ///
    /// # Errors
    /// When the operation is cancelled.
    pub fn unhealthy(&self, checks: &[&HealthCheck], within: Duration) -> Result<Vec<String>, AppError> {
        let provider = self.standing()?.provider.as_ref();
        let nodes = NodeAccess { provider };
        let cancel = self.job.cancel();
        let failed: Vec<Option<String>> = std::thread::scope(|scope| {
            let threads: Vec<_> = checks
                .iter()
                .map(|check| {
                    let nodes = &nodes;
                    scope
                        .spawn(move || nodes.health(check, within, cancel).err().map(|_| check.title.clone()))
                })
                .collect();
            threads.into_iter().map(crate::base::threads::end).collect()
        });
        if self.job.asked_to_stop() {
            return Err(AppError::stopped());
        }
        Ok(failed.into_iter().flatten().collect())
    }

    /// Cuts the power of all nodes at once and switches them on again.
    ///
    /// # Errors
    /// When a machine cannot be switched.
    pub fn power_cycle(&self) -> Result<(), AppError> {
        let Locked { instance, provider, .. } = self.standing()?;
        let nodes: Vec<NodeName> = instance.desired.nodes.iter().map(|node| node.name.clone()).collect();
        for node in &nodes {
            provider.power(node, Power::Cut)?;
        }
        for node in &nodes {
            provider.power(node, Power::On)?;
        }
        self.job.long_work("all nodes boot", |context| {
            nodes.iter().try_for_each(|node| provider.perform(&Action::AwaitGuest(node.clone()), context))
        })
    }

    /// Runs a script in a node.
    ///
    /// # Errors
    /// Why it did not end with 0.
    pub fn script(&self, node: &NodeName, script: &str, time: Duration) -> Result<(), String> {
        let locked = self.standing().map_err(|error| error.line())?;
        let nodes = NodeAccess { provider: locked.provider.as_ref() };
        nodes.run(node, script, time, self.job.cancel()).map_err(|error| chain(error.as_ref()))
    }

    /// The copy, which stands.
    ///
    /// # Errors
    /// When it does not.
    pub fn locked(&self) -> Result<&Locked, AppError> {
        self.standing()
    }
}

impl Drop for Copy<'_> {
    fn drop(&mut self) {
        if !self.begun {
            return;
        }
        // The lock is released first: taking an instance down takes it.
        drop(self.locked.take());
        if let Err(error) = down::take_down(&self.name, true, COMMAND, &self.job.uncancelled()) {
            self.job.problem(&error);
        }
    }
}

/// Reads a record, with its digest.
///
/// # Errors
/// When it cannot be read.
pub fn read(file: &Path) -> Result<Performed, AppError> {
    let unreadable = |error: &dyn std::error::Error| {
        AppError::new(ErrorKind::Failed, "a record cannot be read").because_sources(error)
    };
    let record = record::read(file).map_err(|error| unreadable(&error))?;
    let digest = crate::checkpoint::of_file(file).map_err(|error| unreadable(&error))?;
    let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    Ok(Performed { run: Run::of(record), record: RecordOf { record: folder, digest: digest.0 } })
}
