//! Faults of disks, by QEMU's own means.

use serde_json::{Value, json};
use virt::domain::Domain;

use super::machine::off;
use crate::model::NodeName;
use crate::model::fault::DiskIo;
use crate::provider::ProviderError;
use crate::provider::libvirt::LibvirtProvider;
use crate::provider::libvirt::monitor::{ask, failed};

/// How libvirt calls a disk's device.
fn device(disk: usize) -> String {
    format!("/machine/peripheral/virtio-disk{disk}/virtio-backend")
}

/// How the name of a node that fails begins; the rest is the name of the node under it.
const BAD: &str = "bad.";

/// What QEMU says of the disk: the name of its uppermost node, and how many operations a second it allows.
fn inserted(domain: &Domain, disk: usize) -> Result<(String, u64), ProviderError> {
    let all = ask(domain, "query-block", Value::Null)?;
    let wanted = device(disk);
    let mut found = all.as_array().into_iter().flatten();
    let found = found.find(|block| block["qdev"].as_str() == Some(&wanted)).map(|block| &block["inserted"]);
    let name = found.and_then(|inserted| inserted["node-name"].as_str());
    let name = name.ok_or_else(|| failed("QEMU does not know the disk", wanted))?.to_owned();
    let operations = found.and_then(|inserted| inserted["iops"].as_u64()).unwrap_or(0);
    Ok((name, operations))
}

fn put(domain: &Domain, disk: usize, node: &str) -> Result<(), ProviderError> {
    let arguments = json!({ "path": device(disk), "property": "drive", "value": node });
    ask(domain, "qom-set", arguments).map(drop)
}

impl LibvirtProvider {
    /// Limits a disk to so many operations in a second; 0 for no limit. A machine that is off, or was switched on since,
    /// has none.
    pub(super) fn throttle(
        &self,
        node: &NodeName,
        disk: usize,
        operations: u32,
    ) -> Result<String, ProviderError> {
        if self.process(node).is_none() {
            return if operations == 0 { Ok(String::new()) } else { Err(off(node)) };
        }
        let none = json!({ "bps": 0, "bps_rd": 0, "bps_wr": 0, "iops_rd": 0, "iops_wr": 0 });
        let mut arguments = none;
        arguments["id"] = device(disk).into();
        arguments["iops"] = operations.into();
        ask(&self.own_guest(node)?, "block_set_io_throttle", arguments)?;
        Ok("QMP block_set_io_throttle".to_owned())
    }

    pub(super) fn is_throttled(&self, node: &NodeName, disk: usize) -> Result<(bool, String), ProviderError> {
        if self.process(node).is_none() {
            return Ok((false, format!("{node} is off")));
        }
        let (_, operations) = inserted(&self.own_guest(node)?, disk)?;
        Ok(match operations {
            0 => (false, "the disk has no limit".to_owned()),
            limit => (true, format!("the disk does up to {limit} operations a second")),
        })
    }

    /// Puts a node that fails over that of the disk.
    pub(super) fn break_disk(
        &self,
        node: &NodeName,
        disk: usize,
        io: DiskIo,
    ) -> Result<String, ProviderError> {
        if self.process(node).is_none() {
            return Err(off(node));
        }
        let domain = self.own_guest(node)?;
        let (name, _) = inserted(&domain, disk)?;
        if !name.starts_with(BAD) {
            let kinds: &[&str] = match io {
                DiskIo::Reads => &["read"],
                DiskIo::Writes => &["write", "write-zeroes", "discard", "flush"],
                DiskIo::All => &["read", "write", "write-zeroes", "discard", "flush"],
            };
            let rule = |kind: &&str| json!({ "event": "none", "iotype": kind, "errno": 5 });
            let rules: Vec<Value> = kinds.iter().map(rule).collect();
            let bad = format!("{BAD}{name}");
            let arguments =
                json!({ "driver": "blkdebug", "node-name": bad, "image": name, "inject-error": rules });
            ask(&domain, "blockdev-add", arguments)?;
            put(&domain, disk, &bad)?;
        }
        Ok("QEMU blkdebug".to_owned())
    }

    pub(super) fn is_broken(&self, node: &NodeName, disk: usize) -> Result<(bool, String), ProviderError> {
        if self.process(node).is_none() {
            return Ok((false, format!("{node} is off")));
        }
        let (name, _) = inserted(&self.own_guest(node)?, disk)?;
        let broken = name.starts_with(BAD);
        Ok((broken, format!("the disk {}", if broken { "answers with errors" } else { "is as it was" })))
    }

    pub(super) fn mend_disk(&self, node: &NodeName, disk: usize) -> Result<(), ProviderError> {
        if self.process(node).is_none() {
            return Ok(());
        }
        let domain = self.own_guest(node)?;
        let (name, _) = inserted(&domain, disk)?;
        let good = name.strip_prefix(BAD).unwrap_or(&name).to_owned();
        if good != name {
            put(&domain, disk, &good)?;
        }
        match ask(&domain, "blockdev-del", json!({ "node-name": format!("{BAD}{good}") })) {
            // It was never made, or is gone already.
            Err(ProviderError::Host { source, .. }) if source.to_string().contains("Failed to find") => {
                Ok(())
            }
            result => result.map(drop),
        }
    }
}
