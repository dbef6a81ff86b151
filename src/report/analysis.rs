//! The figures of a drill, as plain data. Times are nanoseconds on the clock of the record.

use serde::Serialize;

use super::counts::{
    Availability, ClientsSummary, HolderSummary, InvariantResult, ProbeSummary, WritesSummary,
};
use super::measures::MeasureSummary;
use super::own::{self, OwnReport};
use super::ramps::RampSummary;
use super::soak::SoakSummary;
pub use super::step_done::{StepDone, StepKind};
use crate::model::drill::Figure;
use crate::model::spec::Digest;
use crate::model::{DrillName, InstanceName, LabName, NodeName, Source, StepName};
use crate::record::{HostFacts, Nanos, Overload, Verdict};

/// Everything that a report says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// What it is about.
    pub subject: Subject,
    /// What to make of it.
    pub verdict: Verdict,
    /// Why, the gravest first. A drill that passed has none.
    pub reasons: Vec<Reason>,
    /// What was done to the lab.
    pub steps: Vec<StepDone>,
    /// The figures that the drill is about.
    pub figures: Vec<FigureRow>,
    /// Every time without service, however short.
    pub outages: Vec<Outage>,
    /// Takeovers from nodes that were on, which no fault of the drill explains.
    pub false_takeovers: Vec<FalseTakeover>,
    /// What happened after each step that had consequences, in order.
    pub timelines: Vec<Timeline>,
    /// The loads that the lab could hardly carry before anything was done to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<Overload>,
    /// How clients fared, by load.
    pub clients: Vec<ClientsSummary>,
    /// What each probe saw by itself, the service aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<ProbeSummary>,
    /// What only loads of certain kinds tell.
    #[serde(flatten, serialize_with = "own::fields")]
    pub own: Vec<OwnReport>,
    /// What became of writes, by load.
    pub writes: Vec<WritesSummary>,
    /// Who held the virtual addresses.
    pub holders: Vec<HolderSummary>,
    /// Whether what may never be broken was kept.
    pub invariants: Vec<InvariantResult>,
    /// The share of time with service.
    pub availability: Option<Availability>,
    /// When the first request to the service was due.
    pub measured_from: Nanos,
    /// When the request after the last one would have been.
    pub measured_to: Nanos,
    /// What nodes measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<MeasureSummary>,
    /// How much the lab could serve.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ramps: Vec<RampSummary>,
    /// What happened although nothing was done, if the drill was a soak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<SoakSummary>,
}

/// What was done to what, where.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
    /// The drill.
    pub drill: DrillName,
    /// One line on it.
    pub title: String,
    /// The lab.
    pub lab: LabName,
    /// The lab's digest.
    pub lab_digest: Digest,
    /// The drill's digest.
    pub drill_digest: Digest,
    /// The instance.
    pub instance: InstanceName,
    /// What was set on the command line.
    pub settings: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// How the guests ran.
    pub accelerator: String,
    /// There were no guests: what happened is the answer of a model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// Where it ran.
    pub host: HostFacts,
    /// When it began.
    pub started: jiff::Timestamp,
    /// When its last event was.
    pub length: Nanos,
}

/// One reason for a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The verdict that it speaks for.
    pub verdict: Verdict,
    /// What happened, in words.
    pub text: String,
}

/// A measured span of time. The true one is between the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// The best single figure.
    pub value: Nanos,
    /// It was no shorter than this.
    pub low: Nanos,
    /// It was no longer than this; none when its end was not seen.
    pub high: Option<Nanos>,
}

impl Estimate {
    /// How far the truth can be from the figure.
    pub fn error(&self) -> Option<Nanos> {
        self.high.map(|high| high.since(self.value).max(self.value.since(self.low)))
    }

    /// One after the other.
    pub fn plus(self, other: Estimate) -> Estimate {
        Estimate {
            value: self.value.plus(other.value),
            low: self.low.plus(other.low),
            high: self.high.zip(other.high).map(|(one, two)| one.plus(two)),
        }
    }
}

/// What theory allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// More than this.
    pub low: Nanos,
    /// At most this; none if theory does not say.
    pub high: Option<Nanos>,
}

impl Bound {
    /// Whether no value that the measurement leaves possible is inside.
    pub fn excludes(&self, measured: &Estimate) -> bool {
        measured.high.is_some_and(|high| high < self.low) || self.high.is_some_and(|high| measured.low > high)
    }
}

