//! Faults of disks, injected by QEMU.

use std::time::Instant;

use serde_json::{Value, json};
use virt::domain::Domain;

use super::machine::off;
use crate::fault::proof::is_throttled;
use crate::fault::{Goal, Look};
use crate::model::NodeName;
use crate::model::fault::DiskIo;
use crate::provider::libvirt::LibvirtProvider;
use crate::provider::libvirt::monitor::failed;
use crate::work::{Context, ProviderError};

/// The name of a disk's device in libvirt.
fn device(disk: usize) -> String {
    format!("/machine/peripheral/virtio-disk{disk}/virtio-backend")
}

/// The prefix of the name of a failing node; the rest is the name of the node under it.
const BAD: &str = "bad.";

/// QEMU's view of the disk: the name of its uppermost node, and its limit of operations a second.
fn inserted(
    provider: &LibvirtProvider,
    domain: &Domain,
    disk: usize,
) -> Result<(String, u64), ProviderError> {
    let all = provider.ask(domain, "query-block", Value::Null)?;
    let wanted = device(disk);
    let mut found = all.as_array().into_iter().flatten();
    let found = found.find(|block| block["qdev"].as_str() == Some(&wanted)).map(|block| &block["inserted"]);
    let name = found.and_then(|inserted| inserted["node-name"].as_str());
    let name = name.ok_or_else(|| failed("QEMU does not know the disk", wanted))?.to_owned();
    let operations = found.and_then(|inserted| inserted["iops"].as_u64()).unwrap_or(0);
    Ok((name, operations))
}

/// The number of operations that QEMU has done for a disk.
fn operations(provider: &LibvirtProvider, domain: &Domain, disk: usize) -> Result<u64, ProviderError> {
    let all = provider.ask(domain, "query-blockstats", Value::Null)?;
    let wanted = device(disk);
    let mut found = all.as_array().into_iter().flatten();
    let stats = found.find(|block| block["qdev"].as_str() == Some(&wanted)).map(|block| &block["stats"]);
    let count = |kind: &str| stats.and_then(|stats| stats[kind].as_u64());
    let both = count("rd_operations").zip(count("wr_operations")).map(|(reads, writes)| reads + writes);
    both.ok_or_else(|| failed("QEMU does not count what the disk does", wanted))
}

/// The name of a disk in the guest.
fn in_guest(disk: usize) -> String {
    let letter = u8::try_from(disk).map_or('z', |disk| char::from(b'a'.saturating_add(disk)));
    format!("/dev/vd{letter}")
}

/// Uses a disk in the way that is to fail. It writes the data that is already there, so that nothing changes
/// if the fault is not in force.
fn attempt(disk: usize, io: DiskIo) -> String {
    let device = in_guest(disk);
    let read = format!("dd if={device} of=/run/halab-sector bs=512 count=1 iflag=direct 2>&1");
    let write = format!("dd if=/run/halab-sector of={device} bs=512 count=1 oflag=direct conv=notrunc 2>&1");
    let use_it = match io {
        DiskIo::Reads | DiskIo::All => read,
        DiskIo::Writes => format!("{read} && {write}"),
    };
    format!("export LC_ALL=C\n{use_it}\nstatus=$?\nrm -f /run/halab-sector\nexit $status\n")
}

fn put(provider: &LibvirtProvider, domain: &Domain, disk: usize, node: &str) -> Result<(), ProviderError> {
    let arguments = json!({ "path": device(disk), "property": "drive", "value": node });
    provider.ask(domain, "qom-set", arguments).map(drop)
}

impl LibvirtProvider {
    /// Limits a disk to a number of operations in a second; 0 for no limit. A machine that is off, or was
    /// switched on since, has no limit.
    pub(super) fn throttle(
        &self,
        node: &NodeName,
        disk: usize,
        operations: u32,
    ) -> Result<String, ProviderError> {
        let Some(domain) = self.guest_to_ask(node)? else {
            return if operations == 0 { Ok(String::new()) } else { Err(off(node)) };
        };
        let none = json!({ "bps": 0, "bps_rd": 0, "bps_wr": 0, "iops_rd": 0, "iops_wr": 0 });
        let mut arguments = none;
        arguments["id"] = device(disk).into();
        arguments["iops"] = operations.into();
        self.ask(&domain, "block_set_io_throttle", arguments)?;
        Ok("QMP block_set_io_throttle".to_owned())
    }

