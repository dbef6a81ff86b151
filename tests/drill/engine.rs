//! Complete drills on a cluster of namespaces: measurements must match the actions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use halab::model::drill::{
    Drill, Invariant, Settle, SettleGoal, Signal, StackSetting, Steady, StepAction, StepScript, Target,
    Trigger,
};
use halab::model::fault::Fault;
use halab::model::spec::{HealthCheck, Probe, Script};
use halab::model::{Bytes, Disk, Measure, MeasureKind, Millis, NodeName};
use halab::record::{self, Clock, Ending, Header, Nanos, Record, Stage, StepPhase, What, Writer};
use halab::report::{Analysis, OutageLabel, Verdict, analyse, text};
use halab::testing::drill::{Event, Failure, Setup, run, soak};
use halab::testing::injection::FaultJournal;
use tempfile::TempDir;

use super::cluster::{Cluster, Faults};
use super::mirror::mirror;
use super::replicas::copies;
use super::synthetic::{self, lab, node};
use super::{alone, program};

/// The power cut, with short times.
pub fn hurried() -> Drill {
    let mut drill = synthetic::drill(50);
    drill.invariants.extend([
        Invariant::ReplicasEqual,
        Invariant::DisksEqual,
        Invariant::Released,
        Invariant::NoCollateral,
    ]);
    drill.steady = Steady { within: Millis::seconds(10), baseline: Millis::seconds(1) };
    drill.settle = Settle { within: Millis::seconds(20), calm: Millis(500), ..drill.settle };
    drill.steps[1].trigger =
        Trigger::When { signal: Signal::ServiceRestored, delay: Millis(300), within: Millis::seconds(10) };
    drill
}

fn check() -> HealthCheck {
    let script = Script { title: "healthy".to_owned(), text: "true".to_owned() };
    HealthCheck {
        stack: "ha".to_owned(),
        id: "members".to_owned(),
        title: "both are there".to_owned(),
        node: None,
        probe: Probe::Exec { script },
    }
}

/// The results of a drill.
pub struct Run {
    pub ending: Ending,
    pub record: Record,
    clock: Clock,
    left: Vec<NodeName>,
}

/// Performs a drill; `act` receives every event, and may act as a cluster or a user would.
pub fn perform(
    cluster: &Cluster,
    drill: &Drill,
    healthy: bool,
    act: &mut dyn FnMut(&Event, &Arc<AtomicBool>),
) -> Run {
    perform_in(&tempfile::tempdir().unwrap(), None, cluster, drill, healthy, act)
}

/// The same, with the record in one folder, and the capture in another.
pub fn perform_in(
    folder: &TempDir,
    capture: Option<&Path>,
    cluster: &Cluster,
    drill: &Drill,
    healthy: bool,
    act: &mut dyn FnMut(&Event, &Arc<AtomicBool>),
) -> Run {
    let performed = try_in(folder.path(), capture, cluster, drill, healthy, act);
    let record = record::read(&performed.written.unwrap()).unwrap();
    Run { ending: performed.ending, record, clock: performed.clock, left: performed.left }
}

/// The results of a drill, whether or not it could be recorded.
pub struct Performed {
    pub ending: Ending,
    pub written: std::io::Result<PathBuf>,
    pub left: Vec<NodeName>,
    clock: Clock,
}

/// Performs a drill whose record may be lost.
pub fn try_in(
    folder: &Path,
    capture: Option<&Path>,
    cluster: &Cluster,
    drill: &Drill,
    healthy: bool,
    act: &mut dyn FnMut(&Event, &Arc<AtomicBool>),
) -> Performed {
    let (mut lab, cancel) = (lab(200, 1000, true), Arc::new(AtomicBool::new(false)));
    lab.stacks.extend([copies(), mirror()]);
    // The nodes tell that half of it is mirrored; the rest is for DRBD's metadata.
    let disk = Disk { name: "data".parse().unwrap(), size: Bytes::mib(2), device: "vdb".to_owned() };
    lab.nodes.iter_mut().for_each(|node| node.disks.push(disk.clone()));
    let (header, clock) = Header::begin(&"pair".parse().unwrap(), &lab, drill, &[], "none", 7);
    let mut writer = Writer::create(folder, &header).unwrap();
    let healing = tempfile::tempdir().unwrap();
    let heal_file = healing.path().join("heal.json");
    let checks = [check()];
    let setup = Setup {
        lab: &lab,
        drill,
        seed: 7,
        provider: cluster,
        program: program(),
        checks: &checks,
        health: &|_, _, _| if healthy { Ok(()) } else { Err(Failure::from("no node answers")) },
        run: &|node, script, _, _| cluster.run_script(node, script),
        set: &|node, setting, _, _| Ok(format!("{} set on {node}", setting.stack)),
        follow: &|node, command, stop, tell| cluster.follow(node, command, stop, tell),
        capture,
        heal_file: &heal_file,
        cancel: &cancel,
    };
    let ending = run(&setup, clock, &mut writer, &mut |event| act(event, &cancel));
    Performed { ending, written: writer.finish(), left: left(&heal_file), clock }
}

