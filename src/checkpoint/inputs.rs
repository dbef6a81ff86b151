//! What makes a start what it is: when all of it is the same, restoring replaces booting.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::desired::Desired;
use crate::model::Lab;
use crate::model::spec::Digest;

/// The version of what we ourselves put into guests and into saved files; a new one makes all older starts useless.
const OURS: u32 = 1;

/// What runs the guests. A saved memory is only good for the very same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Platform {
    /// The machine type.
    pub machine: String,
    /// The model of the guests' processors; with KVM also the machine's own.
    pub processor: String,
    /// How guests run.
    pub accelerator: String,
    /// The version of QEMU.
    pub qemu: String,
    /// The version of libvirt.
    pub libvirt: String,
}

/// Everything that goes into a start, in parts that can be told to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Inputs {
    /// Our own version.
    pub ours: u32,
    /// The lab without the values of its stacks' parameters.
    pub lab: Digest,
    /// Values of parameters by `<stack>.<parameter>`, in their JSON form.
    pub parameters: BTreeMap<String, String>,
    /// By each stack's name, what it comes to: its files are with the nodes, so this is its steps and checks.
    pub stacks: BTreeMap<String, Digest>,
    /// By node, what it is told before its first boot, the files of its stacks among it.
    pub nodes: BTreeMap<String, Digest>,
    /// By node, its image.
    pub images: BTreeMap<String, Digest>,
    /// What runs it.
    pub platform: Platform,
}

impl Inputs {
    /// What goes into the start of a lab.
    pub fn of(lab: &Lab, desired: &Desired, platform: Platform) -> Self {
        let mut bare = lab.clone();
        let mut parameters = BTreeMap::new();
        for stack in &mut bare.stacks {
            for (name, value) in std::mem::take(&mut stack.params) {
                parameters.insert(format!("{}.{name}", stack.name), value.to_string());
            }
        }
        let stacks = lab.stacks.iter().map(|stack| {
            let name = stack.name.as_str();
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

    /// The digest of all of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self)
    }

    /// What differs from an earlier start, in words; empty when nothing does.
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
        // A changed parameter or image shows in these too; alone they mean that a template was changed.
        if all.is_empty() {
            all.extend(
                changed(&earlier.stacks, &self.stacks).into_iter().map(|stack| format!("the stack {stack}")),
            );
            all.extend(
                changed(&earlier.nodes, &self.nodes).into_iter().map(|node| format!("the files of {node}")),
            );
        }
        all
    }
}

/// The keys whose values are not the same in both.
fn changed<V: PartialEq>(old: &BTreeMap<String, V>, new: &BTreeMap<String, V>) -> Vec<String> {
    let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter().filter(|key| old.get(*key) != new.get(*key)).cloned().collect()
}
