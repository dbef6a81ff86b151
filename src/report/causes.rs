//! Orders the steps of a drill, and finds the cause of each outage.

use super::analysis::{FalseTakeover, Outage, OutageLabel, StepDone, StepKind};
use super::holder::{holder_at, last_sign, moved_after};
use super::index::{Index, Round, StepCall};
use super::outages::{Run, find};
use super::ramps;
use crate::fault::{self, FaultEffect};
use crate::model::drill::{Drill, Load, Step, StepAction, Target};
use crate::model::fault::Fault;
use crate::model::{Lab, NodeName, Origin, ServiceRole, watches_services};
use crate::record::{Nanos, Sample};

/// While an address moves, queries are still sent; a node that holds it has certainly answered this long
/// afterwards.
const HOLDER_SETTLED: Nanos = Nanos::millis(500);

/// A query for the holder may be answered this long after it was sent, by the holder at that time.
const UNDER_WAY: Nanos = Nanos::millis(20);

/// The performed steps, in order.
pub fn steps(index: &Index<'_>) -> Vec<StepDone> {
    let (lab, drill) = (&index.record.header.lab, &index.record.header.drill);
    let rounds = drill.service().map_or(&[][..], |load| index.rounds_of(&load.address));
    let calls = index.step_calls();
    let known = calls.iter().filter_map(|call| Some((call, drill.step(call.step)?)));
    known
        .map(|(call, step)| {
            let held = holder_at(rounds, call.called) == Some(call.node);
            let returned = call.returned.unwrap_or(index.last);
            let cut = effect_of(&step.action) == Some(FaultEffect::Cut);
            let (earliest, latest) = if cut && held {
                took_effect(rounds, call.node, call.called, returned)
            } else {
                (call.called, returned)
            };
            StepDone {
                step: call.step.clone(),
                action: word(&step.action),
                kind: kind(lab, drill, step),
                node: call.node.clone(),
                held,
                called: call.called,
                returned: call.returned,
                earliest,
                latest,
                healed: step.action.fault().and_then(|_| healed(drill, step, call, &calls)),
                mechanism: call.proof.and_then(|proof| proof.mechanism.clone()),
                seen: call.proof.map(|proof| proof.seen.clone()),
                origin: call.proof.map_or(Origin::Seen, |proof| proof.source.origin()),
                failure: call.failure.map(str::to_owned),
            }
        })
        .collect()
}

fn word(action: &StepAction) -> String {
    match action {
        StepAction::Inject(fault) => fault.word().to_owned(),
        StepAction::Heal => "heal".to_owned(),
        StepAction::PowerOn => "power-on".to_owned(),
        StepAction::Run(_) => "run".to_owned(),
        StepAction::Set(_) => "set".to_owned(),
    }
}

fn effect_of(action: &StepAction) -> Option<FaultEffect> {
    action.fault().map(fault::effect)
}

/// Whether a step switches the node off until it is switched on again.
fn takes_power(action: &StepAction) -> bool {
    matches!(effect_of(action), Some(FaultEffect::Cut | FaultEffect::Off))
}

/// What a step means for its node. Healing a node that is off switches it on.
fn kind(lab: &Lab, drill: &Drill, step: &Step) -> StepKind {
    match &step.action {
        StepAction::Inject(fault) => match fault::effect(fault) {
            FaultEffect::Cut | FaultEffect::Off => StepKind::Off,
            FaultEffect::Contact => StepKind::Contact,
            FaultEffect::Inside | FaultEffect::InOrder if is_of_the_cluster(lab, fault) => StepKind::Contact,
            FaultEffect::Inside | FaultEffect::InOrder => StepKind::Inside,
        },
        StepAction::PowerOn => StepKind::On,
        // What a script does is not known; it can be anything that root of the node can do.
        StepAction::Run(_) | StepAction::Set(_) => StepKind::Inside,
        StepAction::Heal => match &step.target {
            Target::Step(other) if drill.step(other).is_some_and(|other| takes_power(&other.action)) => {
                StepKind::On
            }
            _ => StepKind::Heal,
        },
    }
}

/// Whether a fault affects a service that is the cluster manager itself, or that it monitors.
fn is_of_the_cluster(lab: &Lab, fault: &Fault) -> bool {
    let service = fault::service(lab, fault);
    service.is_some_and(|service| service.role == Some(ServiceRole::ClusterManager) || watches_services(lab))
}

