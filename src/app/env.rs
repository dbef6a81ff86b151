//! `lab env`: how an instance is reached by other tools.

use serde::{Deserialize, Serialize};

use super::error::{AppError, ErrorKind};
use super::job::Job;
use super::request::Request;
use crate::host::Host;
use crate::model::InstanceName;

/// Says how virsh, ip and other tools reach an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Env {
    /// The instance; the only one that stands when not given.
    pub instance: Option<InstanceName>,
}

/// The ways to an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The address of its libvirt daemon, for `virsh`.
    pub libvirt_uri: String,
    /// Its network namespace, for `ip netns exec`.
    pub network_namespace: String,
}

impl Request for Env {
    type Outcome = Reach;
    const NAME: &'static str = "env";

    fn perform(&self, job: &Job) -> Result<Reach, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let host = Host::new(&job.state, &name);
        let libvirt_uri = host.uri().ok_or_else(|| {
            AppError::new(ErrorKind::Host, format!("the embedded host of `{name}` is not running"))
                .hint(format!("`lab up` starts it again, `lab down {name}` takes the rest away"))
        })?;
        Ok(Reach { libvirt_uri, network_namespace: host.netns_name() })
    }
}
