//! The files of a seed.

use std::fmt::Write;

use crate::model::spec::GuestFile;
use crate::model::spec::{Digest, SeedSpec};

use super::Identity;

/// The guest's file with the digest of the seed applied last. The next boot compares it.
pub const APPLIED: &str = "/var/lib/halab/seed";

/// The guest's file with the paths of that seed's files, so that the next seed can delete obsolete ones.
pub const APPLIED_FILES: &str = "/var/lib/halab/files";

/// All files of a seed: first those of the identity, last those that record that it was applied.
pub fn files(spec: &SeedSpec, identity: &Identity) -> Vec<GuestFile> {
    let mut files = own_files(spec, identity);
    files.extend(spec.files.iter().cloned());
    files.extend(notes(spec, identity));
    files
}

/// The files that may change in a running guest: all except its identity. Their readers have to reload them;
/// the next boot finds the seed applied.
pub fn live_files(spec: &SeedSpec, identity: &Identity) -> Vec<GuestFile> {
    let mut files = vec![hosts(spec)];
    files.extend(spec.files.iter().cloned());
    files.extend(notes(spec, identity));
    files
}

/// The digest of a seed.
pub fn digest(spec: &SeedSpec, identity: &Identity) -> Digest {
    Digest::of(&(own_files(spec, identity), &spec.files))
}

fn own_files(spec: &SeedSpec, identity: &Identity) -> Vec<GuestFile> {
    let mut files = vec![
        root_file("/etc/hostname", 0o644, format!("{}\n", spec.node)),
        root_file("/etc/machine-id", 0o444, format!("{}\n", spec.machine_id)),
        hosts(spec),
        root_file("/etc/ssh/ssh_host_ed25519_key", 0o600, identity.host.private.clone()),
        root_file("/etc/ssh/ssh_host_ed25519_key.pub", 0o644, format!("{}\n", identity.host.public)),
        root_file("/root/.ssh/authorized_keys", 0o600, format!("{}\n", identity.authorized_key)),
        root_file("/etc/halab/nics", 0o644, nics(spec)),
        root_file("/etc/halab/network", 0o644, network(spec)),
    ];
    if let Some(gateway) = spec.gateway {
        files.push(root_file("/etc/resolv.conf", 0o644, format!("nameserver {gateway}\n")));
    }
    files
}

/// The files that record in the guest that this seed was applied.
fn notes(spec: &SeedSpec, identity: &Identity) -> [GuestFile; 2] {
    let paths = spec.files.iter().map(|file| format!("{}\n", file.path)).collect();
    [
        root_file(APPLIED_FILES, 0o600, paths),
        root_file(APPLIED, 0o600, format!("{}\n", digest(spec, identity))),
    ]
}

fn root_file(path: &str, mode: u32, content: String) -> GuestFile {
    GuestFile { path: path.to_owned(), mode, owner: "root:root".to_owned(), content }
}

fn hosts(spec: &SeedSpec) -> GuestFile {
    let mut text = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n\n".to_owned();
    for (name, ip) in &spec.hosts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{ip} {name}");
    }
    root_file("/etc/hosts", 0o644, text)
}

/// Maps interfaces to names: the kernel's order can differ from the lab's.
fn nics(spec: &SeedSpec) -> String {
    spec.nics.iter().map(|nic| format!("{} {}\n", nic.mac, nic.device)).collect()
}

/// Commands of `ip -batch`.
fn network(spec: &SeedSpec) -> String {
    let mut text = "link set lo up\n".to_owned();
    for nic in &spec.nics {
        let (ip, prefix, device) = (nic.ip, nic.prefix, &nic.device);
        let _ =
            writeln!(text, "address replace {ip}/{prefix} broadcast + dev {device}\nlink set {device} up");
    }
    if let Some(gateway) = spec.gateway {
        let _ = writeln!(text, "route replace default via {gateway}");
    }
    text
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{MacAddress, Nic};
    use crate::seed::keys::KeyPair;

    /// A node with two interfaces, a gateway and one file of a stack.
    pub fn example() -> (SeedSpec, Identity) {
        let nic = |network: &str, device: &str, ip: &str, last: u8| Nic {
            network: network.parse().unwrap(),
            device: device.to_owned(),
            ip: ip.parse().unwrap(),
            prefix: 24,
            mac: MacAddress([0x52, 0x54, 0, 0, 0, last]),
            tap: format!("node1-{device}"),
        };
        let spec = SeedSpec {
            node: "node1".parse().unwrap(),
            image: Digest("i".to_owned()),
            machine_id: "0123456789abcdef0123456789abcdef".to_owned(),
            nics: vec![nic("public", "eth0", "192.168.0.101", 1), nic("mgmt", "eth1", "169.254.77.11", 2)],
            gateway: Some("169.254.77.1".parse().unwrap()),
            hosts: vec![
                ("node1".to_owned(), "192.168.0.101".parse().unwrap()),
                ("web".to_owned(), "192.168.0.100".parse().unwrap()),
            ],
            files: vec![GuestFile {
                path: "/etc/ha.d/authkeys".to_owned(),
                mode: 0o600,
                owner: "hacluster:haclient".to_owned(),
                content: "auth 1\n1 crc\n".to_owned(),
            }],
        };
        let pair = |name: &str| KeyPair {
            private: format!("{name} private\n"),
            public: format!("ssh-ed25519 {name}"),
        };
        (spec, Identity { host: pair("host"), authorized_key: "ssh-ed25519 client".to_owned() })
    }

    fn content<'a>(files: &'a [GuestFile], path: &str) -> &'a str {
        &files.iter().find(|file| file.path == path).unwrap().content
    }

    #[test]
    fn a_guest_is_told_all_that_it_needs() {
        let (spec, identity) = example();
        let files = files(&spec, &identity);
        assert_eq!(content(&files, "/etc/hostname"), "node1\n");
        assert_eq!(content(&files, "/etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
        assert!(content(&files, "/etc/hosts").ends_with("\n192.168.0.101 node1\n192.168.0.100 web\n"));
        assert_eq!(content(&files, "/etc/halab/nics"), "52:54:00:00:00:01 eth0\n52:54:00:00:00:02 eth1\n");
        assert_eq!(
            content(&files, "/etc/halab/network"),
            "link set lo up\n\
             address replace 192.168.0.101/24 broadcast + dev eth0\nlink set eth0 up\n\
             address replace 169.254.77.11/24 broadcast + dev eth1\nlink set eth1 up\n\
             route replace default via 169.254.77.1\n"
        );
        assert_eq!(content(&files, "/etc/resolv.conf"), "nameserver 169.254.77.1\n");
        assert_eq!(content(&files, APPLIED_FILES), "/etc/ha.d/authkeys\n");
        let key = files.iter().find(|file| file.path.ends_with("_key")).unwrap();
        assert_eq!(key.mode, 0o600);
        assert_eq!(files.last().unwrap().path, APPLIED, "written last, when the others are there");
    }

    #[test]
    fn every_change_changes_the_digest() {
        let (spec, identity) = example();
        let before = digest(&spec, &identity);
        assert_eq!(before, digest(&spec.clone(), &identity));
        let mut other = spec.clone();
        other.files[0].mode = 0o644;
        assert_ne!(before, digest(&other, &identity));
        let other = Identity { authorized_key: "ssh-ed25519 another".to_owned(), ..identity };
        assert_ne!(before, digest(&spec, &other));
    }
}
