//! A drill: an experiment on a lab. [`crate::drill::load`] makes it from `drills/<name>.toml`,
//! [`crate::drill::run`] performs it, the header of its record keeps it, and [`crate::report`] reads it
//! again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choice::choice;
use super::fault::Fault;
pub use super::load::{Load, LoadKind, LoadTrait};
use super::{AddressName, DrillName, Measure, Millis, NodeName, Ramp, StackName, StepName, Value};

/// A drill, checked against its lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// Its name.
    pub name: DrillName,
    /// A one-line description.
    pub title: String,
    /// What must hold before the first step.
    pub steady: Steady,
    /// What clients do, in the order of the file. Outages are measured on the first load that queries a
    /// service.
    pub loads: Vec<Load>,
    /// Steps, each after those that it refers to.
    pub steps: Vec<Step>,
    /// When the drill ends after the last step.
    pub settle: Settle,
    /// Bounds, and what a paper published.
    pub expect: Vec<Expectation>,
    /// What must never be violated.
    pub invariants: Vec<Invariant>,
    /// The invariants that this drill is expected to violate. The drill fails if they hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected_violations: Vec<Invariant>,
    /// How long two nodes may both answer for a moving address and still count as one holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<Millis>,
    /// What nodes measure after the baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// Loads with a rising rate, run after that to find the capacity of the lab.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ramps: Vec<Ramp>,
    /// How long the loads go on in a soak, which has no steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak: Option<Millis>,
    /// Whether it looks at the lab as it finds it, without waiting for the steady state: for a lab that is
    /// perhaps broken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_found: bool,
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

    /// The virtual addresses that the drill refers to, each once.
    pub fn addresses(&self) -> Vec<&AddressName> {
        let targets = self.steps.iter().filter_map(|step| match &step.target {
            Target::Holder(address)
            | Target::Preferred(address)
            | Target::Standby(address)
            | Target::Random(address) => Some(address),
            Target::Step(_) | Target::Others(_) | Target::Node(_) | Target::Client => None,
        });
        let mut names: Vec<_> = self.loads.iter().map(|load| &load.address).chain(targets).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The steady state. If it is not reached, no fault is injected and the drill is inconclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steady {
    /// How long the health checks may take to become healthy.
    pub within: Millis,
    /// How long the loads then run without a failure; the response times "before" are measured in it.
    pub baseline: Millis,
}

/// One action on the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: StepName,
    /// When.
    pub trigger: Trigger,
    /// The upper bound of a random delay, so that faults hit no fixed phase of the cluster's own timers.
    pub jitter: Millis,
    /// The action.
    pub action: StepAction,
    /// The node.
    pub target: Target,
}

/// When a step is performed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// This long after the steady state was established.
    At(Millis),
    /// This long after another step was performed.
    After {
        /// The other step.
        step: StepName,
        /// The delay.
        delay: Millis,
    },
    /// This long after an event. If the event does not happen in time, the drill is inconclusive.
    When {
        /// The event, which has to happen after the preceding step.
        signal: Signal,
        /// The delay.
        delay: Millis,
        /// How long to wait for the event.
        within: Millis,
    },
}

/// An event that a step can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Another node answers for the virtual address.
    AddressMoved,
    /// After failures, the service answers correctly three times in a row.
    ServiceRestored,
    /// A node becomes the primary of a mirrored disk.
    Promoted,
    /// A node is no longer the primary of a mirrored disk.
    Demoted,
    /// A mirrored disk begins to be synchronised.
    ResyncStarted,
    /// A mirrored disk is the same on both sides again.
    Resynced,
    /// The cluster manager of a node declares a peer dead.
    Detected,
}

/// The largest number of loads, steps, measurements and ramps in a drill, each.
pub const MOST_PARTS: usize = 100;

/// An action on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepAction {
    /// Injects this fault.
    Inject(Fault),
    /// Heals the fault of the step that is its target.
    Heal,
    /// Switches the node on.
    PowerOn,
    /// Runs a script of the lab in the node, or as a client.
    Run(StepScript),
    /// Configures a stack on the node with other parameters.
    Set(StackSetting),
}

