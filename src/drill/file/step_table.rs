//! A step as it is written in a drill file.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::action::ActionWord;
use crate::fault::{Key, Keys};
use crate::model::drill::Signal;
use crate::model::fault::{Direction, DiskIo, PauseClock};
use crate::model::{
    AddressName, Bytes, DiskName, Millis, NetworkName, NodeName, PathName, ServiceName, StepName,
};

/// A step. It has one of `at`, `after` and `when`, and the keys that its action takes (`lab fault list`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a step")]
pub struct StepTable {
    /// How long after the baseline it is done.
    #[schemars(with = "Option<Millis>")]
    pub at: Option<Spanned<Millis>>,
    /// The step that it is done after.
    #[schemars(with = "Option<StepName>")]
    pub after: Option<Spanned<StepName>>,
    /// What it waits for, after the step before it.
    #[schemars(with = "Option<Signal>")]
    pub when: Option<Spanned<Signal>>,
    /// How long after that (`after`, `when`): at once when not given.
    #[schemars(with = "Option<Millis>")]
    pub delay: Option<Spanned<Millis>>,
    /// How long it waits (`when`). What does not happen in time makes the drill inconclusive.
    #[schemars(with = "Option<Millis>")]
    pub within: Option<Spanned<Millis>>,
    /// It is put off by a random part of this: not at all when not given.
    #[serde(default)]
    pub jitter: Millis,
    /// What is done: a fault, `heal`, or `power-on`.
    #[schemars(with = "ActionWord")]
    pub action: Spanned<ActionWord>,
    /// To which node.
    #[schemars(with = "TargetTable")]
    pub target: Spanned<TargetTable>,
    /// How long a fault lasts: until a step heals it, or to the end of the drill, when not given.
    #[schemars(with = "Option<Millis>")]
    pub hold: Option<Spanned<Millis>>,
    /// How long the power is off (`power-cycle`).
    #[schemars(with = "Option<Millis>")]
    pub off: Option<Spanned<Millis>>,
    /// What the clock of the node does meanwhile (`pause`): `frozen` when not given.
    #[schemars(with = "Option<PauseClock>")]
    pub clock: Option<Spanned<PauseClock>>,
    /// What is left of a processor, in percent, 1 to 99 (`cpu-starvation`): 10 when not given.
    #[schemars(with = "Option<u32>")]
    pub share: Option<Spanned<u32>>,
    /// How far the clock is off, at least `"1s"` (`clock-jump`).
    #[schemars(with = "Option<Millis>")]
    pub by: Option<Spanned<Millis>>,
    /// Whether the clock is set into the past (`clock-jump`): not when not given.
    #[schemars(with = "Option<bool>")]
    pub backward: Option<Spanned<bool>>,
    /// The service, by its name in the stack (`service-kill`, `service-hang`, `service-stop`).
    #[schemars(with = "Option<ServiceName>")]
    pub service: Option<Spanned<ServiceName>>,
    /// Whether the service manager may start it again, as its unit says (`service-kill`, `cluster-kill`): not when not
    /// given.
    #[schemars(with = "Option<bool>")]
    pub restart: Option<Spanned<bool>>,
    /// The network (faults of networks): all of the lab's that the node is on when not given.
    #[schemars(with = "Option<NetworkName>")]
    pub network: Option<Spanned<NetworkName>>,
    /// Which direction is lost, seen from the node (`one-way`): `out` when not given.
    #[schemars(with = "Option<Direction>")]
    pub direction: Option<Spanned<Direction>>,
    /// The path, by its name in the stack, or `client` (`path-cut`).
    #[schemars(with = "Option<PathName>")]
    pub path: Option<Spanned<PathName>>,
    /// How many of all frames, 1 to 99 (`loss`, `reorder`).
    #[schemars(with = "Option<u32>")]
    pub percent: Option<Spanned<u32>>,
    /// Bytes in a second, at least `"1KiB"` (`rate`).
    #[schemars(with = "Option<Bytes>")]
    pub limit: Option<Spanned<Bytes>>,
    /// How long frames are held up, `"1ms"` to `"10s"` (`delay`, `reorder`).
    #[schemars(with = "Option<Millis>")]
    pub latency: Option<Spanned<Millis>>,
    /// More or less by up to this, at random (`delay`): not at all when not given.
    #[schemars(with = "Option<Millis>")]
    pub variation: Option<Spanned<Millis>>,
    /// The secondary disk (`disk-error`, `slow-disk`).
    #[schemars(with = "Option<DiskName>")]
    pub disk: Option<Spanned<DiskName>>,
    /// What fails (`disk-error`): `all` when not given.
    #[schemars(with = "Option<DiskIo>")]
    pub io: Option<Spanned<DiskIo>>,
    /// Operations in a second, at least 1 (`slow-disk`): 20 when not given.
    #[schemars(with = "Option<u32>")]
    pub operations: Option<Spanned<u32>>,
    /// A folder of the file system, which is not the system's own (`full-disk`).
    #[schemars(with = "Option<String>")]
    pub folder: Option<Spanned<String>>,
}

