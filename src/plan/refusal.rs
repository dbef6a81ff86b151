//! The reasons for which a plan is refused, with hints for the user.

use serde::Serialize;

use crate::model::spec::{Digest, DiskId, DiskSource};
use crate::model::{LabName, NodeName};

/// A plan that would destroy data without a request, or change foreign objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The instance is of another lab.
    #[error("this instance is of lab {found}, not of {wanted}")]
    OtherLab {
        /// The lab that it was made for.
        found: LabName,
        /// The requested lab.
        wanted: LabName,
    },
    /// Objects in the instance's host without our mark.
    #[error("not made by halab, so left alone: {}", .objects.join(", "))]
    Foreign {
        /// The objects: `network public`, `machine node1`.
        objects: Vec<String>,
    },
    /// Disks that would have to be recreated.
    #[error("{}", data_loss(.losses))]
    DataLoss {
        /// All such disks.
        losses: Vec<Loss>,
    },
    /// The user asked to recreate a node that is not in the lab.
    #[error("the lab has no node {node} to recreate")]
    NoSuchNode {
        /// The node.
        node: NodeName,
    },
}

/// A disk that cannot match its specification without losing its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The disk.
    pub disk: DiskId,
    /// The cause.
    pub cause: LossCause,
}

/// Why a disk cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossCause {
    /// The lab specifies another initial content.
    Changed {
        /// Its initial content.
        from: DiskSource,
        /// The specified one.
        to: DiskSource,
    },
    /// The backing image of its overlay is no longer in the store.
    ImageGone {
        /// The image.
        image: Digest,
    },
}

impl Refusal {
    /// What the user can do.
    pub fn hint(&self) -> String {
        match self {
            Refusal::OtherLab { .. } => {
                "take it down with `lab down`, or give this lab another name with `--as`".to_owned()
            }
            Refusal::Foreign { .. } => {
                "remove it with the tool that made it; `lab env` prints how to reach the lab's libvirt"
                    .to_owned()
            }
            Refusal::DataLoss { losses } => {
                let mut nodes: Vec<&NodeName> = losses.iter().map(|loss| &loss.disk.node).collect();
                nodes.dedup();
                let flags: Vec<String> = nodes.iter().map(|node| format!("--recreate {node}")).collect();
                format!(
                    "`lab up {}` rebuilds {} and loses what is on {} disks; `lab down` first starts over",
                    flags.join(" "),
                    nodes.iter().map(|node| node.as_str()).collect::<Vec<_>>().join(" and "),
                    if nodes.len() == 1 { "its" } else { "their" }
                )
            }
            Refusal::NoSuchNode { .. } => "name a node of the lab".to_owned(),
        }
    }
}

fn data_loss(losses: &[Loss]) -> String {
    let each = losses.iter().map(|Loss { disk, cause }| match cause {
        LossCause::Changed { from, to } => format!("disk {disk}: {from} → {to} would lose what is on it"),
        LossCause::ImageGone { image } => {
            format!("disk {disk}: its image {} is no longer in the store", image.short())
        }
    });
    each.collect::<Vec<_>>().join("; ")
}