    /// Lets the guest read as fast as it can, and counts the operations of QEMU.
    pub(super) fn look_at_throttle(
        &self,
        node: &NodeName,
        disk: usize,
        wanted: Goal,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        let Some(domain) = self.guest_to_ask(node)? else {
            return Ok(Look { holds: wanted == Goal::Healed, seen: format!("{node} is off") });
        };
        let (_, limit) = inserted(self, &domain, disk)?;
        let Some(limit) = u32::try_from(limit).ok().filter(|limit| *limit > 0) else {
            return Ok(Look { holds: wanted == Goal::Healed, seen: "the disk has no limit".to_owned() });
        };
        if wanted == Goal::Healed {
            return Ok(Look {
                holds: false,
                seen: format!("the disk is limited to {limit} operations a second"),
            });
        }
        let (begun, before) = (Instant::now(), operations(self, &domain, disk)?);
        let script = format!("timeout 2 dd if={} of=/dev/null bs=4096 iflag=direct 2>&1", in_guest(disk));
        self.ask_inside(node, "reading the disk", &script, context)?;
        let done = operations(self, &domain, disk)?.saturating_sub(before);
        let time = begun.elapsed();
        let seen = format!("the disk did {done} operations in {} ms", time.as_millis());
        Ok(Look { holds: is_throttled(done, limit, time), seen })
    }

    /// Puts a failing node on top of that of the disk.
    pub(super) fn break_disk(
        &self,
        node: &NodeName,
        disk: usize,
        io: DiskIo,
    ) -> Result<String, ProviderError> {
        let domain = self.guest_to_ask(node)?.ok_or_else(|| off(node))?;
        let (name, _) = inserted(self, &domain, disk)?;
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
            self.ask(&domain, "blockdev-add", arguments)?;
            put(self, &domain, disk, &bad)?;
        }
        Ok("QEMU blkdebug".to_owned())
    }

    /// The answer of the disk, as the guest sees it.
    pub(super) fn look_at_disk(
        &self,
        node: &NodeName,
        (disk, io): (usize, DiskIo),
        wanted: Goal,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        let Some(domain) = self.guest_to_ask(node)? else {
            return Ok(Look { holds: wanted == Goal::Healed, seen: format!("{node} is off") });
        };
        let (name, _) = inserted(self, &domain, disk)?;
        if (wanted == Goal::InForce) != name.starts_with(BAD) {
            let seen = format!("the uppermost node of the disk is {name}");
            return Ok(Look { holds: false, seen });
        }
        let output = self.ask_inside(node, "using the disk", &attempt(disk, io), context)?;
        let refused = output.text.lines().find(|line| line.contains("Input/output error"));
        let holds = match wanted {
            Goal::InForce => output.status != 0 && refused.is_some(),
            Goal::Healed => output.status == 0,
        };
        let said = refused.map_or_else(|| output.tail(1), str::to_owned);
        Ok(Look { holds, seen: format!("{}: {}", in_guest(disk), said.trim()) })
    }

    pub(super) fn mend_disk(&self, node: &NodeName, disk: usize) -> Result<(), ProviderError> {
        let Some(domain) = self.guest_to_ask(node)? else { return Ok(()) };
        let (name, _) = inserted(self, &domain, disk)?;
        let good = name.strip_prefix(BAD).unwrap_or(&name).to_owned();
        if good != name {
            put(self, &domain, disk, &good)?;
        }
        match self.ask(&domain, "blockdev-del", json!({ "node-name": format!("{BAD}{good}") })) {
            // It was never made, or is gone already.
            Err(ProviderError::Host { source, .. }) if source.to_string().contains("Failed to find") => {
                Ok(())
            }
            result => result.map(drop),
        }
    }
}
