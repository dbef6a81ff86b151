//! The variables of templates: the lab, the node, the nodes of the stack and its parameters, as plain data.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Place, StackDefinition};
use crate::model::{Lab, Node, NodeName, PlaceName, StackUse, Value};

/// The top-level variables; templates may use no others.
pub(super) const NAMES: [&str; 9] =
    ["lab", "node", "nodes", "peers", "param", "extra", "use", "uses", "resources"];

/// The variables of a template.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Scope<'a> {
    lab: LabScope<'a>,
    /// The node for which the template is rendered.
    node: NodeScope<'a>,
    /// The nodes of the stack in order; the first is the preferred one.
    nodes: Vec<NodeScope<'a>>,
    /// The other nodes of the stack.
    peers: Vec<NodeScope<'a>>,
    /// The stack's parameters, with `_` for `-`.
    param: BTreeMap<String, Json>,
    /// The lab's text for each place of the stack, with `_` for `-`; empty if it has none.
    extra: BTreeMap<String, String>,
    /// This use of the stack.
    #[serde(rename = "use")]
    own: UseScope<'a>,
    /// All uses of the stack on this node, in the order of the lab.
    uses: Vec<UseScope<'a>>,
    /// The resources of all stacks on this node, in the order of the lab.
    pub(super) resources: Vec<String>,
}

/// A use of the stack, with the same fields as the variables of its templates.
#[derive(Debug, Clone, Serialize)]
struct UseScope<'a> {
    /// The lab's name for it.
    name: &'a str,
    /// Its position among all uses of the stack in the lab, from 0. It is the same on every node.
    index: usize,
    nodes: Vec<NodeScope<'a>>,
    peers: Vec<NodeScope<'a>>,
    param: BTreeMap<String, Json>,
    extra: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize)]
struct LabScope<'a> {
    name: &'a str,
    title: &'a str,
}

#[derive(Debug, Clone, Serialize)]
struct NodeScope<'a> {
    name: &'a str,
    index: usize,
    /// By network name.
    nics: BTreeMap<&'a str, NicScope<'a>>,
    /// By disk name.
    disks: BTreeMap<&'a str, DiskScope>,
}

#[derive(Debug, Clone, Serialize)]
struct NicScope<'a> {
    device: &'a str,
    ip: String,
    prefix: u8,
    mac: String,
}

#[derive(Debug, Clone, Serialize)]
struct DiskScope {
    /// `/dev/vdb`
    device: String,
    /// In bytes.
    size: u64,
}

impl<'a> Scope<'a> {
    /// The variables for the templates of a stack on a node.
    pub(super) fn new(
        lab: &'a Lab,
        stack: &'a StackUse,
        definition: &StackDefinition,
        node: &'a Node,
    ) -> Self {
        let own = UseScope::new(lab, stack, definition, node);
        let same = lab.stacks_on(&node.name).filter(|other| other.uses == stack.uses);
        Self {
            lab: LabScope { name: lab.name.as_str(), title: &lab.title },
            node: NodeScope::of(node),
            nodes: own.nodes.clone(),
            peers: own.peers.clone(),
            param: own.param.clone(),
            extra: own.extra.clone(),
            own,
            uses: same.map(|other| UseScope::new(lab, other, definition, node)).collect(),
            resources: Vec::new(),
        }
    }

    /// The variables for the templates that the lab itself puts on a node: all nodes of the lab, no
    /// parameters, and no uses of a stack.
    pub(super) fn without_stack(lab: &'a Lab, node: &'a Node, resources: Vec<String>) -> Self {
        let nodes: Vec<_> = lab.nodes.iter().map(NodeScope::of).collect();
        let peers: Vec<_> =
            lab.nodes.iter().filter(|other| other.name != node.name).map(NodeScope::of).collect();
        let own = UseScope {
            name: "own",
            index: 0,
            nodes: nodes.clone(),
            peers: peers.clone(),
            param: BTreeMap::new(),
            extra: BTreeMap::new(),
        };
        Self {
            lab: LabScope { name: lab.name.as_str(), title: &lab.title },
            node: NodeScope::of(node),
            nodes,
            peers,
            param: BTreeMap::new(),
            extra: BTreeMap::new(),
            own,
            uses: Vec::new(),
            resources,
        }
    }
}

