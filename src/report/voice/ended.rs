//! Calls, and the effect of steps on those that were up.

use std::collections::BTreeMap;

use super::{CallEnding, CallRow, Silence, StepCalls, StreamRow};
use crate::model::LoadName;
use crate::probe::call::{CallEvent, Medium, Phase};
use crate::record::Nanos;
use crate::report::analysis::StepDone;
use crate::report::clients::kind;
use crate::report::index::Index;

/// A silence that began up to this long before a step was started may still be its effect, because of packets
/// in transit.
const BEFORE: Nanos = Nanos::millis(60);

/// The calls of a load by line, and the number of failed attempts by request and reason.
pub fn calls(index: &Index<'_>, load: &LoadName) -> (Vec<CallRow>, BTreeMap<String, usize>) {
    let mut calls: Vec<CallRow> = Vec::new();
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    for event in &index.record.events {
        let Some((_, told)) = CallEvent::read(&event.what).filter(|(own, _)| *own == load) else { continue };
        let CallEvent { line, call, phase } = told;
        let ending = match phase {
            Phase::Answered { took } => {
                let (until, ending) = (None, CallEnding::Unknown);
                let row = CallRow { line, call, from: event.t, until, ending, set_up: took };
                calls.push(row);
                continue;
            }
            Phase::Failed { request, answer } => {
                let why = kind(&answer).unwrap_or_default();
                *failed.entry(format!("{request} {why}")).or_default() += 1;
                continue;
            }
            Phase::Silent => CallEnding::Silence,
            Phase::HungUp => CallEnding::Exchange,
            Phase::Ended => CallEnding::Load,
        };
        if let Some(row) = calls.iter_mut().rfind(|row| (row.line, row.call) == (line, call)) {
            (row.until, row.ending) = (Some(event.t), ending);
        }
    }
    calls.sort_by_key(|row| (row.line, row.call));
    (calls, failed)
}

/// The effect of each step on the calls that were up, until the next step.
pub fn by_step(
    steps: &[StepDone],
    calls: &[CallRow],
    streams: &[StreamRow],
    redial: Nanos,
) -> Vec<StepCalls> {
    let ends = steps.iter().skip(1).map(|step| step.called).chain([Nanos(u64::MAX)]);
    let spans = steps.iter().zip(ends).filter(|(step, _)| step.failure.is_none());
    let told = spans.map(|(step, until)| {
        let mut told = StepCalls {
            step: step.step.clone(),
            up: 0,
            undisturbed: 0,
            recovered: Vec::new(),
            dropped: Vec::new(),
        };
        let from = Nanos(step.called.0.saturating_sub(BEFORE.0));
        for call in calls.iter().filter(|call| call.from <= step.called && broke(call, redial) >= from) {
            told.up += 1;
            let silence = silence_of(call, streams, from, until);
            match (broke(call, redial) < until, silence) {
                (true, silence) => told.dropped.push(silence.filter(|own| own.ended).map(|own| own.length)),
                (false, Some(silence)) => told.recovered.push(silence.length),
                (false, None) => told.undisturbed += 1,
            }
        }
        told
    });
    told.collect()
}

/// When the cause of a call's end happened; never, if it ended with the load.
fn broke(call: &CallRow, redial: Nanos) -> Nanos {
    match (call.ending, call.until) {
        (CallEnding::Silence, Some(until)) => Nanos(until.0.saturating_sub(redial.0)),
        (CallEnding::Exchange, Some(until)) => until,
        _ => Nanos(u64::MAX),
    }
}

/// The longest silence on a call's line, in either direction, that began in a period.
fn silence_of(call: &CallRow, streams: &[StreamRow], from: Nanos, until: Nanos) -> Option<Silence> {
    let voices = streams.iter().filter(|stream| stream.line == call.line && stream.medium == Medium::Voice);
    let silences = voices.flat_map(|stream| &stream.silences);
    silences
        .filter(|silence| silence.from >= from && silence.from < until)
        .max_by_key(|own| own.length)
        .copied()
}
