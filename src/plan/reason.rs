//! Describes differences between existing and desired objects.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::model::spec::GuestFile;
use crate::model::spec::{GuestSpec, NetworkSpec, SeedSpec};
use crate::model::{Bytes, DiskName, Nic};

/// The number of changed files listed by name; further ones are counted.
const NAMED_FILES: usize = 3;

/// The differences of a machine from its specification.
pub(super) fn guest(from: &GuestSpec, to: &GuestSpec) -> Vec<String> {
    let mut reasons = Vec::new();
    changed(&mut reasons, "memory", &from.memory, &to.memory);
    changed(&mut reasons, "cpus", &from.cpus, &to.cpus);
    nics(&mut reasons, &from.nics, &to.nics);
    let (old, new) = (by(&from.disks, |disk| &disk.name), by(&to.disks, |disk| &disk.name));
    for (name, disk) in &new {
        match old.get(name) {
            None => reasons.push(disk_added(name, disk.size)),
            Some(before) => changed(&mut reasons, &format!("disk {name}"), &before.device, &disk.device),
        }
    }
    reasons.extend(
        old.keys().filter(|name| !new.contains_key(*name)).map(|name| format!("disk {name}: removed")),
    );
    if reasons.is_empty() && from != to {
        reasons.push("its machine's definition changed".to_owned());
    }
    reasons
}

/// The reason for a disk that was added to the lab.
pub(super) fn disk_added(name: &DiskName, size: Bytes) -> String {
    format!("disk {name}: added ({size})")
}

fn nics(reasons: &mut Vec<String>, from: &[Nic], to: &[Nic]) {
    let (old, new) = (by(from, |nic| &nic.network), by(to, |nic| &nic.network));
    for (network, nic) in &new {
        match old.get(network) {
            None => reasons.push(format!("network {network}: joins as {}", nic.ip)),
            Some(before) if before.ip != nic.ip => {
                changed(reasons, &format!("address on {network}"), &before.ip, &nic.ip);
            }
            Some(before) if before != nic => reasons.push(format!("interface on {network}: changed")),
            Some(_) => {}
        }
    }
    let left = old.keys().filter(|network| !new.contains_key(*network));
    reasons.extend(left.map(|network| format!("network {network}: leaves")));
}

/// The differences between seeds.
pub(super) fn seed(from: &SeedSpec, to: &SeedSpec) -> Vec<String> {
    let mut reasons = Vec::new();
    nics(&mut reasons, &from.nics, &to.nics);
    changed(&mut reasons, "machine-id", &from.machine_id, &to.machine_id);
    let gateway = |seed: &SeedSpec| seed.gateway.map_or("none".to_owned(), |ip| ip.to_string());
    changed(&mut reasons, "gateway", &gateway(from), &gateway(to));
    if from.hosts != to.hosts {
        let names = |seed: &SeedSpec| seed.hosts.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let (old, new) = (names(from), names(to));
        let added = new.iter().filter(|name| !old.contains(name)).map(|name| format!("{name} added"));
        let gone = old.iter().filter(|name| !new.contains(name)).map(|name| format!("{name} removed"));
        let words: Vec<String> = added.chain(gone).collect();
        let words = if words.is_empty() { "addresses changed".to_owned() } else { words.join(", ") };
        reasons.push(format!("/etc/hosts: {words}"));
    }
    files(&mut reasons, &from.files, &to.files);
    if reasons.is_empty() && from != to {
        reasons.push("its seed changed".to_owned());
    }
    reasons
}

fn files(reasons: &mut Vec<String>, from: &[GuestFile], to: &[GuestFile]) {
    let (old, new) = (by(from, |file| &file.path), by(to, |file| &file.path));
    let mut files: Vec<String> = Vec::new();
    for (path, file) in &new {
        match old.get(path) {
            None => files.push(format!("{path}: added")),
            Some(before) if before != file => files.push(format!("{path}: changed")),
            Some(_) => {}
        }
    }
    files.extend(old.keys().filter(|path| !new.contains_key(*path)).map(|path| format!("{path}: removed")));
    let more = files.len().saturating_sub(NAMED_FILES);
    files.truncate(NAMED_FILES);
    reasons.extend(files);
    if more > 0 {
        reasons.push(format!("and {more} more {}", if more == 1 { "file" } else { "files" }));
    }
}

