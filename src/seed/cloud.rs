//! The seed of a fetched image: a NoCloud volume, which cloud-init finds by its label.
//!
//! The documents are JSON, which is also YAML, so no quoting is needed.

use serde_json::{Value, json};

use crate::model::spec::GuestFile;
use crate::model::spec::SeedSpec;

use super::{Identity, fat, files};

/// The label that cloud-init expects.
const LABEL: [u8; 11] = *b"CIDATA     ";

/// The volume, to be attached as a disk. It contains the guest's private host key.
///
/// # Errors
/// When the files of the stacks exceed about 60 MB in total.
pub fn volume(spec: &SeedSpec, identity: &Identity, user: &str) -> std::io::Result<Vec<u8>> {
    fat::volume(
        LABEL,
        &[
            ("meta-data", pretty(&meta_data(spec, identity))),
            ("user-data", format!("#cloud-config\n{}", pretty(&user_data(spec, identity, user)))),
            ("network-config", pretty(&network_config(spec))),
        ],
    )
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Metadata with an `instance-id` derived from the seed: a changed one makes cloud-init apply the seed again.
fn meta_data(spec: &SeedSpec, identity: &Identity) -> Value {
    json!({
        "instance-id": format!("halab-{}", files::digest(spec, identity).short()),
        "local-hostname": spec.node,
    })
}

fn user_data(spec: &SeedSpec, identity: &Identity, user: &str) -> Value {
    let may_log_in = |name: &str| json!({ "name": name, "lock_passwd": true, "ssh_authorized_keys": [identity.authorized_key] });
    let mut users = vec![may_log_in("root")];
    if user != "root" {
        let mut other = may_log_in(user);
        other["sudo"] = json!("ALL=(ALL) NOPASSWD:ALL");
        other["shell"] = json!("/bin/bash");
        users.push(other);
    }
    // cloud-init writes these files from the keys above.
    let own = ["/etc/ssh/", "/root/.ssh/", "/etc/halab/", "/var/lib/halab/", "/etc/resolv.conf"];
    let all = files(spec, identity);
    let written = all.iter().filter(|file| !own.iter().any(|prefix| file.path.starts_with(prefix)));
    let stacks = spec.files.iter().filter(|file| own.iter().any(|prefix| file.path.starts_with(prefix)));
    json!({
        "hostname": spec.node,
        "preserve_hostname": false,
        "manage_etc_hosts": false,
        "disable_root": false,
        "ssh_pwauth": false,
        "ssh_deletekeys": true,
        "ssh_keys": { "ed25519_private": identity.host.private, "ed25519_public": identity.host.public },
        "users": users,
        "package_update": false,
        "package_upgrade": false,
        "write_files": written.chain(stacks).map(write_file).collect::<Vec<_>>(),
        "runcmd": [["sh", "-c", "echo 'halab: ready' > /dev/ttyS0"]],
    })
}

fn write_file(file: &GuestFile) -> Value {
    json!({
        "path": file.path,
        "permissions": format!("{:04o}", file.mode),
        "owner": file.owner,
        "content": file.content,
        // After packages and users, which may create the owner.
        "defer": file.owner != "root:root",
    })
}

/// netplan's version 2. Interfaces are matched by their Ethernet addresses and get the lab's names.
fn network_config(spec: &SeedSpec) -> Value {
    let mut interfaces = serde_json::Map::new();
    for nic in &spec.nics {
        let mut interface = json!({
            "match": { "macaddress": nic.mac },
            "set-name": nic.device,
            "dhcp4": false,
            "dhcp6": false,
            "addresses": [format!("{}/{}", nic.ip, nic.prefix)],
        });
        let network = ipnet::Ipv4Net::new(nic.ip, nic.prefix).ok();
        if let Some(gateway) = spec.gateway.filter(|gateway| network.is_some_and(|net| net.contains(gateway)))
        {
            interface["routes"] = json!([{ "to": "0.0.0.0/0", "via": gateway }]);
            interface["nameservers"] = json!({ "addresses": [gateway] });
        }
        interfaces.insert(nic.device.clone(), interface);
    }
    json!({ "version": 2, "ethernets": interfaces })
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn the_volume_holds_the_three_documents() {
        let (spec, identity) = super::super::files::tests::example();
        let bytes = volume(&spec, &identity, "debian").unwrap();
        assert_eq!(bytes, volume(&spec, &identity, "debian").unwrap(), "the same seed is the same bytes");
        let disk = fatfs::FileSystem::new(Cursor::new(bytes), fatfs::FsOptions::new()).unwrap();
        assert_eq!(disk.volume_label(), "CIDATA");
        let mut text = String::new();
        for name in ["meta-data", "user-data", "network-config"] {
            text.push_str(&format!("== {name}\n"));
            disk.root_dir().open_file(name).unwrap().read_to_string(&mut text).unwrap();
        }
        insta::assert_snapshot!(text);
    }
}
