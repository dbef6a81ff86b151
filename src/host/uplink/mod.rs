//! Connections of an embedded host to the machine, only where a lab requests them: a veth pair into an
//! existing bridge, or a masqueraded uplink for nodes with `internet = true`.
//!
//! All interfaces vanish with the instance's namespace. On the machine itself are only the tables of the
//! firewall and the forwarding of interfaces; the registry of uplinks names them, from before they are
//! made until after they are gone.

mod forwarding;
mod machine;
mod rules;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use ipnet::Ipv4Net;

use self::rules::Pair;
use super::guard::{UPLINK, nft};
use super::registry::Registry;
use super::{Host, HostError, run};
use crate::model::NetworkName;
use crate::model::spec::{Digest, NetworkSpec};

/// Set to end a wait; nothing sets it.
static NEVER: AtomicBool = AtomicBool::new(false);

/// The number of characters of a network's name in [`join_end`].
const JOIN_CHARACTERS: usize = 11;

/// The end of the veth pair inside an instance that joins a network to a bridge of the machine.
pub(super) fn join_end(network: &NetworkName) -> String {
    format!("{network:.JOIN_CHARACTERS$}-up")
}

/// The uplinks of an instance.
pub struct Uplink<'a> {
    host: &'a Host,
    uplinks: Registry,
    joins: Registry,
}

impl<'a> Uplink<'a> {
    /// The uplinks of a host.
    pub fn of(host: &'a Host) -> Self {
        Self { host, uplinks: Registry::of("uplinks"), joins: Registry::of("joins") }
    }

    /// Connects a lab's bridge to a bridge of the machine.
    ///
    /// # Errors
    /// When the machine has no such bridge, or another instance with the same addresses has joined it.
    pub fn join(&self, spec: &NetworkSpec, bridge: &str, cancel: &AtomicBool) -> Result<(), HostError> {
        let (name, netns) = (&spec.network.name, self.host.netns_name());
        let _lock = self.joins.lock(cancel)?;
        let claim = format!("{bridge}.{}", spec.network.host);
        if let Some(other) = self.joins.holder(&claim).filter(|other| *other != self.host.place())
            && other.exists()
        {
            return Err(HostError::Joined { bridge: bridge.to_owned(), other });
        }
        self.joins.put(&claim, &self.host.place())?;
        let (outside, inside) = (self.join_start(name), join_end(name));
        connect(&outside, &inside, &netns)?;
        run(ip().args(["link", "set", &outside, "master", bridge, "up"]))?;
        run(ip().args(["-n", &netns, "link", "set", &inside, "master", name.as_str(), "up"]))
    }

    /// Interface names have at most 15 characters; digests make this one unique.
    fn join_start(&self, network: &NetworkName) -> String {
        let digit = |text: &str, count| Digest::of(&text).0.chars().take(count).collect::<String>();
        format!("labj{}{}", digit(&self.host.netns_name(), 6), digit(network.as_str(), 4))
    }

    /// Creates an uplink, and lets the nodes that may use it reach the Internet and nothing else.
    ///
    /// # Errors
    /// When the machine has no default route, or its firewall or interfaces cannot be configured.
    pub fn internet(&self, management: std::net::Ipv4Addr, cancel: &AtomicBool) -> Result<(), HostError> {
        let _lock = self.uplinks.lock(cancel)?;
        self.sweep()?;
        let (routes, networks) = (machine::Routes::read()?, machine::networks()?);
        let addresses = networks.iter().map(|network| Ipv4Net::from(network.addr()));
        let own: Vec<Ipv4Net> = routes.not_default.iter().copied().chain(addresses).collect();
        let place = self.host.place();
        let pair = claim(&self.uplinks, &place, &networks)?;
        let (outside, netns) = (pair.interface(), self.host.netns_name());
        connect(&outside, UPLINK, &netns)?;
        // The rules are there before the first packet.
        let servers = machine::name_servers();
        nft(None, &rules::machine(&pair, &own, &servers))?;
        nft(Some(&netns), &rules::inside(management, &own, servers.first().copied()))?;
        run(ip().args(["address", "replace", &format!("{}/30", pair.machine()), "dev", &outside]))?;
        run(ip().args(["link", "set", &outside, "up"]))?;
        let inside = format!("{}/30", pair.inside());
        run(ip().args(["-n", &netns, "address", "replace", &inside, "dev", UPLINK]))?;
        run(ip().args(["-n", &netns, "link", "set", UPLINK, "up"]))?;
        let via = pair.machine().to_string();
        run(ip().args(["-n", &netns, "route", "replace", "default", "via", &via]))?;
        forwarding::begin(&self.uplinks, &outside, &routes.ways_out)
    }

