//! `lab down`: removes instances, regardless of their state.

use std::path::Path;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::instances::Each;
use super::job::Job;
use super::request::{Request, Subject};
use super::{apply_plan, provider};
use crate::apply::InstanceLock;
use crate::base::failure;
use crate::base::words::{join, seconds, several};
use crate::catalog::Catalog;
use crate::diagnostic::suggestion;
use crate::inventory::{HostFound, Inventory};
use crate::model::{InstanceName, Wish};
use crate::plan;

/// Takes instances down. Their SSH keys and the records of their drills are kept, unless they are purged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Down {
    /// The instances; may be empty if there is only one.
    pub instances: Vec<InstanceName>,
    /// All instances.
    pub all: bool,
    /// Delete keys and records too.
    pub purge: bool,
}

/// The result for one instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct IsDown {
    /// How long it took.
    pub took: Duration,
}

impl Request for Down {
    type Outcome = Each<IsDown>;
    const NAME: &'static str = "down";

    fn changes(&self) -> Option<Subject> {
        Some(Subject::named(&self.instances))
    }

    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError> {
        let names = self.which(job)?;
        if names.len() > 1 {
            job.say(format!("taking down {}: {}", several(names.len(), "instance"), join(&names)));
        }
        let steps = job.among(names.len());
        Ok(job.for_each(&names, |name| {
            let start = Instant::now();
            take_down(name, self.purge, "lab down", &steps)?;
            let took = start.elapsed();
            job.say(format!("{name} is down after {}", seconds(took)));
            Ok(IsDown { took })
        }))
    }
}

impl Down {
    fn which(&self, job: &Job) -> Result<Vec<InstanceName>, AppError> {
        let standing = job.instances()?;
        if self.all || (self.instances.is_empty() && standing.is_empty()) {
            return Ok(standing);
        }
        if self.instances.is_empty() {
            return Ok(vec![job.choose_or(None, "name those that you mean, or use --all")?]);
        }
        for name in &self.instances {
            let leftovers = self.purge && (job.state.keys(name).exists() || job.state.records(name).exists());
            if !standing.contains(name) && !leftovers {
                let known = standing.iter().map(InstanceName::as_str);
                return Err(AppError::not_found(format!("there is no instance `{name}`")).hint(suggestion(
                    name.as_str(),
                    "instance",
                    known,
                )));
            }
        }
        Ok(self.instances.clone())
    }
}

/// Takes an instance down on behalf of a command, and deletes its keys and records if they are to be purged.
///
/// # Errors
/// When it is busy, a step fails, or the operation is cancelled.
pub fn take_down(name: &InstanceName, purge: bool, command: &str, job: &Job) -> Result<(), AppError> {
    provider::needs_root(job, name)?;
    let lock = InstanceLock::acquire(&job.state, name, command)?;
    let provider = provider::open(job, name, Wish::Auto, Catalog::of_state(&job.state))?;
    // An instance whose parts cannot be listed is ended as a whole.
    let inventory = provider.inventory().unwrap_or_else(|error| {
        job.warn(format!("{name} cannot be asked, and is ended as a whole: {}", failure::chain(&error)));
        Inventory { host: Some(HostFound { lab: None, guard: None, alive: false }), ..Inventory::default() }
    });
    let plan = plan::down(&inventory)?;
    if !plan.is_empty() {
        apply_plan::apply(job, name, &plan, provider.as_ref(), command, false)?;
    }
    // A host that was not finished cannot list the parts that were made before.
    let mut folders = vec![job.state.instance(name)];
    if purge {
        folders.extend([job.state.keys(name), job.state.records(name), job.state.exercises(name)]);
    }
    for folder in folders {
        delete(&folder)
            .map_err(|error| AppError::failed("not everything could be deleted").because(error))?;
    }
    drop(lock);
    Ok(())
}

fn delete(folder: &Path) -> std::io::Result<()> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
