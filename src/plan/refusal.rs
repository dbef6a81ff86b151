//! Why a plan is not made, and what the user can do about it.

use serde::Serialize;

use crate::model::spec::{Digest, DiskId, DiskSource};
use crate::model::{LabName, NodeName};

/// What a plan would have to destroy without having been asked to, or must not touch at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The instance is of another lab.
    #[error("this instance is of lab {found}, not of {wanted}")]
    OtherLab {
        /// The lab that it was made for.
        found: LabName,
        /// The lab that was asked for.
        wanted: LabName,
    },
    /// Objects in the instance's host that have no mark of ours.
    #[error("not made by halab, so left alone: {}", .objects.join(", "))]
    Foreign {
        /// What they are: `network public`, `machine node1`.
        objects: Vec<String>,
    },
    /// Disks that would have to be made anew.
    #[error("{}", data_loss(.losses))]
    DataLoss {
        /// All of them.
        losses: Vec<Loss>,
    },
    /// The user asked to rebuild what the lab does not have.
    #[error("the lab has no node {node} to recreate")]
    NoSuchNode {
        /// The node.
        node: NodeName,
    },
}

/// A disk that cannot become what is wanted and keep what is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The disk.
    pub disk: DiskId,
    /// Why it cannot stay.
    pub cause: LossCause,
}

/// Why a disk cannot stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossCause {
    /// It started from something else than the lab wants now.
    Changed {
        /// What it started from.
        from: DiskSource,
        /// What the lab wants.
        to: DiskSource,
    },
    /// The image that it is an overlay on is no longer in the store.
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
