//! The desired state of a host for a lab: the lab with its stacks rendered and its images identified.
//!
//! Pure functions make it from the model and the catalogue. The planner compares it with an inventory.

use serde::{Deserialize, Serialize};

use crate::model::guard::Guard;
use crate::model::spec::{DiskSpec, GuestSpec, HostSpec, ImageSpec, NetworkSpec, SeedSpec, StepSpec};
use crate::model::spec::{HealthCheck, RoleSpec, When};
use crate::model::{Lab, NodeName};

/// A lab as objects on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// The embedded host.
    pub host: HostSpec,
    /// Images, without duplicates.
    pub images: Vec<ImageSpec>,
    /// Networks, the management network last.
    pub networks: Vec<NetworkSpec>,
    /// Nodes in the order of the file.
    pub nodes: Vec<DesiredNode>,
    /// Set-up steps in order: those of a node run one after another; each step states whether it also waits
    /// for other nodes. Some run at other times ([`When`]).
    pub phases: Vec<Vec<StepSpec>>,
    /// Health checks, each of which has to pass once after the phases.
    pub checks: Vec<HealthCheck>,
    /// The roles that nodes tell. Older descriptions have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleSpec>,
}

impl Desired {
    /// The steps to run on a node that resumes from saved memory, before its clock is set.
    pub fn waking(&self, node: &NodeName) -> impl Iterator<Item = &StepSpec> {
        let all = self.phases.iter().flatten();
        all.filter(move |step| step.when == When::Waking && step.node == *node)
    }
}

/// A node as objects on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredNode {
    /// Its name.
    pub name: NodeName,
    /// Its system disk, then its secondary disks.
    pub disks: Vec<DiskSpec>,
    /// Its seed.
    pub seed: SeedSpec,
    /// The machine.
    pub guest: GuestSpec,
}

/// The rendered stacks of a lab, for one node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeRendering {
    /// Files, in the order of stacks, then by path.
    pub files: Vec<crate::model::spec::GuestFile>,
    /// Packages for its image.
    pub packages: std::collections::BTreeSet<String>,
    /// Scripts for its image.
    pub bake: Vec<crate::model::spec::Script>,
}

/// The rendered stacks of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendering {
    /// Nodes in the order of the lab.
    pub nodes: Vec<(NodeName, NodeRendering)>,
    /// Set-up phases.
    pub phases: Vec<Vec<StepSpec>>,
    /// Health checks.
    pub checks: Vec<HealthCheck>,
    /// The roles that nodes tell.
    pub roles: Vec<RoleSpec>,
}

/// Combines a lab, its rendering and the digests of its images.
///
/// `image` returns the specification of a node's image, given its name and what the node's stacks add.
///
/// # Errors
/// The first error of `image`.
pub fn desired<E>(
    lab: &Lab,
    rendering: &Rendering,
    image: impl Fn(&crate::model::ImageName, &NodeRendering) -> Result<ImageSpec, E>,
) -> Result<Desired, E> {
    use crate::model::spec::{DiskId, DiskSource};
    use crate::model::{MANAGEMENT_NETWORK, network_uuid};

    let internet = lab.nodes.iter().any(|node| node.internet);
    let networks = lab
        .networks
        .iter()
        .map(|network| NetworkSpec {
            uuid: network_uuid(&lab.name, &network.name),
            uplink: internet && network.name.as_str() == MANAGEMENT_NETWORK,
            network: network.clone(),
        })
        .collect();
    let hosts: Vec<_> = lab
        .nodes
        .iter()
        .filter_map(|node| node.nics.first().map(|nic| (node.name.to_string(), nic.ip)))
        .chain(lab.addresses.iter().map(|address| (address.name.to_string(), address.ip)))
        .collect();
    let gateway =
        lab.networks.iter().find(|network| network.name.as_str() == MANAGEMENT_NETWORK).map(|n| n.host);
    let empty = NodeRendering::default();
    let mut images: Vec<ImageSpec> = Vec::new();
    let mut nodes = Vec::new();
    for node in &lab.nodes {
        let rendered = rendering.nodes.iter().find(|(name, _)| *name == node.name).map_or(&empty, |(_, r)| r);
        let spec = image(&node.image, rendered)?;
        let system = DiskSpec {
            id: DiskId { node: node.name.clone(), disk: None },
            source: DiskSource::Image(spec.digest.clone()),
        };
        let secondary = node.disks.iter().map(|disk| DiskSpec {
            id: DiskId { node: node.name.clone(), disk: Some(disk.name.clone()) },
            source: DiskSource::Blank(disk.size),
        });
        nodes.push(DesiredNode {
            name: node.name.clone(),
            disks: std::iter::once(system).chain(secondary).collect(),
            seed: SeedSpec {
                node: node.name.clone(),
                image: spec.digest.clone(),
                machine_id: node.uuid.simple().to_string(),
                nics: node.nics.clone(),
                gateway: gateway.filter(|_| node.internet),
                hosts: hosts.clone(),
                files: rendered.files.clone(),
            },
            guest: GuestSpec {
                lab: lab.name.clone(),
                node: node.name.clone(),
                uuid: node.uuid,
                image: spec.digest.clone(),
                memory: node.memory,
                cpus: node.cpus,
                nics: node.nics.clone(),
                disks: node.disks.clone(),
            },
        });
        if !images.iter().any(|known| known.digest == spec.digest) {
            images.push(spec);
        }
    }
    Ok(Desired {
        host: HostSpec { lab: lab.name.clone(), guard: Guard::of(lab) },
        images,
        networks,
        nodes,
        phases: rendering.phases.clone(),
        checks: rendering.checks.clone(),
        roles: rendering.roles.clone(),
    })
}
