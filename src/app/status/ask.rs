//! Asking: each question on a thread of its own, because a dead node is found out only by waiting.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::{AddressStatus, CheckStatus, NodeStatus, Status};
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::{provider, reach};
use crate::base::limit;
use crate::catalog::Catalog;
use crate::guest::{Limits, Session};
use crate::instance::{Instance, ProviderKind};
use crate::inventory::{GuestState, Inventory};
use crate::model::spec::HealthCheck;
use crate::model::{InstanceName, MANAGEMENT_NETWORK, Node, NodeName};
use crate::plan::Action;
use crate::provider::Provider;
use crate::work;
use crate::work::ProviderError;

/// How long a service or a node may take to answer. A service that is well answers at once; an emulated node needs
/// seconds for an SSH handshake.
const LIMIT: Duration = Duration::from_secs(15);

/// Asks everything about an instance.
///
/// # Errors
/// When it remembers no lab, or its host refuses to be asked.
pub fn ask(job: &Job, name: &InstanceName) -> Result<Status, AppError> {
    let instance = job.describe(name)?;
    let provider = provider::open(job, name, instance.accel, Catalog::of_state(&job.state))?;
    let inventory = provider.inventory()?;
    let alive = inventory.host.as_ref().is_some_and(|host| host.alive);
    let nodes: Vec<NodeStatus> =
        instance.lab.nodes.iter().map(|node| node_status(node, &inventory)).collect();
    let running = |node: &&Node| is_running(&inventory, &node.name);
    let (held, checks) = std::thread::scope(|scope| {
        let held = scope.spawn(|| match instance.provider {
            ProviderKind::Libvirt => {
                held(job, &instance, instance.lab.nodes.iter().filter(running).collect())
            }
            ProviderKind::Sim => BTreeMap::new(),
        });
        let checks = if alive {
            health(job, provider.as_ref(), &instance.desired.checks, &inventory)
        } else {
            Vec::new()
        };
        (held.join().unwrap_or_default(), checks)
    });
    let addresses = instance.lab.addresses.iter().map(|address| AddressStatus {
        address: address.name.to_string(),
        ip: address.ip.to_string(),
        holders: (!held.is_empty()).then(|| holders(&held, address.ip)),
    });
    let well = |node: &NodeStatus| node.state == "running" && node.configured;
    Ok(Status {
        instance: name.to_string(),
        lab: instance.lab.name.to_string(),
        title: instance.lab.title.clone(),
        settings: instance.settings.clone(),
        host: alive,
        healthy: alive && nodes.iter().all(well) && checks.iter().all(|check| check.healthy),
        addresses: addresses.collect(),
        nodes,
        checks,
    })
}

fn node_status(node: &Node, inventory: &Inventory) -> NodeStatus {
    let guest = inventory.guests.get(&node.name);
    let nics = node.nics.iter().filter(|nic| nic.network.as_str() != MANAGEMENT_NETWORK);
    NodeStatus {
        node: node.name.to_string(),
        state: match guest.map(|guest| guest.state) {
            Some(GuestState::Running) => "running",
            Some(GuestState::Paused) => "paused",
            Some(GuestState::Frozen) => "frozen",
            Some(GuestState::Off) => "off",
            Some(GuestState::Crashed) => "crashed",
            None => "absent",
        }
        .to_owned(),
        configured: guest.is_some_and(|guest| guest.sealed.is_some()),
        addresses: nics.map(|nic| format!("{} ({})", nic.ip, nic.network)).collect(),
    }
}

fn is_running(inventory: &Inventory, node: &NodeName) -> bool {
    inventory.guests.get(node).is_some_and(|guest| guest.state == GuestState::Running)
}

/// The addresses that each node has on its interfaces now; a node that does not answer is left out.
fn held(job: &Job, instance: &Instance, nodes: Vec<&Node>) -> BTreeMap<NodeName, Vec<Ipv4Addr>> {
    let limits = Limits::within(LIMIT, job.cancel());
    let on_one = |node: &Node| {
        let target = reach::target(job, instance, node).ok()?;
        let output = Session::open(&target, limits).ok()?.run("ip -o -4 address show", limits).ok()?;
        Some((node.name.clone(), addresses_in(&output.text)))
    };
    std::thread::scope(|scope| {
        let asked: Vec<_> = nodes.into_iter().map(|node| scope.spawn(move || on_one(node))).collect();
        asked.into_iter().filter_map(|thread| thread.join().ok().flatten()).collect()
    })
}

/// The addresses in what `ip -o -4 address show` prints: `2: eth0    inet 192.168.0.101/24 brd …`.
fn addresses_in(text: &str) -> Vec<Ipv4Addr> {
    let after_inet = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| *word != "inet");
        words.nth(1)?.split('/').next()?.parse().ok()
    };
    text.lines().filter_map(after_inet).collect()
}

fn holders(held: &BTreeMap<NodeName, Vec<Ipv4Addr>>, ip: Ipv4Addr) -> Vec<String> {
    held.iter().filter(|(_, addresses)| addresses.contains(&ip)).map(|(node, _)| node.to_string()).collect()
}

/// Asks every service at once; what has not answered within the limit is not healthy.
fn health(
    job: &Job,
    provider: &dyn Provider,
    checks: &[HealthCheck],
    inventory: &Inventory,
) -> Vec<CheckStatus> {
    let ask = |check: &HealthCheck| {
        let trouble = one_check(job, provider, check, inventory);
        CheckStatus {
            check: check.title.clone(),
            node: check.node.as_ref().map(ToString::to_string),
            healthy: trouble.is_none(),
            trouble,
        }
    };
    std::thread::scope(|scope| {
        let asked: Vec<_> = checks.iter().map(|check| scope.spawn(move || ask(check))).collect();
        asked.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

/// Why a service is not healthy; none if it is.
fn one_check(
    job: &Job,
    provider: &dyn Provider,
    check: &HealthCheck,
    inventory: &Inventory,
) -> Option<String> {
    if let Some(node) = check.node.as_ref().filter(|node| !is_running(inventory, node)) {
        return Some(format!("{node} does not run"));
    }
    let action = Action::AwaitHealth(check.clone());
    let result = limit::within(LIMIT, job.cancel(), |cancel| {
        provider.perform(&action, &work::Context { progress: &|_| {}, cancel })
    });
    match result {
        Ok(()) => None,
        Err(ProviderError::Cancelled) => Some(format!("no answer within {} s", LIMIT.as_secs())),
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_a_broadcast() {
        let text = "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever\n\
                    2: eth0    inet 192.168.0.101/24 brd 192.168.0.255 scope global eth0\n\
                    2: eth0    inet 192.168.0.100/32 scope global eth0:0\n";
        let found: Vec<String> = addresses_in(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["127.0.0.1", "192.168.0.101", "192.168.0.100"]);
    }
}
