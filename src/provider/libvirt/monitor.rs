//! What libvirt has no words for, QEMU is asked itself.

use serde_json::{Value, json};
use virt::domain::Domain;

use super::connect::refused;
use crate::work::ProviderError;

/// Something that QEMU did not do as it should.
pub(super) fn failed(what: &str, why: impl Into<String>) -> ProviderError {
    ProviderError::Host { what: what.to_owned(), source: why.into().into() }
}

/// Asks QEMU, through libvirt's passage to its monitor.
pub(super) fn ask(domain: &Domain, command: &str, arguments: Value) -> Result<Value, ProviderError> {
    let request = if arguments.is_null() {
        json!({ "execute": command })
    } else {
        json!({ "execute": command, "arguments": arguments })
    };
    let answer = domain
        .qemu_monitor_command(&request.to_string(), 0)
        .map_err(refused(format!("ask QEMU to {command}")))?;
    let mut answer: Value = serde_json::from_str(&answer)
        .map_err(|error| failed("QEMU's answer is not JSON", error.to_string()))?;
    match answer.get("error").and_then(|error| error["desc"].as_str()) {
        Some(why) => Err(failed(&format!("QEMU refused to {command}"), why)),
        None => Ok(answer["return"].take()),
    }
}