/// What an outage was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutageLabel {
    /// A fault hit the holder of the address, and another node took over.
    Failover,
    /// A node came back, and the address moved to it.
    Failback,
    /// A fault of the drill, without a takeover: the service was away as long as it lasted, or until something else
    /// than a takeover brought it back.
    Fault,
    /// A ramp of the drill asked for more than the lab can serve.
    Overload,
    /// Something else.
    Interruption,
}

impl OutageLabel {
    /// Whether it is what a step of the drill was to show.
    pub fn is_of_a_step(self) -> bool {
        matches!(self, Self::Failover | Self::Failback | Self::Fault)
    }
}

impl Outage {
    /// What it was, in a word or two.
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

/// A time without service: from the first of a run of failed requests to the first of three good ones in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// What it was.
    pub label: OutageLabel,
    /// The last step before it.
    pub cause: Option<StepName>,
    /// When the first failed request was sent.
    pub began: Nanos,
    /// When the first good request after it was sent; none if none was answered well.
    pub back: Option<Nanos>,
    /// When that one's answer came.
    pub ended: Option<Nanos>,
    /// How long.
    pub length: Estimate,
    /// The longest time around its ends in which no request was sent.
    pub gap: Nanos,
    /// Failed requests.
    pub failed: usize,
    /// Good answers in between, too few in a row to count as service.
    pub answered: usize,
    /// It came with a false takeover, and so is no figure of the drill.
    pub false_takeover: bool,
}

/// A takeover from a node that was on, which no fault of the drill explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FalseTakeover {
    /// The node that was taken for dead, or lost the address.
    pub node: NodeName,
    /// The node that took it for dead, or took the address.
    pub by: NodeName,
    /// When it first showed.
    pub at: Nanos,
    /// Where it first showed.
    pub source: Source,
    /// When it showed: it was told in a log, the address moved or was announced, it moved back.
    pub signs: Vec<Nanos>,
}

/// Something that happened after a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What, as a name that stays: `detected`, `promoted`, `first-answer`.
    pub id: String,
    /// What, in words.
    pub text: String,
    /// The node that it is of.
    pub node: Option<NodeName>,
    /// When.
    pub at: Nanos,
    /// Where it was seen.
    pub source: Source,
    /// It may have been any time before, because the log was only read then.
    pub earlier: bool,
    /// What theory allows, from the beginning of the timeline.
    pub theory: Option<Bound>,
    /// Whether it is outside of what theory allows, whatever the error of the beginning.
    pub outside: bool,
}

/// What happened after a step, from its effect to the service's return and the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The step.
    pub step: StepName,
    /// What it led to.
    pub label: OutageLabel,
    /// The node that it was done to.
    pub node: NodeName,
    /// Its effect: the zero of the timeline.
    pub zero: Nanos,
    /// What happened, in order.
    pub rows: Vec<Row>,
    /// What the time without service consists of, if it was a failover and each of its phases was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
}

/// The phases of a failover, one after the other from the fault on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Phases {
    /// From the fault until another node declares the holder dead, or elects itself.
    pub detection: Nanos,
    /// From there until another node answers for the virtual address.
    pub takeover: Nanos,
    /// From there until a client has a good answer.
    pub recovery: Nanos,
}

impl FigureRow {
    /// What the drill allows, in words: `up to 60 s`, `20 s to 40 s`; none if it allows everything.
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
    /// The phases of the failover, as far as the rows show them in this order.
    pub fn split(&self) -> Option<Phases> {
        if self.label != OutageLabel::Failover {
            return None;
        }
        let detected = self.after("detected").or_else(|| self.after("elected"))?;
        let (moved, answered) = (self.after("address-moved")?, self.after("first-answer")?);
        (detected <= moved && moved <= answered).then_some(Phases {
            detection: detected,
            takeover: moved.since(detected),
            recovery: answered.since(moved),
        })
    }

    /// The row of this name, counted from the beginning of the timeline.
    pub fn after(&self, id: &str) -> Option<Nanos> {
        self.rows.iter().find(|row| row.id == id).map(|row| row.at.since(self.zero))
    }
}

/// A figure that the drill is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureRow {
    /// Which.
    pub figure: Figure,
    /// What was measured.
    pub measured: Option<Estimate>,
    /// The most that the drill allows.
    pub max: Option<Nanos>,
    /// The least that the drill expects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Nanos>,
    /// What the paper published.
    pub paper: Option<Nanos>,
    /// What theory allows.
    pub theory: Option<Bound>,
    /// Whether what was measured is outside of that, whatever its error.
    pub outside: bool,
    /// Why nothing was measured.
    pub missing: Option<String>,
}
