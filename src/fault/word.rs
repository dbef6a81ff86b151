//! The catalogue: the words for faults, what each does, and what can be said about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Key;
use crate::model::fault::Fault;

/// The word for a fault, in drill files and on the command line.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The power of the node is cut: its memory is gone at once.
    PowerCut,
    /// The power of the node is cut, and is back after a while.
    PowerCycle,
    /// The node is shut down in order.
    GracefulStop,
    /// The kernel of the node crashes, and the machine stays as it is.
    KernelPanic,
    /// The node stands still, and goes on when it is healed.
    Pause,
    /// The node gets only a part of a processor.
    CpuStarvation,
    /// The clock of the node is set wrong.
    ClockJump,
    /// All processes of a service are killed.
    ServiceKill,
    /// All processes of a service are frozen: its ports stay open and nothing answers.
    ServiceHang,
    /// A service is stopped in order.
    ServiceStop,
    /// All processes of the cluster manager are killed; what it had started goes on.
    ClusterKill,
    /// The cluster manager is frozen.
    ClusterHang,
    /// The interface of the node loses its carrier, as when a cable is pulled.
    LinkDown,
    /// Nothing passes the interface of the node, whose carrier stays, as when a cable is pulled beyond the switch.
    SilentCut,
    /// The node and the other nodes do not hear each other; clients reach all of them.
    Partition,
    /// Between the node and the other nodes one direction is lost; clients reach all of them.
    OneWay,
    /// One path between the node and the others is cut, such as that of the heartbeats; or that of its clients.
    PathCut,
    /// A part of all frames is lost at random.
    Loss,
    /// No more than so much passes in each direction.
    Rate,
    /// Each answer takes so much longer.
    Delay,
    /// A part of all frames overtakes the others.
    Reorder,
    /// A disk answers with input/output errors.
    DiskError,
    /// A disk does only so many operations in a second.
    SlowDisk,
    /// A file system has no room left.
    FullDisk,
    /// Both sides of a mirrored disk are written apart from each other, and then meet.
    SplitBrain,
}

/// Whether a key must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// It must.
    Required,
    /// When not given, it is this.
    Default(&'static str),
}

/// A fault of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its word.
    pub word: Word,
    /// What it takes.
    pub takes: &'static [(Key, Need)],
}

const EVERY_NETWORK: (Key, Need) =
    (Key::Network, Need::Default("every network of the lab that the node is on"));
const RESTART: (Key, Need) = (Key::Restart, Need::Default("false"));
const DISK: (Key, Need) = (Key::Disk, Need::Required);

impl Entry {
    /// The whole catalogue, in the order in which it is shown.
    pub fn all() -> impl Iterator<Item = Entry> {
        <Word as clap::ValueEnum>::value_variants().iter().map(|word| word.entry())
    }
}

impl Word {
    /// The word for a fault.
    pub fn of(fault: &Fault) -> Self {
        match fault {
            Fault::PowerCut => Word::PowerCut,
            Fault::GracefulStop => Word::GracefulStop,
            Fault::KernelPanic => Word::KernelPanic,
            Fault::Pause { .. } => Word::Pause,
            Fault::CpuStarvation { .. } => Word::CpuStarvation,
            Fault::ClockJump { .. } => Word::ClockJump,
            Fault::ServiceKill { .. } => Word::ServiceKill,
            Fault::ServiceHang { .. } => Word::ServiceHang,
            Fault::ServiceStop { .. } => Word::ServiceStop,
            Fault::ClusterKill { .. } => Word::ClusterKill,
            Fault::ClusterHang => Word::ClusterHang,
            Fault::LinkDown { .. } => Word::LinkDown,
            Fault::SilentCut { .. } => Word::SilentCut,
            Fault::Partition { .. } => Word::Partition,
            Fault::OneWay { .. } => Word::OneWay,
            Fault::PathCut { .. } => Word::PathCut,
            Fault::Loss { .. } => Word::Loss,
            Fault::Rate { .. } => Word::Rate,
            Fault::Delay { .. } => Word::Delay,
            Fault::Reorder { .. } => Word::Reorder,
            Fault::DiskError { .. } => Word::DiskError,
            Fault::SlowDisk { .. } => Word::SlowDisk,
            Fault::FullDisk { .. } => Word::FullDisk,
            Fault::SplitBrain => Word::SplitBrain,
        }
    }

    /// Its entry.
    pub fn entry(self) -> Entry {
        Entry { word: self, takes: self.takes() }
    }

    fn takes(self) -> &'static [(Key, Need)] {
        use Need::{Default, Required};
        match self {
            Word::PowerCut
            | Word::GracefulStop
            | Word::KernelPanic
            | Word::ClusterHang
            | Word::SplitBrain => &[],
            Word::PowerCycle => &[(Key::Off, Required)],
            Word::Pause => &[(Key::Clock, Default("frozen"))],
            Word::CpuStarvation => &[(Key::Share, Default("10"))],
            Word::ClockJump => &[(Key::By, Required), (Key::Backward, Default("false"))],
            Word::ServiceKill => &[(Key::Service, Required), RESTART],
            Word::ServiceHang | Word::ServiceStop => &[(Key::Service, Required)],
            Word::ClusterKill => &[RESTART],
            Word::LinkDown | Word::SilentCut | Word::Partition => &[EVERY_NETWORK],
            Word::OneWay => &[(Key::Direction, Default("out")), EVERY_NETWORK],
            Word::PathCut => &[(Key::Path, Required)],
            Word::Loss => &[(Key::Percent, Required), EVERY_NETWORK],
            Word::Rate => &[(Key::Limit, Required), EVERY_NETWORK],
            Word::Delay => &[(Key::Latency, Required), (Key::Variation, Default("0ms")), EVERY_NETWORK],
            Word::Reorder => &[(Key::Percent, Required), (Key::Latency, Default("20ms")), EVERY_NETWORK],
            Word::DiskError => &[DISK, (Key::Io, Default("all"))],
            Word::SlowDisk => &[DISK, (Key::Operations, Default("20"))],
            Word::FullDisk => &[(Key::Folder, Required)],
        }
    }

    /// One line on what it does.
    pub fn about(self) -> String {
        let value = clap::ValueEnum::to_possible_value(&self);
        value.and_then(|value| Some(value.get_help()?.to_string())).unwrap_or_default()
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = clap::ValueEnum::to_possible_value(self);
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}
