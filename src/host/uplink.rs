//! Connections of an embedded host to the machine, only where a lab requests them: a veth pair into an
//! existing bridge, or a masqueraded uplink for nodes with `internet = true`.
//!
//! Both ends of a pair vanish with the instance's namespace; only the firewall table is on the machine
//! itself.

use std::process::Command;

use super::{Host, HostError, run};
use crate::model::NetworkName;
use crate::model::spec::Digest;

/// The address pair of an uplink: a /30 of the link-local range, derived from the instance's name.
struct Pair {
    machine: String,
    inside: String,
}

/// The uplinks of an instance.
pub struct Uplink<'a> {
    host: &'a Host,
    /// Eight digits that distinguish this instance's interfaces from others' on the machine.
    tag: String,
}

impl<'a> Uplink<'a> {
    /// The uplinks of a host.
    pub fn of(host: &'a Host) -> Self {
        Self { host, tag: Digest::of(&host.netns_name()).0[..8].to_owned() }
    }

    fn table(&self) -> String {
        format!("halab_{}", self.tag)
    }

    /// Interface names have at most 15 characters; the kind and a digest of the purpose make them unique.
    fn interface(&self, kind: char, network: &str) -> String {
        format!("lab{kind}{}{}", &self.tag[..6], &Digest::of(&network).0[..4])
    }

    /// Divides 169.254.128.0/17 into 8192 pairs of four addresses.
    fn pair(&self) -> Pair {
        let number = u32::from_str_radix(&self.tag, 16).unwrap_or(0) % 8192;
        let (third, fourth) = (128 + number / 64, number % 64 * 4);
        Pair {
            machine: format!("169.254.{third}.{}", fourth + 1),
            inside: format!("169.254.{third}.{}", fourth + 2),
        }
    }

    /// Connects a lab's bridge to a bridge of the machine.
    ///
    /// # Errors
    /// When the machine has no such bridge.
    pub fn join(&self, network: &NetworkName, bridge: &str) -> Result<(), HostError> {
        let (outside, inside) = (self.interface('j', network.as_str()), format!("{network:.11}-up"));
        let netns = self.host.netns_name();
        if !interface_exists(&outside) {
            run(ip()
                .args(["link", "add", &outside, "type", "veth", "peer", "name", &inside, "netns", &netns]))?;
        }
        run(ip().args(["link", "set", &outside, "master", bridge, "up"]))?;
        run(ip().args(["-n", &netns, "link", "set", &inside, "master", network.as_str(), "up"]))
    }

    /// Creates an uplink, and enables forwarding for the guests.
    ///
    /// # Errors
    /// When the machine's firewall or interfaces cannot be configured.
    pub fn internet(&self) -> Result<(), HostError> {
        let (outside, netns, pair) = (self.interface('n', ""), self.host.netns_name(), self.pair());
        if !interface_exists(&outside) {
            run(ip()
                .args(["link", "add", &outside, "type", "veth", "peer", "name", "uplink", "netns", &netns]))?;
        }
        run(ip().args(["address", "replace", &format!("{}/30", pair.machine), "dev", &outside]))?;
        run(ip().args(["link", "set", &outside, "up"]))?;
        run(ip().args([
            "-n",
            &netns,
            "address",
            "replace",
            &format!("{}/30", pair.inside),
            "dev",
            "uplink",
        ]))?;
        run(ip().args(["-n", &netns, "link", "set", "uplink", "up"]))?;
        run(ip().args(["-n", &netns, "route", "replace", "default", "via", &pair.machine]))?;
        self.masquerade(None, &outside, &format!("{}/32", pair.inside))?;
        self.masquerade(Some(&netns), "mgmt", &crate::model::MANAGEMENT_SUBNET.to_string())
    }

    /// A table of our own: forward traffic from `interface`, and masquerade `source`.
    fn masquerade(&self, netns: Option<&str>, interface: &str, source: &str) -> Result<(), HostError> {
        let table = self.table();
        let rules = format!(
            "table ip {table} {{}}\ndelete table ip {table}\ntable ip {table} {{\n\
             chain forward {{ type filter hook forward priority -5; iifname \"{interface}\" accept; \
             oifname \"{interface}\" ct state established,related accept; }}\n\
             chain post {{ type nat hook postrouting priority 100; ip saddr {source} oifname != \"{interface}\" \
             masquerade; }}\n}}\n"
        );
        let file = self.host.folder().join("uplink.nft");
        fs_err::write(&file, rules)?;
        let mut enter = vec!["netns", "exec"];
        let forwarding = ["sysctl", "-qw", "net.ipv4.ip_forward=1"];
        match netns {
            Some(name) => {
                enter.push(name);
                run(ip().args(&enter).arg("nft").arg("-f").arg(&file))?;
                run(ip().args(&enter).args(forwarding))
            }
            None => {
                run(Command::new("nft").arg("-f").arg(&file))?;
                run(Command::new("sysctl").args(&forwarding[1..]))
            }
        }
    }

    /// Removes the machine's end; the rest vanishes with the namespace.
    ///
    /// # Errors
    /// When the firewall's table exists and cannot be deleted.
    pub fn remove(&self) -> Result<(), HostError> {
        let table = self.table();
        let listed = Command::new("nft").args(["list", "table", "ip", &table]).output();
        if listed.is_ok_and(|output| output.status.success()) {
            run(Command::new("nft").args(["delete", "table", "ip", &table]))?;
        }
        Ok(())
    }
}

fn ip() -> Command {
    Command::new("ip")
}

/// Uses netlink, because /sys may show the interfaces of another namespace.
fn interface_exists(name: &str) -> bool {
    ip().args(["link", "show", "dev", name]).output().is_ok_and(|output| output.status.success())
}