impl StepTable {
    /// What is said about the fault.
    pub fn keys(&self) -> Keys {
        fn value<T: Clone>(spanned: &Option<Spanned<T>>) -> Option<T> {
            spanned.as_ref().map(|spanned| spanned.get_ref().clone())
        }
        Keys {
            off: value(&self.off),
            clock: value(&self.clock),
            share: value(&self.share),
            by: value(&self.by),
            backward: value(&self.backward),
            service: value(&self.service),
            restart: value(&self.restart),
            network: value(&self.network),
            direction: value(&self.direction),
            path: value(&self.path),
            percent: value(&self.percent),
            limit: value(&self.limit),
            latency: value(&self.latency),
            variation: value(&self.variation),
            disk: value(&self.disk),
            io: value(&self.io),
            operations: value(&self.operations),
            folder: value(&self.folder),
        }
    }

    /// Where a key is given; the action if it is not.
    pub fn place(&self, key: Key) -> Range<usize> {
        fn span<T>(spanned: &Option<Spanned<T>>) -> Option<Range<usize>> {
            spanned.as_ref().map(Spanned::span)
        }
        let place = match key {
            Key::Off => span(&self.off),
            Key::Clock => span(&self.clock),
            Key::Share => span(&self.share),
            Key::By => span(&self.by),
            Key::Backward => span(&self.backward),
            Key::Service => span(&self.service),
            Key::Restart => span(&self.restart),
            Key::Network => span(&self.network),
            Key::Direction => span(&self.direction),
            Key::Path => span(&self.path),
            Key::Percent => span(&self.percent),
            Key::Limit => span(&self.limit),
            Key::Latency => span(&self.latency),
            Key::Variation => span(&self.variation),
            Key::Disk => span(&self.disk),
            Key::Io => span(&self.io),
            Key::Operations => span(&self.operations),
            Key::Folder => span(&self.folder),
        };
        place.unwrap_or_else(|| self.action.span())
    }
}

/// Nodes by their role. One of the keys is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a target")]
pub struct TargetTable {
    /// The node that holds this virtual address at that time.
    #[schemars(with = "Option<AddressName>")]
    pub holder: Option<Spanned<AddressName>>,
    /// The node that this virtual address is to be on when all are well.
    #[schemars(with = "Option<AddressName>")]
    pub preferred: Option<Spanned<AddressName>>,
    /// The first node that could hold this virtual address and does not, at that time.
    #[schemars(with = "Option<AddressName>")]
    pub standby: Option<Spanned<AddressName>>,
    /// A node that could hold this virtual address, drawn at random.
    #[schemars(with = "Option<AddressName>")]
    pub random: Option<Spanned<AddressName>>,
    /// The nodes that this other step hit.
    #[schemars(with = "Option<StepName>")]
    pub step: Option<Spanned<StepName>>,
    /// All nodes that this other step did not hit.
    #[schemars(with = "Option<StepName>")]
    pub others: Option<Spanned<StepName>>,
    /// This node.
    #[schemars(with = "Option<NodeName>")]
    pub node: Option<Spanned<NodeName>>,
}