/// When the effect of a step on a node was healed.
fn healed(drill: &Drill, step: &Step, call: &StepCall<'_>, calls: &[StepCall<'_>]) -> Option<Nanos> {
    let heals = |other: &&StepCall<'_>| {
        let later = other.node == call.node && other.called >= call.called;
        later
            && drill.step(other.step).is_some_and(|other| match other.action {
                StepAction::Heal => other.target == Target::Step(step.name.clone()),
                StepAction::PowerOn => takes_power(&step.action),
                StepAction::Inject(_) | StepAction::Run(_) | StepAction::Set(_) => false,
            })
    };
    calls.iter().find(heals).and_then(|other| other.returned)
}

/// When a cut took effect: after the node's last answer, before it would have answered a query that it did
/// not answer, and in any case during the call.
fn took_effect(rounds: &[Round<'_>], node: &NodeName, called: Nanos, returned: Nanos) -> (Nanos, Nanos) {
    let (sign, silent) = last_sign(rounds, node, called, returned);
    let earliest = sign.unwrap_or(called).clamp(called, returned);
    let answers = rounds.iter().filter(|round| round.asked < called);
    let delays = answers.flat_map(|round| round.answers.iter().map(|answer| answer.at.since(round.asked)));
    let slowest = delays.max().unwrap_or_default();
    let latest = silent.map_or(returned, |silent| silent.plus(slowest)).clamp(earliest, returned);
    (earliest, latest)
}

/// The outages of the service with their causes. One that coincides with a false takeover is an interruption,
/// regardless of the steps before it. `response` is the duration of a good answer.
pub fn outages(
    index: &Index<'_>,
    service: &Load,
    steps: &[StepDone],
    false_takeovers: &[FalseTakeover],
    response: Nanos,
) -> Vec<Outage> {
    let samples = index.samples_of(&service.name);
    let rounds = index.rounds_of(&service.address);
    let ramped = ramps::span(index);
    let outage = |run: Run| {
        let first = samples[run.first_failed];
        let ended = run.first_good.map(|place| samples[place].done);
        let cause = steps.iter().rfind(|step| step.called <= first.done);
        let until = ended.unwrap_or(index.last);
        let false_takeover = false_takeovers.iter().any(|takeover| takeover.meets(first.sent, until));
        let planned = cause.filter(|_| !false_takeover);
        // The effect of the next step on the holder is irrelevant for this outage.
        let next =
            ended.and_then(|ended| steps.iter().map(|step| step.called).find(|called| *called > ended));
        let next = next.map_or(Nanos(u64::MAX), |next| next.since(UNDER_WAY));
        let settled = ended.map(|ended| ended.plus(HOLDER_SETTLED).min(next.max(ended)));
        let overload = cause.is_none() && ramped.as_ref().is_some_and(|span| span.contains(&first.sent));
        Outage {
            label: match overload && !false_takeover {
                true => OutageLabel::Overload,
                false => label(planned, first, settled, rounds),
            },
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
    settled: Option<Nanos>,
    rounds: &[Round<'_>],
) -> OutageLabel {
    let Some(cause) = cause else { return OutageLabel::Interruption };
    let before = holder_at(rounds, first_failed.sent);
    let after = settled.and_then(|settled| holder_at(rounds, settled));
    let moved = after.is_some() && before != after;
    let back = after == Some(&cause.node);
    let taken = || match settled {
        // An answer of a holder before it was off does not show where the address is now.
        Some(settled) => !back || last_sign(rounds, &cause.node, cause.latest, settled).0.is_none(),
        // The service never came back, but the address may have moved.
        None => moved_after(rounds, Some(&cause.node), cause.earliest).is_some(),
    };
    match cause.kind {
        StepKind::Off if cause.held && taken() => OutageLabel::Failover,
        StepKind::Contact | StepKind::Inside if cause.held && moved => OutageLabel::Failover,
        StepKind::Off | StepKind::Contact | StepKind::Inside => OutageLabel::Fault,
        StepKind::On | StepKind::Heal if moved && back => OutageLabel::Failback,
        StepKind::On | StepKind::Heal => OutageLabel::Interruption,
    }
}
