//! Telephone calls: their outcome and the quality of their voices.
//!
//! One number for a whole call hides what users experience: an outage of 1.7 s in a minute is a loss of 2.8
//! %, which is hardly noticeable when spread evenly. So silences and single seconds come first.

mod classes;
mod e_model;
mod ended;
mod lanes;
mod quality;
mod section;
mod streams;

use serde::Serialize;

pub use classes::{Classes, users};
pub use quality::Quality;

use super::analysis::StepDone;
use super::index::Index;
use super::own::{self, OwnReport};
use super::series::{Quantity, Unit};
use crate::model::{LoadName, StepName};
pub use crate::probe::call::{Callee, Medium, Plan, Way};

use crate::probe::call::WORD;
use crate::record::{Nanos, Record};

/// The outcome of the calls of a load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallsSummary {
    /// The load.
    pub load: LoadName,
    /// What was called, and how.
    pub plan: Plan,
    /// Failed attempts, by request and reason: `REGISTER no answer in time`.
    pub failed: std::collections::BTreeMap<String, usize>,
    /// Every call, by line.
    pub calls: Vec<CallRow>,
    /// The effect of each step on the calls that were up.
    pub steps: Vec<StepCalls>,
    /// Each direction of each line.
    pub streams: Vec<StreamRow>,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallRow {
    /// Its line, from 0.
    pub line: u32,
    /// Its number on the line, from 1.
    pub call: u32,
    /// When it was established.
    pub from: Nanos,
    /// When it ended; `None` if that was not seen.
    pub until: Option<Nanos>,
    /// How it ended.
    pub ending: CallEnding,
    /// The time from the first request to the exchange until it was established.
    pub set_up: Nanos,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallEnding {
    /// With the load.
    Load,
    /// Its users hung up after a silence.
    Silence,
    /// The exchange ended it.
    Exchange,
    /// Not in the record.
    Unknown,
}

/// The effect of a step on the calls that were up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepCalls {
    /// The step.
    pub step: StepName,
    /// Calls that were up at that time.
    pub up: usize,
    /// Those among them without any disturbance.
    pub undisturbed: usize,
    /// The silences in those that continued after one.
    pub recovered: Vec<Nanos>,
    /// The time from the silence until the users heard each other in a new call, for each dropped call;
    /// `None` if they never did.
    pub dropped: Vec<Option<Nanos>>,
}

/// One direction of a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamRow {
    /// The line, from 0.
    pub line: u32,
    /// Its direction.
    pub way: Way,
    /// Its medium.
    pub medium: Medium,
    /// The whole stream.
    pub whole: Judged,
    /// The part before the first step; `None` if there is none, or no step.
    pub before: Option<Judged>,
    /// Each call.
    pub calls: Vec<Quality>,
    /// Each second with packets.
    pub seconds: Vec<Second>,
    /// Periods in which at least three packets were missing, also between calls.
    pub silences: Vec<Silence>,
}

/// The figures of a stream over a long period, with their classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// The figures.
    pub quality: Quality,
    /// Their classes; `None` for video.
    pub classes: Option<Classes>,
}

/// A second of a stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Second {
    /// Its start.
    pub from: Nanos,
    /// Its figures.
    pub quality: Quality,
}

/// A period without received packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Silence {
    /// When the last packet before it arrived.
    pub from: Nanos,
    /// The time until the next packet arrived; if none did, until the last one was due.
    pub length: Nanos,
    /// Whether a packet arrived after it.
    pub ended: bool,
}

impl StreamRow {
    /// The second with the lowest rating; the first of several.
    pub fn worst_second(&self) -> Option<&Second> {
        let rated = self.seconds.iter().filter(|second| second.quality.rating.is_some());
        rated.min_by(|one, two| {
            let rating = |second: &Second| second.quality.rating.unwrap_or_default();
            rating(one).total_cmp(&rating(two))
        })
    }

    /// The longest silence; the first of several.
    pub fn longest_silence(&self) -> Option<&Silence> {
        self.silences.iter().rev().max_by_key(|silence| silence.length)
    }
}

/// The calls of all loads of a drill that make some.
pub fn calls(record: &Record) -> Vec<CallsSummary> {
    own::of(record, summaries)
}

/// The report on calls.
pub fn report(index: &Index<'_>, steps: &[StepDone]) -> Option<OwnReport> {
    let all = summaries(index, steps);
    if all.is_empty() {
        return None;
    }
    Some(OwnReport {
        sections: all.iter().map(section::section).collect(),
        quantities: all.iter().flat_map(quantities).collect(),
        lanes: lanes::lanes(&all),
        legend: Some("voice: users satisfied, many dissatisfied, not recommended (G.109)"),
        samples: all.iter().map(|calls| (calls.load.clone(), "20 ms samples")).collect(),
        ..OwnReport::new("calls", &all)
    })
}

/// The worst voice of a load: its quality before the first step, and its longest silence.
fn quantities(calls: &CallsSummary) -> Vec<Quantity> {
    let voices = || calls.streams.iter().filter(|stream| stream.medium == Medium::Voice);
    let before = voices().filter_map(|voice| voice.before.as_ref()?.quality.mos_cqe);
    let before = before.min_by(f64::total_cmp);
    let silence = voices().filter_map(|voice| Some(voice.longest_silence()?.length)).max();
    let before = before
        .map(|score| Quantity::new(&calls.load, "MOS-CQE of the worst voice, before", Unit::Mos, score));
    let silence = silence.map(|length| Quantity::time(&calls.load, "longest silence", length));
    before.into_iter().chain(silence).collect()
}

fn summaries(index: &Index<'_>, steps: &[StepDone]) -> Vec<CallsSummary> {
    let own = index.record.header.drill.loads.iter().filter(|load| load.kind.word() == WORD);
    own.filter_map(|load| Some(summary(index, &load.name, &Plan::of(&load.kind).ok()?, steps))).collect()
}

fn summary(index: &Index<'_>, load: &LoadName, plan: &Plan, steps: &[StepDone]) -> CallsSummary {
    let (calls, failed) = ended::calls(index, load);
    let first = steps.first().map(|step| step.called);
    let streams = streams::streams(index, load, plan, &calls, first);
    let steps = ended::by_step(steps, &calls, &streams, plan.redial_after.into());
    CallsSummary { load: load.clone(), plan: plan.clone(), failed, calls, steps, streams }
}
