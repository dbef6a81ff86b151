//! The inputs of a baseline checkpoint: if all are equal, restoring it replaces booting.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::desired::Desired;
use crate::model::Lab;
use crate::model::spec::{Digest, node_of_own};

/// The version of halab's own files in guests and of its saved files; incrementing it invalidates all older
/// baselines.
const OURS: u32 = 1;

/// The virtualisation platform. A saved memory can be restored only on an identical one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Platform {
    /// The machine type.
    pub machine: String,
    /// The CPU model of the guests; with KVM also the machine's own.
    pub processor: String,
    /// The accelerator.
    pub accelerator: String,
    /// The version of QEMU.
    pub qemu: String,
    /// The version of libvirt.
    pub libvirt: String,
}

/// All inputs of a baseline checkpoint, in parts whose changes can be reported to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Inputs {
    /// Our own version.
    pub ours: u32,
    /// The lab without the values of its stacks' parameters.
    pub lab: Digest,
    /// Values of parameters by `<stack>.<parameter>`, in their JSON form.
    pub parameters: BTreeMap<String, String>,
    /// By the name of each stack, the digest of its steps and checks; its files are among those of the nodes.
    /// The scripts that the lab itself has on a node are there, too.
    pub stacks: BTreeMap<String, Digest>,
    /// By node, the digest of its seed, with the files of its stacks.
    pub nodes: BTreeMap<String, Digest>,
    /// By node, the digest of its image.
    pub images: BTreeMap<String, Digest>,
    /// The platform.
    pub platform: Platform,
}

impl Inputs {
    /// The inputs of a lab's baseline checkpoint.
    pub fn of(lab: &Lab, desired: &Desired, platform: Platform) -> Self {
        let mut bare = lab.clone();
        let mut parameters = BTreeMap::new();
        for stack in &mut bare.stacks {
            for (name, value) in std::mem::take(&mut stack.params) {
                parameters.insert(format!("{}.{name}", stack.name), value.to_string());
            }
        }
        let own = desired.phases.iter().flatten().map(|step| step.stack.as_str());
        let own: BTreeSet<&str> = own.filter(|stack| node_of_own(stack).is_some()).collect();
        let stacks = lab.stacks.iter().map(|stack| stack.name.as_str()).chain(own).map(|name| {
            let steps: Vec<_> = desired.phases.iter().flatten().filter(|step| step.stack == name).collect();
            let checks: Vec<_> = desired.checks.iter().filter(|check| check.stack == name).collect();
            (name.to_owned(), Digest::of(&(steps, checks)))
        });
        let nodes =
            desired.nodes.iter().map(|node| (node.name.to_string(), Digest::of(&(&node.seed, &node.guest))));
        let images = desired.nodes.iter().map(|node| (node.name.to_string(), node.seed.image.clone()));
        Self {
            ours: OURS,
            lab: Digest::of(&bare),
            parameters,
            stacks: stacks.collect(),
            nodes: nodes.collect(),
            images: images.collect(),
            platform,
        }
    }

    /// The digest of all inputs.
    pub fn digest(&self) -> Digest {
        Digest::of(self)
    }

    /// Describes the differences from earlier inputs; empty if there are none.
    pub fn differences(&self, earlier: &Self) -> Vec<String> {
        let mut all = Vec::new();
        let mut part = |what: &str, old: &str, new: &str| {
            if old != new {
                all.push(format!("{what}: {old} → {new}"));
            }
        };
        let (old, new) = (&earlier.platform, &self.platform);
        part("halab's own format", &earlier.ours.to_string(), &self.ours.to_string());
        part("accelerator", &old.accelerator, &new.accelerator);
        part("QEMU", &old.qemu, &new.qemu);
        part("libvirt", &old.libvirt, &new.libvirt);
        part("machine type", &old.machine, &new.machine);
        part("processor model", &old.processor, &new.processor);
        let parameters = changed(&earlier.parameters, &self.parameters);
        for name in &parameters {
            let value = |from: &BTreeMap<String, String>| {
                from.get(name.as_str()).map_or("none", String::as_str).to_owned()
            };
            part(name, &value(&earlier.parameters), &value(&self.parameters));
        }
        if earlier.lab != self.lab {
            all.push("the lab file".to_owned());
        }
        all.extend(
            changed(&earlier.images, &self.images).into_iter().map(|node| format!("the image of {node}")),
        );
        // A changed parameter or image changes these too; alone they mean that a template changed.
        if all.is_empty() {
            let named = |stack: String| match node_of_own(&stack) {
                Some(node) => format!("the lab's scripts on {node}"),
                None => format!("the stack {stack}"),
            };
            all.extend(changed(&earlier.stacks, &self.stacks).into_iter().map(named));
            all.extend(
                changed(&earlier.nodes, &self.nodes).into_iter().map(|node| format!("the files of {node}")),
            );
        }
        all
    }
}

/// The keys whose values differ.
fn changed<V: PartialEq>(old: &BTreeMap<String, V>, new: &BTreeMap<String, V>) -> Vec<String> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter().filter(|key| old.get(*key) != new.get(*key)).cloned().collect()
}
