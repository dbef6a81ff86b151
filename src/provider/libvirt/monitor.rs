//! Requests to QEMU for which libvirt has no calls.

use serde_json::{Value, json};
use virt::domain::Domain;

use super::{LibvirtProvider, files};
use crate::host::space;
use crate::model::NodeName;
use crate::work::ProviderError;

/// An error of QEMU.
pub(super) fn failed(what: &str, why: impl Into<String>) -> ProviderError {
    ProviderError::Host { what: what.to_owned(), source: why.into().into() }
}

impl LibvirtProvider {
    /// Sends a command to QEMU, through libvirt's passthrough to its monitor.
    ///
    /// # Errors
    /// When QEMU refuses, or does not answer in time.
    pub(super) fn ask(
        &self,
        domain: &Domain,
        command: &str,
        arguments: Value,
    ) -> Result<Value, ProviderError> {
        let request = if arguments.is_null() {
            json!({ "execute": command })
        } else {
            json!({ "execute": command, "arguments": arguments })
        };
        let answer = self.connection.ask_qemu(&format!("ask QEMU to {command}"), || {
            domain.qemu_monitor_command(&request.to_string(), 0)
        })?;
        let mut answer: Value = serde_json::from_str(&answer)
            .map_err(|error| failed("QEMU's answer is not JSON", error.to_string()))?;
        match answer.get("error").and_then(|error| error["desc"].as_str()) {
            Some(why) => Err(failed(&format!("QEMU refused to {command}"), why)),
            None => Ok(answer["return"].take()),
        }
    }

    /// A machine whose QEMU is about to receive a command; none while it is off.
    ///
    /// # Errors
    /// When its process is stopped: libvirt would wait for its answer until it is resumed.
    pub(super) fn guest_to_ask(&self, node: &NodeName) -> Result<Option<Domain>, ProviderError> {
        if self.process(node).is_none() {
            return Ok(None);
        }
        if self.is_stopped(node) {
            return Err(failed(
                &format!("QEMU of {node} cannot be asked"),
                "its process is stopped (SIGSTOP); heal that first",
            ));
        }
        self.own_guest(node).map(Some)
    }

    /// Pauses a machine's processors.
    pub(super) fn suspend(&self, node: &NodeName, domain: &Domain) -> Result<(), ProviderError> {
        self.connection.ask_qemu(&format!("pause {node}"), || domain.suspend()).map(drop)
    }

    /// Resumes a machine's processors.
    pub(super) fn resume(&self, node: &NodeName, domain: &Domain) -> Result<(), ProviderError> {
        files::delete(&space::note(&self.host.folder()))?;
        self.connection.ask_qemu(&format!("resume {node}"), || domain.resume()).map(drop)
    }
}
