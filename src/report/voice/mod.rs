//! What was heard on telephones: calls and what became of them, and how good their voices were.
//!
//! One number for a whole call hides what its users met: an outage of 1.7 s in a minute is a loss of 2.8 %, which a voice
//! that loses packets here and there bears well. So the silences and the single seconds come first.

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

/// What became of the calls of a load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallsSummary {
    /// The load.
    pub load: LoadName,
    /// What was called, and how.
    pub plan: Plan,
    /// Attempts that came to nothing, by what they were and why: `REGISTER no answer in time`.
    pub failed: std::collections::BTreeMap<String, usize>,
    /// Every call, line by line.
    pub calls: Vec<CallRow>,
    /// What each step did to the calls that were up.
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
    /// When it was up.
    pub from: Nanos,
    /// When it ended; none if that was not seen.
    pub until: Option<Nanos>,
    /// How.
    pub ending: CallEnding,
    /// The time from the first word to the exchange until it was up.
    pub set_up: Nanos,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallEnding {
    /// With the load.
    Load,
    /// Its users hung up, because they heard nothing.
    Silence,
    /// The exchange ended it.
    Exchange,
    /// That is not in the record.
    Unknown,
}

/// What a step did to the calls that were up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepCalls {
    /// The step.
    pub step: StepName,
    /// Calls that were up when it was done.
    pub up: usize,
    /// Of those, the ones in which nobody noticed anything.
    pub undisturbed: usize,
    /// And how long it was silent in those that went on after a silence.
    pub recovered: Vec<Nanos>,
    /// And how long it was silent for the users of those that were dropped, until they heard each other in a new call; none
    /// if they never did.
    pub dropped: Vec<Option<Nanos>>,
}

/// One direction of a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamRow {
    /// The line, from 0.
    pub line: u32,
    /// Which way.
    pub way: Way,
    /// What it carries.
    pub medium: Medium,
    /// All of it.
    pub whole: Judged,
    /// What was sent before the first step; none if nothing was, or nothing was done.
    pub before: Option<Judged>,
    /// Each call.
    pub calls: Vec<Quality>,
    /// Each second in which something was sent.
    pub seconds: Vec<Second>,
    /// Times in which nothing came of at least three packets, also between calls.
    pub silences: Vec<Silence>,
}

/// The figures of a stream over a long span, and their classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// The figures.
    pub quality: Quality,
    /// Their classes; none of video.
    pub classes: Option<Classes>,
}

/// A second of a stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Second {
    /// When it began.
    pub from: Nanos,
    /// How it was.
    pub quality: Quality,
}

/// A time in which nothing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Silence {
    /// When the last packet before it came.
    pub from: Nanos,
    /// How long until the next came; if none did, until the last one was due.
    pub length: Nanos,
    /// Whether something came after it.
    pub ended: bool,
}

impl StreamRow {
    /// The second with the lowest rating, the first of several.
    pub fn worst_second(&self) -> Option<&Second> {
        let rated = self.seconds.iter().filter(|second| second.quality.rating.is_some());
        rated.min_by(|one, two| {
            let rating = |second: &Second| second.quality.rating.unwrap_or_default();
            rating(one).total_cmp(&rating(two))
        })
    }

    /// The longest silence, the first of several.
    pub fn longest_silence(&self) -> Option<&Silence> {
        self.silences.iter().rev().max_by_key(|silence| silence.length)
    }
}

/// The calls of all loads of a drill that make some.
pub fn calls(record: &Record) -> Vec<CallsSummary> {
    own::of(record, summaries)
}

/// What there is to say of calls.
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

/// The worst voice of a load: as it was before anything was done, and its longest silence.
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