/// Other parameters of a stack, for the node of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackSetting {
    /// The lab's name of the stack.
    pub stack: StackName,
    /// The parameters that differ from those of the lab.
    pub with: BTreeMap<String, Value>,
}

/// A script that a step runs in a node, as root, or as a client, without rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepScript {
    /// The name of its file in `steps/` of the lab.
    pub file: String,
    /// Its text: in a node for `sh -eu`, as a client for the interpreter that its first line names.
    pub text: String,
}

impl StepAction {
    /// The fault that it injects, if it does.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            StepAction::Inject(fault) => Some(fault),
            StepAction::Heal | StepAction::PowerOn | StepAction::Run(_) | StepAction::Set(_) => None,
        }
    }
}

/// How a step chooses its node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The node that holds this virtual address at that time.
    Holder(AddressName),
    /// The preferred node of this virtual address: the first of its stack.
    Preferred(AddressName),
    /// The first node that could hold this virtual address and does not at that time.
    Standby(AddressName),
    /// A node that could hold this virtual address, drawn at random.
    Random(AddressName),
    /// The nodes on which another step acted.
    Step(StepName),
    /// All nodes on which another step did not act.
    Others(StepName),
    /// This node.
    Node(NodeName),
    /// No node: a client of the lab.
    Client,
}

/// The end of a drill: all of this has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// The goals.
    pub until: Vec<SettleGoal>,
    /// How long the service must then go on without a failure.
    pub calm: Millis,
    /// How long all of it may take after the last step.
    pub within: Millis,
}

/// A goal at the end of a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettleGoal {
    /// Every health check of the lab passes again.
    Redundant,
    /// The virtual address is on its preferred node again, if the cluster fails back automatically.
    FailedBack,
}

/// An expected value of a measured figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The figure.
    pub figure: Figure,
    /// The drill fails when the measured value is above this.
    pub max: Option<Millis>,
    /// The drill fails when the measured value is below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Millis>,
    /// The value in the paper that the lab reproduces; printed beside the measured value.
    pub paper: Option<Millis>,
}

/// A figure for which a value can be expected.
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
    /// From the cut until every health check passes again.
    Redundancy,
    /// The time without service while a fault lasts that causes no takeover.
    Outage,
}

choice!(Figure {
    Failover = "failover",
    Failback = "failback",
    WriteOutage = "write-outage",
    Redundancy = "redundancy",
    Outage = "outage",
});

/// A property that must never be violated.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Invariant {
    /// At no time do two nodes answer for a virtual address.
    OneHolder,
    /// Every acknowledged write is present at the end.
    AcknowledgedWrites,
    /// At the end, the virtual address is where the cluster's failback setting puts it.
    FailbackAsDeclared,
    /// All copies of the data are equal at the end.
    ReplicasEqual,
    /// At no time are two nodes primary for the same DRBD disk.
    OnePrimary,
    /// DRBD never finds that both sides have changed data without the other.
    NoSplitBrain,
    /// Both disks of a DRBD mirror are equal at the end, byte for byte.
    DisksEqual,
    /// At the end, each node that does not hold the virtual address has released both the address and the
    /// mirrored disk.
    Released,
    /// No node took damage: no kernel or file system errors, no killed program, no full disk, no wrong clock.
    NoCollateral,
    /// A node takes the virtual address over only from a node that was off before (fenced) or released it in
    /// order.
    FencedTakeover,
}

choice!(Invariant {
    OneHolder = "one-holder",
    AcknowledgedWrites = "acknowledged-writes",
    FailbackAsDeclared = "failback-as-declared",
    ReplicasEqual = "replicas-equal",
    OnePrimary = "one-primary",
    NoSplitBrain = "no-split-brain",
    DisksEqual = "disks-equal",
    Released = "released",
    NoCollateral = "no-collateral",
    FencedTakeover = "fenced-takeover",
});
