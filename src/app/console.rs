//! `lab console`: the last lines of a node's console, and those that follow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::event::{Raw, What};
use super::instances;
use super::job::Job;
use super::provider;
use super::request::Request;
use crate::catalog::Catalog;
use crate::model::{InstanceName, NodeName, Wish};

/// Emits the console output of a node as output events; until it is cancelled if it follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Console {
    /// The node.
    pub node: NodeName,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// Number of last lines to begin with.
    pub lines: usize,
    /// Follow the console.
    pub follow: bool,
}

impl Request for Console {
    type Outcome = ();
    const NAME: &'static str = "console";

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let instance = job.describe(&name)?;
        let node = instances::node(&instance, &self.node)?;
        let tell = |bytes: &[u8]| {
            if !bytes.is_empty() {
                job.emit(What::Output { node: node.name.clone(), bytes: Raw(bytes.to_vec()) });
            }
        };
        let provider = provider::open(job, &name, Wish::Auto, Catalog::of_state(&job.state))?;
        if self.follow && provider.capabilities().consoles {
            return Ok(
                provider.follow_console(&node.name, self.lines, job.cancel(), &mut |bytes| tell(bytes))?
            );
        }
        let mut text = provider.console_tail(&node.name, self.lines)?;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        tell(text.as_bytes());
        Ok(())
    }
}
