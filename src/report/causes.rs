//! What was done when, and which outage came of it.

use super::analysis::{FalseTakeover, Outage, OutageLabel, StepDone};
use super::holder::{holder_at, last_sign};
use super::index::{Index, Round};
use super::outages::{Run, find};
use crate::model::NodeName;
use crate::model::drill::{Load, StepAction};
use crate::record::{Nanos, Sample};

/// An address that moves is asked about in between; a node that holds it is sure to have answered this soon after.
const HOLDER_SETTLED: Nanos = Nanos::millis(500);

/// The steps as they were done, in order.
pub fn steps(index: &Index<'_>) -> Vec<StepDone> {
    let drill = &index.record.header.drill;
    let rounds = drill.service().map_or(&[][..], |load| index.rounds_of(&load.address));
    let known = index.step_calls().into_iter().filter_map(|call| Some((call, drill.step(call.step)?)));
    known
        .map(|(call, step)| {
            let held = holder_at(rounds, call.called) == Some(call.node);
            let returned = call.returned.unwrap_or(index.last);
            let (earliest, latest) = match step.action {
                StepAction::PowerCut if held => effect(rounds, call.node, call.called, returned),
                StepAction::PowerCut | StepAction::PowerOn => (call.called, returned),
            };
            StepDone {
                step: call.step.clone(),
                action: step.action,
                node: call.node.clone(),
                held,
                called: call.called,
                returned: call.returned,
                earliest,
                latest,
                failure: call.failure.map(str::to_owned),
            }
        })
        .collect()
}

/// When a cut took effect: after the last answer of the node, and before it would have answered a question that it
/// did not answer; within the call in any case.
fn effect(rounds: &[Round<'_>], node: &NodeName, called: Nanos, returned: Nanos) -> (Nanos, Nanos) {
    let (sign, silent) = last_sign(rounds, node, called, returned);
    let earliest = sign.unwrap_or(called).clamp(called, returned);
    let answers = rounds.iter().filter(|round| round.asked < called);
    let delays = answers.flat_map(|round| round.answers.iter().map(|answer| answer.at.since(round.asked)));
    let slowest = delays.max().unwrap_or_default();
    let latest = silent.map_or(returned, |silent| silent.plus(slowest)).clamp(earliest, returned);
    (earliest, latest)
}

/// The outages of the service, each with its cause. One that came with a false takeover is an interruption, whatever
/// the drill did before. `response` is how long a good answer takes.
pub fn outages(
    index: &Index<'_>,
    service: &Load,
    steps: &[StepDone],
    false_takeovers: &[FalseTakeover],
    response: Nanos,
) -> Vec<Outage> {
    let samples = index.samples_of(&service.name);
    let rounds = index.rounds_of(&service.address);
    let outage = |run: Run| {
        let first = samples[run.first_failed];
        let ended = run.first_good.map(|place| samples[place].done);
        let cause = steps.iter().rfind(|step| step.called <= first.done);
        let until = ended.unwrap_or(index.last);
        let false_takeover = false_takeovers.iter().any(|takeover| takeover.meets(first.sent, until));
        let planned = cause.filter(|_| !false_takeover);
        Outage {
            label: label(planned, first, ended, rounds),
            cause: cause.map(|step| step.step.clone()),
            began: first.sent,
            back: run.first_good.map(|place| samples[place].sent),
            ended,
            length: run.length(samples, response),
            gap: run.gap(samples),
            failed: run.failed(samples),
            answered: run.answered(samples),
            false_takeover,
        }
    };
    find(samples).into_iter().map(outage).collect()
}

fn label(
    cause: Option<&StepDone>,
    first_failed: &Sample,
    ended: Option<Nanos>,
    rounds: &[Round<'_>],
) -> OutageLabel {
    let Some(cause) = cause else { return OutageLabel::Interruption };
    match cause.action {
        StepAction::PowerCut if cause.held => OutageLabel::Failover,
        StepAction::PowerOn => {
            let before = holder_at(rounds, first_failed.sent);
            let after = ended.and_then(|ended| holder_at(rounds, ended.plus(HOLDER_SETTLED)));
            if after == Some(&cause.node) && before != after {
                OutageLabel::Failback
            } else {
                OutageLabel::Interruption
            }
        }
        StepAction::PowerCut => OutageLabel::Interruption,
    }
}