/// The differences of a network from its specification.
pub(super) fn network(from: &NetworkSpec, to: &NetworkSpec) -> Vec<String> {
    let mut reasons = Vec::new();
    changed(&mut reasons, "subnet", &from.network.subnet, &to.network.subnet);
    changed(&mut reasons, "address of the host", &from.network.host, &to.network.host);
    let bridge = |spec: &NetworkSpec| spec.network.join.clone().unwrap_or_else(|| "none".to_owned());
    changed(&mut reasons, "bridge", &bridge(from), &bridge(to));
    let outside = |spec: &NetworkSpec| if spec.uplink { "reached" } else { "not reached" };
    changed(&mut reasons, "outside", &outside(from), &outside(to));
    if reasons.is_empty() && from != to {
        reasons.push("its definition changed".to_owned());
    }
    reasons
}

fn changed<T: PartialEq + Display>(reasons: &mut Vec<String>, what: &str, from: &T, to: &T) {
    if from != to {
        reasons.push(format!("{what}: {from} → {to}"));
    }
}

fn by<T, K: Ord>(items: &[T], key: impl Fn(&T) -> &K) -> BTreeMap<&K, &T> {
    items.iter().map(|item| (key(item), item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MacAddress;

    fn nic(network: &str, ip: [u8; 4]) -> Nic {
        Nic {
            network: network.parse().unwrap(),
            device: "eth0".to_owned(),
            ip: ip.into(),
            prefix: 24,
            mac: MacAddress([0x52, 0x54, 0, 1, 2, 3]),
            tap: "node1-eth0".to_owned(),
        }
    }

    fn file(path: &str, content: &str) -> GuestFile {
        GuestFile {
            path: path.to_owned(),
            mode: 0o644,
            owner: "root:root".to_owned(),
            content: content.to_owned(),
        }
    }

    fn seed_of(nics: Vec<Nic>, files: Vec<GuestFile>) -> SeedSpec {
        SeedSpec {
            node: "node1".parse().unwrap(),
            image: crate::model::spec::Digest("0".to_owned()),
            machine_id: "0".to_owned(),
            nics,
            gateway: None,
            hosts: Vec::new(),
            files,
        }
    }

    #[test]
    fn interfaces_come_go_and_move() {
        let from =
            seed_of(vec![nic("a", [10, 0, 0, 1]), nic("b", [10, 0, 1, 1]), nic("c", [10, 0, 2, 1])], vec![]);
        let mut moved = nic("c", [10, 0, 2, 1]);
        moved.device = "eth2".to_owned();
        let to = seed_of(vec![nic("b", [10, 0, 1, 9]), moved, nic("d", [10, 0, 3, 1])], vec![]);
        assert_eq!(
            seed(&from, &to),
            [
                "address on b: 10.0.1.1 → 10.0.1.9",
                "interface on c: changed",
                "network d: joins as 10.0.3.1",
                "network a: leaves"
            ]
        );
    }

    #[test]
    fn a_few_files_are_named_and_the_rest_counted() {
        let from = seed_of(vec![], vec![file("/a", "1"), file("/b", "1")]);
        let mut to = from.clone();
        to.files = vec![file("/b", "2"), file("/c", "1")];
        assert_eq!(seed(&from, &to), ["/b: changed", "/c: added", "/a: removed"]);
        to.files.extend([file("/d", "1"), file("/e", "1")]);
        assert_eq!(seed(&from, &to), ["/b: changed", "/c: added", "/d: added", "and 2 more files"]);
    }

    #[test]
    fn whatever_differs_has_a_reason() {
        let from = seed_of(vec![], vec![]);
        let to = SeedSpec { image: crate::model::spec::Digest("1".to_owned()), ..from.clone() };
        assert_eq!(seed(&from, &to), ["its seed changed"]);
        let to =
            SeedSpec { gateway: Some([10, 0, 0, 254].into()), machine_id: "1".to_owned(), ..from.clone() };
        assert_eq!(seed(&from, &to), ["machine-id: 0 → 1", "gateway: none → 10.0.0.254"]);
        assert_eq!(seed(&from, &from), Vec::<String>::new());
    }
}