    /// Removes what is on the machine; the rest vanishes with the namespace.
    ///
    /// # Errors
    /// When the firewall's table exists and cannot be deleted.
    pub fn remove(&self) -> Result<(), HostError> {
        let folder = self.host.place();
        {
            let _lock = self.joins.lock(&NEVER)?;
            for (name, _) in self.joins.all().into_iter().filter(|(_, of)| *of == folder || !of.exists()) {
                self.joins.remove(&name)?;
            }
        }
        let _lock = self.uplinks.lock(&NEVER)?;
        self.remove_those(|of| of == folder || !of.exists())
    }

    /// Removes what deleted instances have left. The caller holds the lock.
    fn sweep(&self) -> Result<(), HostError> {
        self.remove_those(|of| !of.exists())
    }

    fn remove_those(&self, of: impl Fn(&Path) -> bool) -> Result<(), HostError> {
        let all = self.uplinks.all();
        if all.is_empty() {
            return Ok(());
        }
        let mut left = all.len();
        for (name, _) in all.into_iter().filter(|(_, folder)| of(folder)) {
            if let Some(pair) = Pair::named(&name) {
                if machine::has_interface(&[], &pair.interface()) {
                    run(ip().args(["link", "delete", &pair.interface()]))?;
                }
                nft(None, &rules::removal(&pair))?;
            }
            left -= 1;
            if left == 0 {
                forwarding::end(&self.uplinks)?;
            }
            self.uplinks.remove(&name)?;
        }
        Ok(())
    }
}

/// The address pair of an instance: the one that it has, or a free one that the machine does not use. The
/// caller holds the lock.
fn claim(registry: &Registry, folder: &Path, foreign: &[Ipv4Net]) -> Result<Pair, HostError> {
    let all = registry.all().into_iter();
    let taken: Vec<(Pair, PathBuf)> = all.filter_map(|(name, of)| Some((Pair::named(&name)?, of))).collect();
    if let Some((pair, _)) = taken.iter().find(|(_, of)| of == folder) {
        return Ok(*pair);
    }
    let free = |pair: &Pair| {
        taken.iter().all(|(other, _)| other != pair) && !foreign.iter().any(|net| pair.is_in(net))
    };
    let pair = Pair::all().find(free).ok_or(HostError::NoPair)?;
    registry.put(&pair.name(), folder)?;
    Ok(pair)
}

/// Creates a veth pair between the machine and the instance, unless it exists. One whose other end is gone,
/// or in another instance, is deleted first: the kernel removes it only some time after its namespace.
fn connect(outside: &str, inside: &str, netns: &str) -> Result<(), HostError> {
    if machine::has_interface(&["-n", netns], inside) {
        return Ok(());
    }
    if machine::has_interface(&[], outside) {
        // It may vanish just now.
        let _ = run(ip().args(["link", "delete", outside]));
    }
    run(ip().args(["link", "add", outside, "type", "veth", "peer", "name", inside, "netns", netns]))
}

fn ip() -> Command {
    Command::new("ip")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instance_has_a_pair_of_its_own_that_the_machine_does_not_use() {
        let place = tempfile::tempdir().unwrap();
        let registry = Registry::at(place.path());
        let foreign = ["198.18.0.1/30".parse().unwrap(), "10.0.0.1/8".parse().unwrap()];
        let claim = |name: &str| claim(&registry, Path::new(name), &foreign).unwrap();
        let (one, two) = (claim("/one"), claim("/two"));
        assert_eq!((one.name(), two.name()), ("1".to_owned(), "2".to_owned()));
        assert_eq!(claim("/one"), one);
        registry.remove(&one.name()).unwrap();
        assert_eq!(claim("/three"), one, "what is free is used again");
    }
}
