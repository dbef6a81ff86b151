//! The figures of a drill, as plain data. Times are nanoseconds on the record's clock.

use serde::Serialize;

pub use super::client_steps::ClientStep;
use super::counts::{
    Availability, ClientsSummary, HolderSummary, InvariantResult, ProbeSummary, WritesSummary,
};
pub use super::grading::{FalseName, Grading};
use super::measures::MeasureSummary;
use super::own::{self, OwnReport};
use super::ramps::RampSummary;
use super::soak::SoakSummary;
pub use super::step_done::{StepDone, StepKind};
use crate::model::drill::Figure;
use crate::model::spec::Digest;
use crate::model::{DrillName, InstanceName, LabName, NodeName, Origin, Source, StepName};
use crate::record::{HostFacts, Nanos, Overload, Verdict};

/// All contents of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// The subject of the drill.
    pub subject: Subject,
    /// The verdict.
    pub verdict: Verdict,
    /// The reasons for the verdict, the gravest first; empty if the drill passed.
    pub reasons: Vec<Reason>,
    /// The steps that were performed on nodes.
    pub steps: Vec<StepDone>,
    /// The steps that a client did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_steps: Vec<ClientStep>,
    /// The figures of the drill.
    pub figures: Vec<FigureRow>,
    /// Every outage, however short.
    pub outages: Vec<Outage>,
    /// Takeovers from running nodes that no fault of the drill explains.
    pub false_takeovers: Vec<FalseTakeover>,
    /// What happened after each step with consequences, in order.
    pub timelines: Vec<Timeline>,
    /// The loads that the lab could hardly carry before the first step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<Overload>,
    /// Results of the clients, by load.
    pub clients: Vec<ClientsSummary>,
    /// The outages that each probe saw, except for the service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<ProbeSummary>,
    /// What only loads of certain kinds tell.
    #[serde(flatten, serialize_with = "own::fields")]
    pub own: Vec<OwnReport>,
    /// The outcome of writes, by load.
    pub writes: Vec<WritesSummary>,
    /// The holders of the virtual addresses.
    pub holders: Vec<HolderSummary>,
    /// The results of the invariants.
    pub invariants: Vec<InvariantResult>,
    /// The share of time with service.
    pub availability: Option<Availability>,
    /// When the first request to the service was due.
    pub measured_from: Nanos,
    /// When a request after the last one would have been due.
    pub measured_to: Nanos,
    /// The measurements inside nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<MeasureSummary>,
    /// How much the lab could serve.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ramps: Vec<RampSummary>,
    /// Who answered the requests, and whom the answers name, where the two disagree.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub false_names: Vec<FalseName>,
    /// Whether the verdict may give a mark.
    pub grading: Grading,
    /// The failures of a soak, if the drill was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<SoakSummary>,
}

/// The subject of a report: drill, lab and host.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
    /// The drill.
    pub drill: DrillName,
    /// A one-line description.
    pub title: String,
    /// The lab.
    pub lab: LabName,
    /// The lab's digest.
    pub lab_digest: Digest,
    /// The drill's digest.
    pub drill_digest: Digest,
    /// The instance.
    pub instance: InstanceName,
    /// The settings of the command line.
    pub settings: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// The accelerator of the guests.
    pub accelerator: String,
    /// Whether there were no guests and a model answered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The host.
    pub host: HostFacts,
    /// The start time.
    pub started: jiff::Timestamp,
    /// The time of its last event.
    pub length: Nanos,
}

/// One reason for a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The verdict that it supports.
    pub verdict: Verdict,
    /// The description of the event.
    pub text: String,
    /// Whose word it is.
    pub origin: Origin,
}

impl Reason {
    /// A reason that was seen from outside.
    pub fn seen(verdict: Verdict, text: impl Into<String>) -> Self {
        Self { verdict, text: text.into(), origin: Origin::Seen }
    }

    /// A reason that rests on the word of nodes.
    pub fn told(verdict: Verdict, text: impl Into<String>) -> Self {
        Self { verdict, text: text.into(), origin: Origin::Told }
    }
}

/// A measured duration. The true one is between the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// The best estimate.
    pub value: Nanos,
    /// The lower bound.
    pub low: Nanos,
    /// The upper bound; `None` when its end was not seen.
    pub high: Option<Nanos>,
}

impl Estimate {
    /// The largest distance of the true value from the estimate.
    pub fn error(&self) -> Option<Nanos> {
        self.high.map(|high| high.since(self.value).max(self.value.since(self.low)))
    }

    /// The sum of two consecutive durations.
    pub fn plus(self, other: Estimate) -> Estimate {
        Estimate {
            value: self.value.plus(other.value),
            low: self.low.plus(other.low),
            high: self.high.zip(other.high).map(|(one, two)| one.plus(two)),
        }
    }
}

/// The bounds of theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// The exclusive lower bound.
    pub low: Nanos,
    /// The inclusive upper bound; `None` if theory gives none.
    pub high: Option<Nanos>,
}

impl Bound {
    /// Whether the whole measured range is outside the bounds.
    pub fn excludes(&self, measured: &Estimate) -> bool {
        measured.high.is_some_and(|high| high < self.low) || self.high.is_some_and(|high| measured.low > high)
    }
}

/// The kind of an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutageLabel {
    /// A fault hit the holder of the address, and another node took over.
    Failover,
    /// A node came back, and the address moved to it.
    Failback,
    /// A fault of the drill, without a takeover: the service was down while the fault lasted, or until
    /// something other than a takeover restored it.
    Fault,
    /// A ramp of the drill exceeded the capacity of the lab.
    Overload,
    /// Anything else.
    Interruption,
}

