//! The lab as the model sees it: which nodes share which address, how they detect each other's failure, and
//! where data is.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::fault::Traffic;
use crate::model::{
    AddressName, Duty, Lab, Liveness, Manager, NetworkName, Node, NodeName, Path, ServiceRole, StackUse,
    Value, watches_services,
};

/// How long a node of a cluster without such a setting waits for its peers when it starts.
const ELECTION: Duration = Duration::from_millis(1500);

/// A lab as the model sees it.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The lab.
    pub lab: Lab,
    /// Each virtual address, in the order of the lab.
    pub groups: BTreeMap<AddressName, Group>,
    /// The nodes that keep copies of the same data, and the network of the replication.
    pub copies: Vec<Tie>,
    /// The balancers, and the servers behind each.
    pub balancers: BTreeMap<NodeName, Vec<NodeName>>,
    /// The address at which pages find the database; none if each has its own.
    pub database: Option<AddressName>,
}

/// Nodes that keep the same data, and their replication.
#[derive(Debug, Clone)]
pub struct Tie {
    /// The nodes.
    pub members: Vec<NodeName>,
    /// The network between them.
    pub network: NetworkName,
    /// The replication traffic, if it can be cut separately.
    pub traffic: Option<Traffic>,
}

/// The nodes that share a virtual address.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its network.
    pub network: NetworkName,
    /// Itself.
    pub ip: Ipv4Addr,
    /// Who can hold it, the preferred one first.
    pub members: Vec<NodeName>,
    /// How they detect each other's failure; none for an address that is fixed.
    pub liveness: Option<Liveness>,
    /// Whether it fails back to the preferred node.
    pub fails_back: bool,
    /// The delay of the failback after the return of the preferred node.
    pub failback_delay: Duration,
    /// How long a node that starts waits for its peers before it takes the address alone.
    pub initial: Duration,
    /// The networks of the heartbeats.
    pub paths: Vec<NetworkName>,
    /// The heartbeat traffic, if it can be cut separately.
    pub traffic: Option<Traffic>,
    /// The mirrored disk that the holder needs.
    pub mirror: Option<Tie>,
    /// Whether a node whose services do not answer ranks behind all others.
    pub watches: bool,
}

impl Layout {
    /// The model's view of the lab.
    pub fn of(lab: &Lab) -> Self {
        let groups = lab.addresses.iter().map(|address| {
            let stack = lab.stacks.iter().find(|stack| has(stack, &address.name) && manages(stack));
            let manager = Manager::of(lab, &address.name);
            let members =
                manager.as_ref().map_or_else(|| lab.members(&address.name), |own| own.members.clone());
            let paths = stack.map(networks).filter(|paths| !paths.is_empty());
            let mirror = lab.stacks.iter().find(|stack| stack.does(Duty::Mirror) && stack.on == members);
            let group = Group {
                network: address.network.clone(),
                ip: address.ip,
                liveness: manager.as_ref().map(|manager| manager.liveness.clone()),
                fails_back: manager.as_ref().is_some_and(|manager| manager.fails_back),
                failback_delay: stack.and_then(|stack| span(stack, "failback-delay")).unwrap_or_default(),
                initial: stack.and_then(|stack| span(stack, "initdead")).unwrap_or(ELECTION),
                paths: paths.unwrap_or_else(|| vec![address.network.clone()]),
                traffic: stack.and_then(|stack| stack.paths.values().next()).map(traffic),
                mirror: mirror.and_then(tie),
                watches: stack.is_some_and(|stack| stack.does(Duty::Vrrp)) && watches_services(lab),
                members,
            };
            (address.name.clone(), group)
        });
        let of_use = |name: &'static str| lab.stacks.iter().filter(move |stack| stack.uses == name);
        let balancers = of_use("nginx").flat_map(|stack| {
            let servers = stack.params.values().find_map(|value| match value {
                Value::Nodes(nodes) => Some(nodes.clone()),
                _ => None,
            });
            stack.on.iter().map(move |node| (node.clone(), servers.clone().unwrap_or_default()))
        });
        Self {
            groups: groups.collect(),
            copies: lab.stacks.iter().filter(|stack| stack.does(Duty::Copies)).filter_map(tie).collect(),
            balancers: balancers.collect(),
            database: of_use("shared-database").find_map(address),
            lab: lab.clone(),
        }
    }

    /// A node of the lab.
    pub fn node(&self, name: &NodeName) -> Option<&Node> {
        self.lab.node(name)
    }

    /// The unit of the service that a node runs and that decides who is active.
    pub fn manager_unit(&self, node: &NodeName) -> Option<&str> {
        let mut services = self.stacks_on(node).flat_map(|stack| stack.services.values());
        let found = services.find(|service| service.role == Some(ServiceRole::ClusterManager));
        found.map(|service| service.unit.as_str())
    }

    /// The unit of a service of a node, by the service's name.
    pub fn unit(&self, node: &NodeName, service: &str) -> Option<&str> {
        let mut services = self.stacks_on(node).flat_map(|stack| &stack.services);
        services.find(|(name, _)| name.as_str() == service).map(|(_, service)| service.unit.as_str())
    }

    fn stacks_on<'a>(&'a self, node: &NodeName) -> impl Iterator<Item = &'a StackUse> {
        self.lab.stacks.iter().filter(|stack| stack.on.contains(node))
    }

    /// Whether a node keeps what it serves on a mirrored disk.
    pub fn mirrored(&self, node: &NodeName) -> bool {
        self.groups.values().any(|group| group.mirror.is_some() && group.members.contains(node))
    }
}

fn has(stack: &StackUse, address: &AddressName) -> bool {
    stack.params.values().any(|value| matches!(value, Value::Address(name) if name == address))
}

fn manages(stack: &StackUse) -> bool {
    [Duty::Heartbeat, Duty::Vrrp, Duty::Carp, Duty::Corosync].into_iter().any(|duty| stack.does(duty))
}

fn address(stack: &StackUse) -> Option<AddressName> {
    stack.params.values().find_map(|value| match value {
        Value::Address(name) => Some(name.clone()),
        _ => None,
    })
}

fn networks(stack: &StackUse) -> Vec<NetworkName> {
    let named = stack.params.values().filter_map(|value| match value {
        Value::Networks(names) => Some(names.clone()),
        Value::Network(name) => Some(vec![name.clone()]),
        _ => None,
    });
    named.flatten().collect()
}

fn span(stack: &StackUse, name: &str) -> Option<Duration> {
    match stack.params.get(name) {
        Some(Value::Milliseconds(span)) => Some(Duration::from_millis(*span)),
        _ => None,
    }
}

fn traffic(path: &Path) -> Traffic {
    Traffic { protocol: path.protocol, port: path.port }
}

fn tie(stack: &StackUse) -> Option<Tie> {
    let network = networks(stack).into_iter().next()?;
    Some(Tie { members: stack.on.clone(), network, traffic: stack.paths.values().next().map(traffic) })
}
