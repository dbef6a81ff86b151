//! `lab env`: the access of other tools to an instance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{AppError, ErrorKind};
use super::job::Job;
use super::provider;
use super::request::Request;
use crate::catalog::Catalog;
use crate::model::{InstanceName, Wish};
pub use crate::provider::Tools;

/// Returns what virsh, ip and other tools need to reach an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Env {
    /// The instance. Default: the only one.
    pub instance: Option<InstanceName>,
}

impl Request for Env {
    type Outcome = Tools;
    const NAME: &'static str = "env";

    fn perform(&self, job: &Job) -> Result<Tools, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        job.needs(&name, |can| can.machines)?;
        let provider = provider::open(job, &name, Wish::Auto, Catalog::of_state(&job.state))?;
        provider.tools().ok_or_else(|| {
            AppError::new(ErrorKind::Host, format!("the embedded host of `{name}` is not running"))
                .hint(format!("`lab up` starts it again, `lab down {name}` takes the rest away"))
        })
    }
}