impl OutageLabel {
    /// Whether it is an intended effect of a step.
    pub fn is_of_a_step(self) -> bool {
        matches!(self, Self::Failover | Self::Failback | Self::Fault)
    }
}

impl Outage {
    /// Its name in one or two words.
    pub fn what(&self) -> &'static str {
        match self.label {
            OutageLabel::Failover => "failover",
            OutageLabel::Failback => "failback",
            OutageLabel::Fault => "outage without failover",
            OutageLabel::Overload => "overload",
            OutageLabel::Interruption if self.false_takeover => "false failover",
            OutageLabel::Interruption => "interruption",
        }
    }
}

/// An outage: from the first of a run of failed requests to the first of three good ones in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// Its kind.
    pub label: OutageLabel,
    /// The last step before it.
    pub cause: Option<StepName>,
    /// When the first failed request was sent.
    pub began: Nanos,
    /// When the first good request after it was sent; `None` if no request succeeded.
    pub back: Option<Nanos>,
    /// When the answer to that one arrived.
    pub ended: Option<Nanos>,
    /// Its length.
    pub length: Estimate,
    /// The longest time around its ends without a request.
    pub gap: Nanos,
    /// The number of failed requests.
    pub failed: usize,
    /// The number of good answers inside it, too few in a row to end it.
    pub answered: usize,
    /// Whether it coincides with a false takeover, and so is not a figure of the drill.
    pub false_takeover: bool,
}

/// A takeover from a running node that no fault of the drill explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FalseTakeover {
    /// The node that was declared dead or lost the address.
    pub node: NodeName,
    /// The node that declared it dead or took the address.
    pub by: NodeName,
    /// The time of the first sign.
    pub at: Nanos,
    /// The source of the first sign.
    pub source: Source,
    /// Whose word the first sign is.
    pub origin: Origin,
    /// The times of all signs: log lines, moves and announcements of the address, and its return.
    pub signs: Vec<Nanos>,
}

/// An event after a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its permanent name: `detected`, `promoted`, `first-answer`.
    pub id: String,
    /// Its description.
    pub text: String,
    /// The node, if it belongs to one.
    pub node: Option<NodeName>,
    /// Its time.
    pub at: Nanos,
    /// Its source.
    pub source: Source,
    /// Whose word it is.
    pub origin: Origin,
    /// Whether it may have happened earlier, because the log was read only then.
    pub earlier: bool,
    /// The bounds of theory, from the start of the timeline.
    pub theory: Option<Bound>,
    /// Whether it is outside the bounds of theory, even with the error of the start.
    pub outside: bool,
}

/// The events after a step, from its effect to the return of the service and the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The step.
    pub step: StepName,
    /// The kind of outage that it caused.
    pub label: OutageLabel,
    /// The node of the step.
    pub node: NodeName,
    /// Its effect: the zero of the timeline.
    pub zero: Nanos,
    /// The events, in order.
    pub rows: Vec<Row>,
    /// The phases of the outage, if it was a failover and all phases were seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
}

/// The consecutive phases of a failover, from the fault on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Phases {
    /// From the fault until another node declares the holder dead, or elects itself.
    pub detection: Nanos,
    /// From then until another node answers for the virtual address.
    pub takeover: Nanos,
    /// From then until a client gets a good answer.
    pub recovery: Nanos,
    /// Whose word they are.
    pub origin: PhaseOrigins,
}

/// Whose word each phase is: a node's if an end of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PhaseOrigins {
    /// That of the detection.
    pub detection: Origin,
    /// That of the takeover.
    pub takeover: Origin,
    /// That of the recovery.
    pub recovery: Origin,
}

impl FigureRow {
    /// The allowed range as text: `up to 60 s`, `20 s to 40 s`; `None` if there is no limit.
    pub fn allowed(&self, plain: impl Fn(Nanos) -> String) -> Option<String> {
        match (self.min.map(&plain), self.max.map(&plain)) {
            (None, None) => None,
            (None, Some(max)) => Some(format!("up to {max}")),
            (Some(min), None) => Some(format!("at least {min}")),
            (Some(min), Some(max)) => Some(format!("{min} to {max}")),
        }
    }
}

impl Timeline {
    /// The phases of the failover, if the rows show them in this order.
    pub fn split(&self) -> Option<Phases> {
        if self.label != OutageLabel::Failover {
            return None;
        }
        let row = |id: &str| self.rows.iter().find(|row| row.id == id);
        let detected = row("detected").or_else(|| row("elected"))?;
        let (moved, answered) = (row("address-moved")?, row("first-answer")?);
        (detected.at <= moved.at && moved.at <= answered.at).then_some(Phases {
            detection: detected.at.since(self.zero),
            takeover: moved.at.since(detected.at),
            recovery: answered.at.since(moved.at),
            origin: PhaseOrigins {
                detection: detected.origin,
                takeover: detected.origin.max(moved.origin),
                recovery: moved.origin.max(answered.origin),
            },
        })
    }

    /// The time of the row with this name, from the start of the timeline.
    pub fn after(&self, id: &str) -> Option<Nanos> {
        self.rows.iter().find(|row| row.id == id).map(|row| row.at.since(self.zero))
    }
}

/// A figure of the drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureRow {
    /// The figure.
    pub figure: Figure,
    /// The measured value.
    pub measured: Option<Estimate>,
    /// The largest allowed value.
    pub max: Option<Nanos>,
    /// The smallest expected value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Nanos>,
    /// The value that the paper published.
    pub paper: Option<Nanos>,
    /// The bounds of theory.
    pub theory: Option<Bound>,
    /// Whether the whole measured range is outside those bounds.
    pub outside: bool,
    /// Why there is no measured value.
    pub missing: Option<String>,
    /// Whose word it is.
    pub origin: Origin,
}
