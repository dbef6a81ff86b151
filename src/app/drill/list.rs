//! `lab drill list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find;
use super::last::{Last, last};
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::lab;
use crate::app::request::Request;
use crate::base::folder::Access;
use crate::drill;
use crate::labfile::LabPart;
use crate::model::{InstanceName, Lab};

/// Lists the drills of a lab, with the outcome of the last run of each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct List {
    /// The lab, or the instance. Default: the existing instance, else the lab of the caller's folder.
    pub lab: Option<String>,
    /// The instance; takes precedence over the lab.
    pub instance: Option<InstanceName>,
}

/// A drill in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub drill: String,
    /// A description in one line.
    pub title: String,
    /// Whether its file has an error.
    pub broken: bool,
    /// The outcome of its last run here; none if it was never performed.
    pub last: Option<Last>,
}

impl Request for List {
    type Outcome = Vec<Row>;
    const NAME: &'static str = "drill list";

    fn perform(&self, job: &Job) -> Result<Vec<Row>, AppError> {
        let (lab, instance, parts) = self.which(job)?;
        let last = |drill: &str| instance.as_ref().and_then(|name| last(job, name, drill));
        let row = |part: &LabPart| {
            let loaded = drill::load(part, &lab);
            let broken = loaded.is_err();
            let title = loaded.map(|drill| drill.title).unwrap_or_default();
            Row { drill: part.name.clone(), title, broken, last: last(&part.name) }
        };
        let rows: Vec<Row> = parts.iter().map(row).collect();
        if rows.is_empty() {
            job.say(format!("{} has no drills", lab.name));
        }
        Ok(rows)
    }
}

impl List {
    fn which(&self, job: &Job) -> Result<(Lab, Option<InstanceName>, Vec<LabPart>), AppError> {
        let standing = job.instances()?;
        let named = |name: &String| standing.iter().find(|known| known.as_str() == name);
        let instance = match (&self.instance, &self.lab) {
            (Some(_), _) => Some(job.choose(self.instance.as_ref())?),
            (None, Some(name)) => named(name).cloned(),
            (None, None) if job.here.is_none() || standing.len() == 1 => Some(job.choose(None)?),
            (None, None) => None,
        };
        if let Some(instance) = instance {
            let instance = job.describe(&instance)?;
            let parts = find::all(job, &instance, Access::Any)?;
            return Ok((instance.lab, Some(instance.name), parts));
        }
        let argument = self.lab.clone().or_else(|| job.here.clone()).unwrap_or_default();
        let found = lab::read(job, &argument, Vec::new(), Access::Any)?;
        let parts = lab::drills(&found.source)?;
        Ok((found.loaded.lab, None, parts))
    }
}
