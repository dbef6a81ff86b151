//! The machine passes on packets between its way out and uplinks only while there are uplinks.
//!
//! Forwarding is enabled for single interfaces, and their former settings are kept beside the registry. The
//! caller holds the lock of the registry.

use std::collections::BTreeMap;

use super::rules;
use crate::base::write;
use crate::host::HostError;
use crate::host::guard::{nft, set, setting_file};
use crate::host::registry::Registry;

/// The former settings of the interfaces, by name.
const FILE: &str = ".forwarding";

/// The setting for all interfaces; writing it sets each of them.
const ALL: &str = "ipv4/ip_forward";

type Former = BTreeMap<String, String>;

fn setting(interface: &str) -> String {
    format!("ipv4/conf/{interface}/forwarding")
}

fn read(setting: &str) -> Option<String> {
    Some(fs_err::read_to_string(setting_file(setting)).ok()?.trim().to_owned())
}

fn former(registry: &Registry) -> Former {
    let text = fs_err::read(registry.beside(FILE)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Enables forwarding from an uplink and from the ways out. What comes in there for other destinations than
/// uplinks is dropped if it was not forwarded before.
pub(super) fn begin(registry: &Registry, uplink: &str, ways_out: &[String]) -> Result<(), HostError> {
    let mut kept = former(registry);
    let is_off = |name: &&String| read(&setting(name)).is_some_and(|value| value == "0");
    let off: Vec<String> = ways_out.iter().filter(is_off).cloned().collect();
    if !off.is_empty() {
        kept.extend(off.iter().map(|name| (name.clone(), "0".to_owned())));
        // Before the change, so that a killed process leaves it.
        write::until_restart(&registry.beside(FILE), &serde_json::to_vec(&kept).unwrap_or_default())?;
        nft(None, &rules::ways_out(kept.keys()))?;
        off.iter().try_for_each(|name| set(&setting(name), "1"))?;
    }
    set(&setting(uplink), "1")
}

/// Puts the former settings back, unless something else has enabled forwarding altogether since.
pub(super) fn end(registry: &Registry) -> Result<(), HostError> {
    let kept = former(registry);
    if kept.is_empty() {
        return Ok(());
    }
    let all = read(ALL).is_some_and(|value| value == "1");
    for (name, value) in kept.iter().filter(|(name, _)| !all && setting_file(&setting(name)).exists()) {
        set(&setting(name), value)?;
    }
    nft(None, &rules::ways_out_removal())?;
    registry.remove(FILE)
}