/// The nodes that still have faults to heal.
fn left(heal_file: &std::path::Path) -> Vec<NodeName> {
    let journal = FaultJournal::open(heal_file).unwrap();
    journal.active().iter().map(|entry| entry.injection.node.clone()).collect()
}

/// The action on a node that the event reports.
fn done(event: &Event) -> Option<&str> {
    match &event.what {
        What::Step { step, phase: StepPhase::Returned { failure: None, .. }, .. } => Some(step.as_str()),
        _ => None,
    }
}

/// A drill from beginning to end, with a cluster that reacts.
fn whole(faults: Faults) -> (Run, Analysis, Vec<Nanos>, Vec<Nanos>) {
    let cluster = Cluster::new(faults);
    let run = std::thread::scope(|scope| {
        perform(&cluster, &hurried(), true, &mut |event, _| match done(event) {
            Some("cut") => drop(scope.spawn(|| cluster.take_over())),
            Some("heal") => drop(scope.spawn(|| cluster.move_back())),
            _ => {}
        })
    });
    let analysis = analyse(&run.record);
    let truth = cluster.truth.lock().unwrap();
    let at = |instant| run.clock.at(instant);
    let (from, to) = truth.iter().map(|(from, to)| (at(*from), at(*to))).unzip();
    (run, analysis, from, to)
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn the_measured_outages_are_those_that_were_made() {
    let _alone = alone();
    let (run, analysis, earliest, latest) = whole(Faults::default());
    let report = text(&analysis, 100);
    assert_eq!(run.ending, Ending::Completed, "{report}");
    let labels: Vec<_> = analysis.outages.iter().map(|outage| outage.label).collect();
    assert_eq!(labels, [OutageLabel::Failover, OutageLabel::Failback], "{report}");
    for (outage, place) in analysis.outages.iter().zip([0, 2]) {
        let shortest = earliest[place + 1].since(latest[place]);
        let longest = latest[place + 1].since(earliest[place]);
        let (low, high) = (outage.length.low, outage.length.high.unwrap());
        assert!(low <= longest && high >= shortest, "between {shortest} and {longest}\n{report}");
        assert!(outage.length.error().unwrap() < Nanos::millis(150), "{report}");
    }
    // On a machine that is busy with other tests the generator may be held up; nothing else may be wrong.
    let doubts = analysis.reasons.iter().all(|reason| reason.verdict == Verdict::Inconclusive);
    assert!(doubts && analysis.invariants.iter().all(|result| result.verdict == Verdict::Pass), "{report}");
    let story = &analysis.timelines[0];
    let rows: Vec<_> = story.rows.iter().map(|row| row.id.as_str()).collect();
    for id in ["first-failure", "detected", "address-up", "address-moved", "first-answer", "first-write"] {
        assert!(rows.contains(&id), "{id}\n{report}");
    }
    let lines = run
        .record
        .events
        .iter()
        .filter(|event| matches!(&event.what, What::Line { text, .. } if text.contains("old")));
    assert_eq!(lines.count(), 0, "lines from before the drill do not belong to it");
    assert!(run.left.is_empty());
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_second_holder_and_a_lost_write_are_caught() {
    let _alone = alone();
    let (run, analysis, ..) = whole(Faults { both_hold: true, forgets: true, ..Faults::default() });
    let report = text(&analysis, 100);
    assert_eq!((run.ending, analysis.verdict), (Ending::Completed, Verdict::Fail), "{report}");
    assert_eq!(analysis.writes[0].lost.len(), 1, "{report}");
    let double = &analysis.holders[0].doubles[0];
    assert!(double.length.value > Nanos::millis(300) && double.length.value < Nanos::millis(800), "{report}");
    assert_eq!(double.holders, ["node1", "node2"]);
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn whatever_is_not_as_it_should_be_at_the_end_is_caught() {
    let _alone = alone();
    let faults = Faults { differs: true, disks_differ: true, keeps: true, harmed: true, ..Faults::default() };
    let (run, analysis, ..) = whole(faults);
    let report = text(&analysis, 100);
    assert_eq!((run.ending, analysis.verdict), (Ending::Completed, Verdict::Fail), "{report}");
    for text in [
        "the copies of node1 and node2 differ at the end: halab.ledger",
        "the disks of node1 and node2 differ at the end, from byte 4096 on",
        "node2 still has the address web, which node1 holds",
        "node2 complains: [ 9.0] EXT4-fs error (device vda)",
    ] {
        let caught = |result: &halab::report::InvariantResult| result.text == text;
        assert!(analysis.invariants.iter().any(caught), "{text}\n{report}");
    }
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_node_measures_and_is_heard() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let measure = |folder: &str| Measure {
        name: "flushed".parse().unwrap(),
        kind: MeasureKind::WriteAndFlush,
        holder: "web".parse().unwrap(),
        folder: folder.to_owned(),
        size: Bytes::mib(3),
        times: 2,
        paper: None,
    };
    let only = |folder| Drill {
        steps: Vec::new(),
        expect: Vec::new(),
        measures: vec![measure(folder)],
        settle: Settle { until: vec![SettleGoal::Redundant], ..hurried().settle },
        ..hurried()
    };
    let run = perform(&cluster, &only("/srv/data"), true, &mut |_, _| {});
    let analysis = analyse(&run.record);
    assert_eq!(run.ending, Ending::Completed, "{}", text(&analysis, 100));
    let [measured] = analysis.measures.as_slice() else { panic!("one measurement") };
    assert_eq!((measured.runs.len(), measured.node.clone(), measured.doubtful), (2, Some(node(1)), 0));
    let heard = measured.runs[0].result.heard;
    assert!(heard >= Nanos::millis(300) && heard < Nanos::millis(900), "{heard}");
    let rate = measured.median.expect("a rate");
    assert!((rate - f64::from(3 << 20) / 0.3).abs() < 1.0, "{rate}");

    let run = perform(&cluster, &only("/nowhere"), true, &mut |_, _| {});
    let given_up = Ending::GivenUp { reason: "flushed could not be measured: no such folder".to_owned() };
    assert_eq!(run.ending, given_up);
    assert_eq!(analyse(&run.record).verdict, Verdict::Inconclusive);
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_soak_counts_what_happens_although_nothing_was_done() {
    let _alone = alone();
    let soaked = soak(&hurried(), Millis::seconds(5));
    let quiet = Cluster::new(Faults::default());
    let run = perform(&quiet, &soaked, true, &mut |_, _| {});
    let analysis = analyse(&run.record);
    let summary = analysis.soak.expect("a summary");
    assert_eq!((&run.ending, summary.takeovers.events, summary.outages), (&Ending::Completed, 0, 0));
    assert!(summary.length >= Nanos::millis(5000) && summary.requests > 200, "{summary:?}");
    assert!(analysis.steps.is_empty() && analysis.figures.is_empty());

    let hasty = Cluster::new(Faults::default());
    let run = std::thread::scope(|scope| {
        perform(&hasty, &soaked, true, &mut |event, _| {
            if matches!(event.what, What::Stage { stage: Stage::Soak }) {
                scope.spawn(|| {
                    hasty.net.give_up(1);
                    hasty.take_over();
                });
            }
        })
    });
    let analysis = analyse(&run.record);
    let summary = analysis.soak.expect("a summary");
    assert_eq!((analysis.verdict, summary.takeovers.events), (Verdict::Fail, 1), "{}", text(&analysis, 100));
    assert!(summary.failed > 10 && summary.outages == 1, "{summary:?}");
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_user_who_stops_it_gets_the_power_back() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let run = perform(&cluster, &hurried(), true, &mut |event, cancel| {
        if done(event).is_some() {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    assert_eq!((run.ending, cluster.switched_on.load(Ordering::Relaxed)), (Ending::Cancelled, 1));
    assert!(run.left.is_empty());
    let analysis = analyse(&run.record);
    assert_eq!(analysis.verdict, Verdict::Error);
    assert!(run.record.events.iter().any(|event| matches!(&event.what, What::Healed { failure: None, .. })));
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_user_who_stops_it_waits_for_no_node_that_is_frozen() {
    let _alone = alone();
    let (sender, asked) = channel();
    let mut cluster = Cluster::new(Faults::default());
    cluster.frozen = Some(sender);
    let run = std::thread::scope(|scope| {
        let mut asked = Some(asked);
        perform(&cluster, &hurried(), true, &mut |_, cancel| {
            // Nodes are inspected before the baseline, and do not answer; then the user stops the drill.
            if let Some(asked) = asked.take() {
                let cancel = Arc::clone(cancel);
                scope.spawn(move || asked.recv().map(|()| cancel.store(true, Ordering::Relaxed)));
            }
        })
    });
    assert_eq!(run.ending, Ending::Cancelled);
    let looked = |event: &Event| matches!(event.what, What::Inspected { .. });
    assert!(!run.record.events.iter().any(looked), "no answer was awaited");
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn what_cannot_be_switched_on_stays_written_down() {
    let _alone = alone();
    let cluster = Cluster::new(Faults { stays_off: true, ..Faults::default() });
    let run = std::thread::scope(|scope| {
        perform(&cluster, &hurried(), true, &mut |event, _| {
            if done(event) == Some("cut") {
                scope.spawn(|| cluster.take_over());
            }
        })
    });
    assert!(matches!(run.ending, Ending::GivenUp { .. }), "{:?}", run.ending);
    assert_eq!(run.left, [node(1)]);
    assert_eq!(analyse(&run.record).verdict, Verdict::Error, "a lab that stays broken is an error");
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn power_comes_back_even_after_a_panic() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        perform(&cluster, &hurried(), true, &mut |event, _| {
            assert!(done(event).is_none(), "planted");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(cluster.switched_on.load(Ordering::Relaxed), 1);
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn nothing_is_cut_without_a_steady_state() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let nobody = |run: &Run| !run.record.events.iter().any(|event| matches!(event.what, What::Step { .. }));
    let sick = perform(&cluster, &hurried(), false, &mut |_, _| {});
    assert!(matches!(&sick.ending, Ending::Unsteady { reason } if reason.contains("not healthy")));
    assert!(nobody(&sick));
    assert_eq!(analyse(&sick.record).verdict, Verdict::Inconclusive);
    cluster.net.give_up(1);
    let mut short = hurried();
    short.steady.within = Millis(300);
    let gone = perform(&cluster, &short, true, &mut |_, _| {});
    assert!(matches!(&gone.ending, Ending::Unsteady { reason } if reason.contains("no node answered")));
    assert!(nobody(&gone));
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn nothing_is_cut_where_the_lab_can_hardly_carry_its_load() {
    let _alone = alone();
    let cluster = Cluster::new(Faults { slow: true, ..Faults::default() });
    let mut drill = hurried();
    // Longer than a slow request, or none of them has ended by then.
    drill.steady = Steady { within: Millis::seconds(3), baseline: Millis::seconds(3) };
    let run = perform(&cluster, &drill, true, &mut |_, _| {});
    let Ending::GivenUp { reason } = &run.ending else { panic!("{:?}", run.ending) };
    assert!(reason.starts_with("writes: ") && reason.contains("hardly carry"), "{reason}");
    assert!(!run.record.events.iter().any(|event| matches!(event.what, What::Step { .. })));
    assert_eq!(analyse(&run.record).verdict, Verdict::Inconclusive);
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn an_observation_needs_no_healthy_lab() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let drill = Drill { as_found: true, ..soak(&hurried(), Millis::seconds(5)) };
    let run = perform(&cluster, &drill, false, &mut |_, _| {});
    assert_eq!(run.ending, Ending::Completed);
    let analysis = analyse(&run.record);
    assert!(analysis.soak.is_some_and(|soak| soak.requests > 0));
    assert!(analysis.holders.iter().any(|holder| holder.asked > 0));
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_step_configures_a_stack_on_a_node() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let mut drill = hurried();
    drill.steps.truncate(1);
    let setting = StackSetting { stack: "ha".parse().unwrap(), with: [].into() };
    drill.steps[0].action = StepAction::Set(setting);
    drill.steps[0].target = Target::Node(node(2));
    let run = perform(&cluster, &drill, true, &mut |_, _| {});
    let seen = run.record.events.iter().find_map(|event| match &event.what {
        What::Step { phase: StepPhase::Returned { proof: Some(proof), .. }, .. } => Some(proof.seen.clone()),
        _ => None,
    });
    assert_eq!(seen.as_deref(), Some("ha set on node2"));
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_step_runs_a_script_in_a_node() {
    let _alone = alone();
    let with = |text: &str| {
        let cluster = Cluster::new(Faults::default());
        let mut drill = hurried();
        drill.steps.truncate(1);
        let script = StepScript { file: "rows.sh".to_owned(), text: text.to_owned() };
        drill.steps[0].action = StepAction::Run(script);
        drill.steps[0].target = Target::Node(node(2));
        let run = perform(&cluster, &drill, true, &mut |_, _| {});
        assert_eq!(*cluster.ran.lock().unwrap(), [(node(2), text.to_owned())]);
        run
    };
    let ran = with("true\n");
    assert_eq!(ran.ending, Ending::Completed);
    let proof = ran.record.events.iter().find_map(|event| match &event.what {
        What::Step { phase: StepPhase::Returned { proof, .. }, .. } => proof.clone(),
        _ => None,
    });
    assert_eq!(proof.unwrap().seen, "steps/rows.sh ended with 0");
    let failed = with("false\n");
    let Ending::GivenUp { reason } = &failed.ending else { panic!("{:?}", failed.ending) };
    assert!(reason.contains("it ended with 1: no such table"), "{reason}");
    assert_eq!(analyse(&failed.record).verdict, Verdict::Inconclusive);
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_client_runs_a_script() {
    let _alone = alone();
    let with = |text: &str| {
        let cluster = Cluster::new(Faults::default());
        let mut drill = hurried();
        let script = StepScript { file: "order.sh".to_owned(), text: text.to_owned() };
        let first = &mut drill.steps[0];
        first.action = StepAction::Run(script);
        first.target = Target::Client;
        drill.steps.truncate(1);
        let run = perform(&cluster, &drill, true, &mut |_, _| {});
        assert!(cluster.ran.lock().unwrap().is_empty(), "no node runs it");
        run
    };
    let ran = with("#!/bin/sh\ntrue\n");
    assert_eq!(ran.ending, Ending::Completed);
    let [done] = analyse(&ran.record).client_steps.try_into().unwrap();
    assert_eq!(done.seen.as_deref(), Some("steps/order.sh ended with 0"));
    let failed = with("#!/bin/sh\necho no such item\nexit 22\n");
    let Ending::GivenUp { reason } = &failed.ending else { panic!("{:?}", failed.ending) };
    assert!(reason.contains("it ended with 22: no such item"), "{reason}");
    assert_eq!(analyse(&failed.record).verdict, Verdict::Inconclusive);
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn what_does_not_happen_in_time_is_no_pass() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let mut drill = hurried();
    drill.steps[1].trigger =
        Trigger::When { signal: Signal::AddressMoved, delay: Millis(0), within: Millis(400) };
    let run = perform(&cluster, &drill, true, &mut |_, _| {});
    assert!(matches!(run.ending, Ending::GivenUp { .. }));
    assert_eq!(analyse(&run.record).verdict, Verdict::Inconclusive);
    assert_eq!(cluster.switched_on.load(Ordering::Relaxed), 1, "healed nevertheless");
    // The lab does not settle: this is a failure, and the drill names the goal.
    let never = Cluster::new(Faults::default());
    let mut drill = self::hurried();
    drill.steps.truncate(1);
    drill.steps[0].target = Target::Node(node(1));
    assert_eq!(drill.steps[0].action, StepAction::Inject(Fault::new("power-cut", [])));
    drill.settle = Settle { until: vec![SettleGoal::FailedBack], calm: Millis(100), within: Millis(500) };
    let run = perform(&never, &drill, true, &mut |_, _| {});
    assert_eq!(run.ending, Ending::Completed);
    let report = analyse(&run.record);
    assert_eq!(report.verdict, Verdict::Fail);
}
