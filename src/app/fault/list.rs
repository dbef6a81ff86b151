//! `lab fault list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::faults;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::fault::{self, Row, Takes};
use crate::injection::ActiveFault;
use crate::model::InstanceName;

/// Lists the faults, and those that are in force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct List {
    /// The instance whose faults in force are listed. Default: all instances.
    pub instance: Option<InstanceName>,
}

/// The faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// All faults.
    pub faults: Vec<Listed>,
    /// Those that are in force.
    pub active: Vec<Active>,
}

/// A fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name.
    pub fault: String,
    /// Its effect.
    pub about: String,
    /// Its options.
    pub takes: Vec<Parameter>,
}

/// An option of a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its key.
    pub key: String,
    /// Its default; none if it must be given.
    pub default: Option<String>,
}

/// A fault that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Active {
    /// The instance.
    pub instance: InstanceName,
    /// Its id for `lab fault heal`.
    pub id: String,
    /// The node.
    pub node: String,
    /// The name of the fault.
    pub fault: String,
    /// The command that injected it.
    pub by: String,
    /// When.
    pub since: jiff::Timestamp,
    /// Its mechanism; none as long as the injection is not confirmed.
    pub mechanism: Option<String>,
}

impl Request for List {
    type Outcome = Faults;
    const NAME: &'static str = "fault list";

    fn perform(&self, job: &Job) -> Result<Faults, AppError> {
        let instances = match &self.instance {
            Some(_) => vec![job.choose(self.instance.as_ref())?],
            None => job.instances()?,
        };
        let mut active = Vec::new();
        for instance in instances {
            let journal = faults::journal(job, &instance)?;
            active.extend(journal.active().iter().map(|entry| in_force(&instance, entry)));
        }
        Ok(Faults { faults: fault::all().map(listed).collect(), active })
    }
}

fn listed(row: &Row) -> Listed {
    let parameter = |takes: &Takes| Parameter {
        key: takes.key.to_string(),
        default: takes.need.default().map(str::to_owned),
    };
    Listed {
        fault: row.word.to_owned(),
        about: row.about.trim_end_matches('.').to_owned(),
        takes: row.takes.iter().map(parameter).collect(),
    }
}

fn in_force(instance: &InstanceName, entry: &ActiveFault) -> Active {
    let injection = &entry.injection;
    Active {
        instance: instance.clone(),
        id: injection.id.to_string(),
        node: injection.node.to_string(),
        fault: injection.fault.word().to_owned(),
        by: entry.by.clone(),
        since: entry.since,
        mechanism: entry.mechanism.clone(),
    }
}
