//! Labs described by a few numbers, which the tests of plans vary, expanded to complete labs.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::Ipv4Addr;

use halab::model::spec::{After, GuestFile, HealthCheck, Probe, Script, When};
use halab::model::spec::{Digest, ImageSpec, StepSpec};
use halab::model::{
    Bytes, Disk, ImageName, Lab, LabName, MANAGEMENT_NETWORK, MANAGEMENT_SUBNET, MacAddress, Network,
    NetworkName, Nic, Node, NodeName, machine_uuid,
};
use halab::testing::desired::{Desired, NodeRendering, Rendering, desired};

/// A lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// Networks by number; the value is the bridge that each joins.
    pub networks: BTreeMap<u8, Option<u8>>,
    /// Nodes by number.
    pub nodes: BTreeMap<u8, NodeSketch>,
    /// Stacks in order.
    pub stacks: Vec<StackSketch>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSketch {
    /// Its memory, in MiB.
    pub memory: u64,
    /// Its processors.
    pub cpus: u32,
    /// The networks that it is on; missing ones are ignored.
    pub networks: BTreeSet<u8>,
    /// The sizes of its secondary disks by number, in MiB.
    pub disks: BTreeMap<u8, u64>,
    /// Which image it boots.
    pub image: u8,
    /// Whether it reaches the Internet.
    pub internet: bool,
}

/// A stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackSketch {
    /// The nodes that it is on; missing ones are ignored.
    pub nodes: BTreeSet<u8>,
    /// The content of its file.
    pub file: u8,
    /// The scripts of its steps; one phase each, on the first node only when odd, waiting for its own node
    /// only when a multiple of three.
    pub steps: Vec<u8>,
    /// The target of its check: every node when even, else from outside.
    pub check: Option<u8>,
}

impl Sketch {
    /// All files and steps that it needs.
    pub fn desired(&self) -> Desired {
        let lab = self.lab();
        let image = |name: &ImageName, rendered: &NodeRendering| {
            let digest = Digest::of(&(name, &rendered.packages));
            let (packages, bake) = (rendered.packages.clone(), rendered.bake.clone());
            Ok::<_, Infallible>(ImageSpec { name: name.clone(), digest, packages, bake })
        };
        let Ok(desired) = desired(&lab, &self.rendering(), image);
        desired
    }

    fn lab(&self) -> Lab {
        let name: LabName = "sketch".parse().unwrap();
        let nodes = self.nodes.iter().enumerate().map(|(index, (number, node))| Node {
            name: node_name(*number),
            index,
            uuid: machine_uuid(&name, &node_name(*number)),
            image: format!("image{}", node.image).parse().unwrap(),
            memory: Bytes::mib(node.memory),
            cpus: node.cpus,
            nics: self.nics(&name, *number, node),
            disks: node
                .disks
                .iter()
                .enumerate()
                .map(|(place, (number, size))| Disk {
                    name: format!("disk{number}").parse().unwrap(),
                    size: Bytes::mib(*size),
                    device: format!("vd{}", char::from(b'b' + u8::try_from(place).unwrap())),
                })
                .collect(),
            internet: node.internet,
        });
        let networks = self.networks.iter().map(|(number, join)| Network {
            name: network_name(*number),
            subnet: format!("10.0.{number}.0/24").parse().unwrap(),
            host: Ipv4Addr::new(10, 0, *number, 254),
            join: join.map(|bridge| format!("br{bridge}")),
        });
        let management = Network {
            name: MANAGEMENT_NETWORK.parse().unwrap(),
            subnet: MANAGEMENT_SUBNET,
            host: Ipv4Addr::new(169, 254, 77, 254),
            join: None,
        };
        Lab {
            networks: networks.chain([management]).collect(),
            nodes: nodes.collect(),
            name: name.clone(),
            title: "A sketch".to_owned(),
            addresses: Vec::new(),
            stacks: Vec::new(),
        }
    }

    fn nics(&self, lab: &LabName, number: u8, node: &NodeSketch) -> Vec<Nic> {
        let own = node.networks.iter().filter(|network| self.networks.contains_key(network));
        let own = own.map(|network| (network_name(*network), Ipv4Addr::new(10, 0, *network, number)));
        let management = (MANAGEMENT_NETWORK.parse().unwrap(), Ipv4Addr::new(169, 254, 77, number));
        own.chain([management])
            .enumerate()
            .map(|(place, (network, ip))| Nic {
                mac: MacAddress::derive(lab, &node_name(number), network.as_str()),
                network,
                device: format!("eth{place}"),
                ip,
                prefix: 24,
                tap: format!("node{number}-eth{place}"),
            })
            .collect()
    }

    fn rendering(&self) -> Rendering {
        let mut rendering = Rendering::default();
        for number in self.nodes.keys() {
            let stacks = self.stacks.iter().enumerate().filter(|(_, stack)| stack.nodes.contains(number));
            let files = stacks.map(|(place, stack)| GuestFile {
                path: format!("/etc/stack{place}.conf"),
                mode: 0o644,
                owner: "root:root".to_owned(),
                content: format!("value = {}\n", stack.file),
            });
            let rendered = NodeRendering { files: files.collect(), ..NodeRendering::default() };
            rendering.nodes.push((node_name(*number), rendered));
        }
        for (place, stack) in self.stacks.iter().enumerate() {
            self.stack(&mut rendering, &format!("stack{place}"), stack);
        }
        rendering
    }

    fn stack(&self, rendering: &mut Rendering, name: &str, stack: &StackSketch) {
        let on: Vec<u8> = stack.nodes.iter().copied().filter(|node| self.nodes.contains_key(node)).collect();
        let script = |what: u8| Script { title: format!("do {what}"), text: format!("echo {what}\n") };
        for (place, what) in stack.steps.iter().enumerate() {
            let nodes = on.iter().take(if what % 2 == 0 { usize::MAX } else { 1 });
            rendering.phases.push(
                nodes
                    .map(|node| StepSpec {
                        node: node_name(*node),
                        stack: name.to_owned(),
                        step: format!("step{place}"),
                        after: if what % 3 == 0 { After::OwnNode } else { After::AllNodes },
                        when: match what % 5 {
                            0 => When::Founding,
                            1 => When::Waking,
                            _ => When::Always,
                        },
                        script: script(*what),
                    })
                    .collect(),
            );
        }
        let Some(what) = stack.check.filter(|_| !on.is_empty()) else { return };
        let check = |node: Option<NodeName>| HealthCheck {
            stack: name.to_owned(),
            id: "check".to_owned(),
            title: format!("{name} healthy"),
            node,
            probe: Probe::Exec { script: script(what) },
        };
        if what % 2 == 0 {
            rendering.checks.extend(on.iter().map(|node| check(Some(node_name(*node)))));
        } else {
            rendering.checks.push(check(None));
        }
    }
}

/// The name of a node.
pub fn node_name(number: u8) -> NodeName {
    format!("node{number}").parse().unwrap()
}

/// The name of a network.
pub fn network_name(number: u8) -> NetworkName {
    format!("net{number}").parse().unwrap()
}
