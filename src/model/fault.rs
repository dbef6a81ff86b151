//! Faults: what can be done to a node on purpose, with all that there is to say about it.
//!
//! Made by [`crate::fault::build`] from what a drill file or a command line says; what a fault comes to on the nodes of
//! a lab is decided by [`crate::fault::measure`].

use serde::{Deserialize, Serialize};

use super::{Bytes, DiskName, Millis, NetworkName, PathName, ServiceName};

/// Something that can be done to a node and taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum Fault {
    /// Its power is cut: memory is gone at once.
    PowerCut,
    /// It is shut down in order.
    GracefulStop,
    /// Its kernel crashes and stays as it is.
    KernelPanic,
    /// It stands still.
    Pause {
        /// What its clock does meanwhile.
        clock: PauseClock,
    },
    /// It gets only a part of a processor.
    CpuStarvation {
        /// What is left to it, in percent, 1 to 99.
        share: u32,
    },
    /// Its clock is set wrong.
    ClockJump {
        /// By how much.
        by: Millis,
        /// Into the past.
        backward: bool,
    },
    /// All processes of a service are killed.
    ServiceKill {
        /// Which.
        service: ServiceName,
        /// Whether the service manager may start it again, as its unit says.
        restart: bool,
    },
    /// All processes of a service are frozen: its ports stay open.
    ServiceHang {
        /// Which.
        service: ServiceName,
    },
    /// A service is stopped in order.
    ServiceStop {
        /// Which.
        service: ServiceName,
    },
    /// All processes of the cluster manager are killed; what it had started goes on.
    ClusterKill {
        /// Whether the service manager may start it again, as its unit says.
        restart: bool,
    },
    /// The cluster manager is frozen.
    ClusterHang,
    /// Its interface loses the carrier, as when a cable is pulled.
    LinkDown {
        /// On which network; none for all of the lab's.
        network: Option<NetworkName>,
    },
    /// Nothing passes its interface, and the carrier stays, as when a cable is pulled beyond the switch.
    SilentCut {
        /// On which network; none for all of the lab's.
        network: Option<NetworkName>,
    },
    /// It and the other nodes do not hear each other. Clients reach all of them.
    Partition {
        /// On which network; none for all of the lab's.
        network: Option<NetworkName>,
    },
    /// Between it and the other nodes one direction is lost. Clients reach all of them.
    OneWay {
        /// Which direction.
        direction: Direction,
        /// On which network; none for all of the lab's.
        network: Option<NetworkName>,
    },
    /// One of the paths between it and the other nodes is cut, or it and its clients do not reach each other.
    PathCut {
        /// Which: one of its stacks', or `client`.
        path: PathName,
    },
    /// A part of all frames, to it and from it, is lost at random.
    Loss {
        /// How many, in percent, 1 to 99.
        percent: u32,
        /// On which network; none for all of the lab's.
        network: Option<NetworkName>,
    },
    /// No more than so much passes in each direction; what is above is dropped.
    Rate {
        /// Bytes in a second.
        limit: Bytes,
        /// On which network; none for all of the lab's.
        network: Option<NetworkName>,
    },
    /// Frames are held up in one direction, so that each answer takes so much longer.
    Delay {
        /// How long.
        latency: Millis,
        /// More or less by up to this, at random: jitter.
        variation: Millis,
        /// On which network; none for all of the lab's.
        network: Option<NetworkName>,
    },
    /// A part of all frames overtakes the others, which are held up.
    Reorder {
        /// How many, in percent, 1 to 99.
        percent: u32,
        /// How long the others are held up.
        latency: Millis,
        /// On which network; none for all of the lab's.
        network: Option<NetworkName>,
    },
    /// A disk answers with input/output errors.
    DiskError {
        /// Which.
        disk: DiskName,
        /// What fails.
        io: DiskIo,
    },
    /// A disk does only so much.
    SlowDisk {
        /// Which.
        disk: DiskName,
        /// Operations in a second, at least 1.
        operations: u32,
    },
    /// A file system has no room left.
    FullDisk {
        /// A folder on it, which must not be on the system's own disk.
        folder: String,
    },
    /// Both sides of a mirrored disk are written apart from each other, and then meet.
    SplitBrain,
}

/// What the clock of a machine does that stands still.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum PauseClock {
    /// It stands still too: the machine wakes up and believes that no time has passed.
    Frozen,
    /// It goes on: the machine wakes up and finds itself late.
    Running,
}

/// A direction, seen from the node.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// What the node sends.
    Out,
    /// What is sent to the node.
    In,
}

/// What of a disk fails.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum DiskIo {
    /// Reading.
    Reads,
    /// Writing.
    Writes,
    /// Both.
    All,
}

/// What a fault does to the node that it hits, as far as the rest of the cluster is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The node is off until it is switched on.
    Off,
    /// The nodes may lose sight of each other, or what watches over them is disturbed.
    Contact,
    /// Something inside of the node is broken, and nothing that nodes see of each other.
    Inside,
}

impl Fault {
    /// What it does to the node, as far as the rest of the cluster is concerned.
    pub fn effect(&self) -> Effect {
        match self {
            Fault::PowerCut | Fault::GracefulStop | Fault::KernelPanic => Effect::Off,
            Fault::Pause { .. }
            | Fault::CpuStarvation { .. }
            | Fault::ClockJump { .. }
            | Fault::ClusterKill { .. }
            | Fault::ClusterHang
            | Fault::LinkDown { .. }
            | Fault::SilentCut { .. }
            | Fault::Partition { .. }
            | Fault::OneWay { .. }
            | Fault::PathCut { .. }
            | Fault::Loss { .. }
            | Fault::Rate { .. }
            | Fault::Delay { .. }
            | Fault::Reorder { .. } => Effect::Contact,
            Fault::ServiceKill { .. }
            | Fault::ServiceHang { .. }
            | Fault::ServiceStop { .. }
            | Fault::DiskError { .. }
            | Fault::SlowDisk { .. }
            | Fault::FullDisk { .. }
            | Fault::SplitBrain => Effect::Inside,
        }
    }
}
