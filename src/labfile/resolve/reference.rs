//! Parameters that refer to a disk, a network or a virtual address, which every node of the stack must have,
//! or to other nodes, which all of them must reach.

use crate::diagnostic::{nearest, suggestion};
use crate::labfile::file::{At, Entry, LabFile, NodeTable, Raw};
use crate::model::{AddressName, DiskName, NetworkName, NodeName, Value};
use crate::stack::{ParameterKind, Refusal, wrong_kind};

/// The scope of a reference.
pub(super) struct Scope<'a> {
    pub(super) file: &'a LabFile,
    /// The nodes of the stack.
    pub(super) on: &'a [&'a Entry<NodeName, NodeTable>],
}

fn missing<'a>(what: &str, text: &str, known: impl Iterator<Item = &'a str> + Clone) -> Refusal {
    Refusal::new(format!("there is no {what} `{text}`"))
        .label(format!("unknown {what}"))
        .help(suggestion(text, what, known.clone()))
        .instead(nearest(text, known))
}

pub(super) fn disk(text: &str, scope: &Scope<'_>) -> Result<Value, Refusal> {
    let mut known: Vec<&str> = scope.on.iter().flat_map(|node| node.table.disk.names()).collect();
    known.sort_unstable();
    known.dedup();
    if scope.on.iter().any(|node| node.table.disk.is_broken(text)) {
        return Err(Refusal::known());
    }
    let without: Vec<String> = scope
        .on
        .iter()
        .filter(|node| node.table.disk.get(text).is_none())
        .map(|node| format!("`{}`", node.name))
        .collect();
    match text.parse::<DiskName>() {
        Ok(name) if without.is_empty() => Ok(Value::Disk(name)),
        _ if without.len() == scope.on.len() => Err(missing("disk", text, known.into_iter())),
        _ => Err(Refusal::new(format!("{} has no disk `{text}`", without.join(" and ")))
            .label("every node of the stack needs it")
            .help(format!("add `disk.{text} = \"2GiB\"` there"))),
    }
}

pub(super) fn network(text: &str, scope: &Scope<'_>) -> Result<NetworkName, Refusal> {
    let Some(network) = scope.file.network.get(text) else {
        return Err(match scope.file.network.is_broken(text) {
            true => Refusal::known(),
            false => missing("network", text, scope.file.network.names()),
        });
    };
    match off_network(text, scope) {
        None => Ok(network.name.clone()),
        Some(nodes) => Err(Refusal::new(format!("{nodes} is not on network `{text}`"))
            .label("every node of the stack must be on it")),
    }
}

/// The nodes of the stack that are not on a network, as text.
fn off_network(network: &str, scope: &Scope<'_>) -> Option<String> {
    let on =
        |node: &Entry<NodeName, NodeTable>| node.table.networks.iter().any(|(name, _)| name.value == network);
    let off: Vec<String> =
        scope.on.iter().filter(|node| !on(node)).map(|node| format!("`{}`", node.name)).collect();
    (!off.is_empty()).then(|| off.join(" and "))
}

pub(super) fn networks(items: &[At<Raw>], scope: &Scope<'_>) -> Result<Value, Refusal> {
    list("network", items, |raw| match raw {
        Raw::Text(text) => network(text, scope),
        other => Err(wrong_kind(ParameterKind::Network, other)),
    })
    .map(Value::Networks)
}

pub(super) fn nodes(items: &[At<Raw>], scope: &Scope<'_>) -> Result<Value, Refusal> {
    list("node", items, |raw| match raw {
        Raw::Text(text) => node(text, scope),
        _ => Err(Refusal::new("expected the name of a node")),
    })
    .map(Value::Nodes)
}

/// A node of the lab that all nodes of the stack can reach.
fn node(text: &str, scope: &Scope<'_>) -> Result<NodeName, Refusal> {
    let all = &scope.file.node;
    let Some(node) = all.get(text) else {
        return Err(match all.is_broken(text) {
            true => Refusal::known(),
            false => missing("node", text, all.names()),
        });
    };
    let shared = node.table.networks.iter().any(|(name, _)| off_network(&name.value, scope).is_none());
    match shared {
        true => Ok(node.name.clone()),
        false => Err(Refusal::new(format!("`{text}` is on no network that every node of the stack is on"))
            .label("out of reach")),
    }
}

/// A list of at least one name, without duplicates.
fn list<N: PartialEq + std::fmt::Display>(
    what: &str,
    items: &[At<Raw>],
    read: impl Fn(&Raw) -> Result<N, Refusal>,
) -> Result<Vec<N>, Refusal> {
    if items.is_empty() {
        return Err(Refusal::new(format!("at least one {what} is needed")).label("none here"));
    }
    let mut names: Vec<N> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let place = |refusal: Refusal| Refusal { item: Some(index), ..refusal };
        let name = read(&item.value).map_err(place)?;
        if names.contains(&name) {
            return Err(place(Refusal::new(format!("{what} `{name}` is named twice"))));
        }
        names.push(name);
    }
    Ok(names)
}

pub(super) fn address(text: &str, scope: &Scope<'_>) -> Result<Value, Refusal> {
    let all = &scope.file.address;
    let (Some(address), Ok(name)) = (all.get(text), text.parse::<AddressName>()) else {
        return Err(match all.is_broken(text) {
            true => Refusal::known(),
            false => missing("virtual address", text, all.names()),
        });
    };
    let network = address.table.network.as_ref().filter(|name| scope.file.network.get(&name.value).is_some());
    match network.and_then(|network| Some((network, off_network(&network.value, scope)?))) {
        None => Ok(Value::Address(name)),
        Some((network, nodes)) => {
            Err(Refusal::new(format!("{nodes} is not on network `{}` of address `{text}`", network.value))
                .label("every node of the stack must be able to hold it"))
        }
    }
}
