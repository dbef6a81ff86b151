//! What a drill is: an experiment on a lab. Made from `drills/<name>.toml` by [`crate::drill::load`], performed by
//! [`crate::drill::run`], kept in the header of its record, and read again by [`crate::report`].

use serde::{Deserialize, Serialize};

use super::choice::choice;
use super::fault::Fault;
pub use super::load::{Load, LoadKind, LoadTrait};
use super::{AddressName, DrillName, Measure, Millis, NodeName, Ramp, StepName};

/// A drill, checked against its lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// Its name.
    pub name: DrillName,
    /// One line on what it is.
    pub title: String,
    /// What must hold before the first step.
    pub steady: Steady,
    /// What clients do, in the order of the file. The first that asks a service is what outages are of.
    pub loads: Vec<Load>,
    /// What is done to the lab. A step comes after those that it refers to.
    pub steps: Vec<Step>,
    /// What is waited for after the last step.
    pub settle: Settle,
    /// Bounds, and what a paper published.
    pub expect: Vec<Expectation>,
    /// What may never be broken.
    pub invariants: Vec<Invariant>,
    /// Of those, what is broken when all goes as expected. That it is kept is a failure then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected_violations: Vec<Invariant>,
    /// How long two nodes may answer for an address when it moves, and count as one holder all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<Millis>,
    /// What nodes measure after the baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// What is asked more and more often after that, to see how much the lab can serve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ramps: Vec<Ramp>,
    /// How long the loads go on, when that is all: a soak, in which nothing is done to the lab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak: Option<Millis>,
}

impl Drill {
    /// The step of this name.
    pub fn step(&self, name: &StepName) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == *name)
    }

    /// The load that outages are measured on.
    pub fn service(&self) -> Option<&Load> {
        self.loads.iter().find(|load| load.kind.is_service())
    }

    /// The virtual addresses that the drill concerns, each once.
    pub fn addresses(&self) -> Vec<&AddressName> {
        let targets = self.steps.iter().filter_map(|step| match &step.target {
            Target::Holder(address)
            | Target::Preferred(address)
            | Target::Standby(address)
            | Target::Random(address) => Some(address),
            Target::Step(_) | Target::Others(_) | Target::Node(_) => None,
        });
        let mut names: Vec<_> = self.loads.iter().map(|load| &load.address).chain(targets).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The steady state: without it nothing is cut, and the drill is inconclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steady {
    /// How long every health check of the lab has to become healthy.
    pub within: Millis,
    /// How long the loads then run without one failure; the response times "before" are of this time.
    pub baseline: Millis,
}

/// Something done to the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: StepName,
    /// When.
    pub trigger: Trigger,
    /// It is put off by a random part of this, so that a cut is at no fixed phase of the cluster's own clock.
    pub jitter: Millis,
    /// What.
    pub action: StepAction,
    /// To which node.
    pub target: Target,
}

/// When a step is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// So long after the steady state was established.
    At(Millis),
    /// So long after another step was done.
    After {
        /// The other step.
        step: StepName,
        /// How long after.
        delay: Millis,
    },
    /// So long after something happened. When it does not happen in time the drill is inconclusive.
    When {
        /// What has to happen, after the step before this one.
        signal: Signal,
        /// How long after.
        delay: Millis,
        /// How long it is waited for.
        within: Millis,
    },
}

/// What a step can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Another node answers for the virtual address.
    AddressMoved,
    /// After failures, the service answers well three times in a row.
    ServiceRestored,
    /// A node becomes the primary of a mirrored disk.
    Promoted,
    /// A node is no longer the primary of a mirrored disk.
    Demoted,
    /// A mirrored disk begins to be synchronised.
    ResyncStarted,
    /// A mirrored disk is the same on both sides again.
    Resynced,
    /// The cluster manager of a node takes a peer for dead.
    Detected,
}

/// The most loads, steps, measurements and ramps that a drill may have of each.
pub const MOST_PARTS: usize = 100;

/// What is done to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepAction {
    /// This is done to it.
    Inject(Fault),
    /// What the step that is its target did to it is taken back.
    Heal,
    /// It is switched on.
    PowerOn,
}

impl StepAction {
    /// Whether it does something bad.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            StepAction::Inject(fault) => Some(fault),
            StepAction::Heal | StepAction::PowerOn => None,
        }
    }
}

/// Which node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The node that holds this virtual address at that time.
    Holder(AddressName),
    /// The node that this virtual address is to be on when all are well: the first of its stack.
    Preferred(AddressName),
    /// The first node that could hold this virtual address and does not, at that time.
    Standby(AddressName),
    /// A node that could hold this virtual address, drawn at random.
    Random(AddressName),
    /// The nodes that this other step hit.
    Step(StepName),
    /// All nodes that this other step did not hit.
    Others(StepName),
    /// This node.
    Node(NodeName),
}

/// The end of a drill: it is over when all of this holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// What has to hold.
    pub until: Vec<SettleGoal>,
    /// How long the service must then go on without a failure.
    pub calm: Millis,
    /// How long all of it may take after the last step.
    pub within: Millis,
}

/// What a drill waits for at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettleGoal {
    /// Every health check of the lab holds again.
    Redundant,
    /// The virtual address is on its preferred node again, if the cluster is set to move it there by itself.
    FailedBack,
}

/// What is expected of a measured figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The figure.
    pub figure: Figure,
    /// The drill fails when the measured value is above this.
    pub max: Option<Millis>,
    /// The drill fails when the measured value is below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Millis>,
    /// What the paper that the lab reproduces published; printed beside the measured value.
    pub paper: Option<Millis>,
}

/// A figure that an expectation can be about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// The time without service after a fault of the holder, until another node had taken over.
    Failover,
    /// The time without service while the address moves back to a node that returned.
    Failback,
    /// From the cut until the first acknowledged write after it.
    WriteOutage,
    /// From the cut until every health check holds again.
    Redundancy,
    /// The time without service while a fault lasts that nobody takes over from.
    Outage,
}

choice!(Figure {
    Failover = "failover",
    Failback = "failback",
    WriteOutage = "write-outage",
    Redundancy = "redundancy",
    Outage = "outage",
});

/// What may never be broken.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Invariant {
    /// At no time do two nodes answer for a virtual address.
    OneHolder,
    /// Every acknowledged write is there at the end.
    AcknowledgedWrites,
    /// The virtual address is at the end where the cluster's failback setting says.
    FailbackAsDeclared,
    /// All copies of the data are equal at the end.
    ReplicasEqual,
    /// At no time are two nodes primary for the same DRBD disk.
    OnePrimary,
    /// DRBD never finds that both sides have changed data without the other.
    NoSplitBrain,
    /// Both disks of a DRBD mirror hold the same at the end, byte for byte.
    DisksEqual,
    /// Who does not hold the virtual address at the end has let go of all of it: the address and the mirrored disk.
    Released,
    /// No node was harmed: no errors of a kernel or a file system, no program killed, no full disk, no wrong clock.
    NoCollateral,
    /// No node takes the virtual address over from one that may still run: that one was off before (fenced), or gave it up in order.
    FencedTakeover,
}