impl<'a> UseScope<'a> {
    fn new(lab: &'a Lab, stack: &'a StackUse, definition: &StackDefinition, node: &Node) -> Self {
        let on = |name: &NodeName| lab.node(name).map(NodeScope::of);
        let text =
            |place: &PlaceName| stack.extra.get(place).map_or_else(String::new, |text| Place::inserted(text));
        Self {
            name: stack.name.as_str(),
            index: lab.place_of(stack),
            nodes: stack.on.iter().filter_map(on).collect(),
            peers: stack.on.iter().filter(|name| **name != node.name).filter_map(on).collect(),
            param: stack.params.iter().map(|(name, value)| (key(name), param(lab, value))).collect(),
            extra: definition.extra.keys().map(|place| (key(place.as_str()), text(place))).collect(),
        }
    }
}

impl<'a> NodeScope<'a> {
    fn of(node: &'a Node) -> Self {
        let nic = |nic: &'a crate::model::Nic| {
            let scope = NicScope {
                device: &nic.device,
                ip: nic.ip.to_string(),
                prefix: nic.prefix,
                mac: nic.mac.to_string(),
            };
            (nic.network.as_str(), scope)
        };
        let disk = |disk: &'a crate::model::Disk| {
            (disk.name.as_str(), DiskScope { device: format!("/dev/{}", disk.device), size: disk.size.0 })
        };
        Self {
            name: node.name.as_str(),
            index: node.index,
            nics: node.nics.iter().map(nic).collect(),
            disks: node.disks.iter().map(disk).collect(),
        }
    }
}

/// The name of a parameter or place in a template, where `-` would mean minus.
pub(super) fn key(parameter: &str) -> String {
    parameter.replace('-', "_")
}

fn param(lab: &Lab, value: &Value) -> Json {
    match value {
        Value::Nodes(names) => {
            json!(names.iter().filter_map(|name| lab.node(name)).map(NodeScope::of).collect::<Vec<_>>())
        }
        Value::Address(name) => lab.address(name).map_or(Json::Null, |address| {
            let prefix = lab.network(&address.network).map_or(32, |network| network.subnet.prefix_len());
            json!({ "name": name, "ip": address.ip, "network": address.network, "prefix": prefix })
        }),
        other => plain(other),
    }
}

/// A value without lookup in the lab: references are plain names.
pub(super) fn plain(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Boolean(yes) => json!(yes),
        Value::Milliseconds(ms) => duration(*ms),
        Value::Size(bytes) => json!({
            "bytes": bytes.0, "kib": bytes.0 >> 10, "mib": bytes.0 >> 20, "text": bytes.to_string(),
        }),
        Value::Disk(name) => json!(name),
        Value::Network(name) => json!(name),
        Value::Networks(names) => json!(names),
        Value::Nodes(names) => json!(names),
        Value::Address(name) => json!(name),
    }
}

/// A duration in the units that configuration files use. Coarser units are rounded up, because rounding down
/// could make a limit zero.
fn duration(ms: u64) -> Json {
    let text = if ms.is_multiple_of(1000) { (ms / 1000).to_string() } else { format!("{ms}ms") };
    let decimal = (ms as f64 / 1000.0).to_string();
    let (tenths, seconds) = (ms.div_ceil(100), ms.div_ceil(1000));
    json!({ "ms": ms, "tenths": tenths, "seconds": seconds, "decimal": decimal, "text": text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_in_every_unit() {
        assert_eq!(
            duration(800),
            json!({ "ms": 800, "tenths": 8, "seconds": 1, "decimal": "0.8", "text": "800ms" })
        );
        assert_eq!(
            duration(2000),
            json!({ "ms": 2000, "tenths": 20, "seconds": 2, "decimal": "2", "text": "2" })
        );
        let odd = json!({ "ms": 1250, "tenths": 13, "seconds": 2, "decimal": "1.25", "text": "1250ms" });
        assert_eq!(duration(1250), odd);
    }
}
