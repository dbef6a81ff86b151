//! Planted truths must be recovered from their records, within the bounds that the report itself states.

use halab::model::Millis;
use halab::model::drill::{Figure, Invariant, Step, StepAction, Target, Trigger};
use halab::model::fault::{Fault, Value};
use halab::record::{Answer, Event, Nanos, Record, Sample, Stage, StepPhase, What};
use halab::report::{Analysis, OutageLabel, Verdict, analyse};
use proptest::prelude::*;

use super::synthetic::{FIRST_ID, Truth, lab, line, node};

fn typical() -> Record {
    Truth::typical().record(&lab(200, 1000, true))
}

fn reasons(analysis: &Analysis) -> String {
    analysis.reasons.iter().map(|reason| format!("{:?}: {}\n", reason.verdict, reason.text)).collect()
}

fn web(event: &mut Event) -> Option<&mut Sample> {
    match &mut event.what {
        What::Sample(sample) if sample.load.as_str() == "web" => Some(sample),
        _ => None,
    }
}

#[test]
fn a_typical_run_passes_with_its_figures() {
    let analysis = analyse(&typical());
    assert_eq!(analysis.verdict, Verdict::Pass, "{}", reasons(&analysis));
    let labels: Vec<_> = analysis.outages.iter().map(|outage| outage.label).collect();
    assert_eq!(labels, [OutageLabel::Failover, OutageLabel::Failback]);
    for (row, truth) in analysis.figures.iter().zip([4170, 2500]) {
        let measured = row.measured.unwrap();
        let off = measured.value.0.abs_diff(Nanos::millis(truth).0);
        assert!(off <= Nanos::millis(24).0, "{:?}: {} s, true {truth} ms", row.figure, measured.value);
        assert!(measured.low <= Nanos::millis(truth) && measured.high.unwrap() >= Nanos::millis(truth));
    }
    let cut = &analysis.steps[0];
    let effect = Nanos::millis(10_030);
    assert!(
        cut.earliest <= effect && effect <= cut.latest && cut.latest.since(cut.earliest) < Nanos::millis(60)
    );
    assert_eq!(analysis.figures.iter().map(|row| row.figure).next_back(), Some(Figure::Redundancy));
    let down = analysis.availability.unwrap().down;
    assert!(down.since(Nanos::millis(6600)) > Nanos(0) && down < Nanos::millis(6720), "{down}");
}

#[test]
fn who_comes_back_alone_had_no_failover() {
    // Node 1 has the address again when it has started; no other node took it in between.
    let at = Nanos::millis;
    let mut truth = Truth::typical();
    truth.away = vec![(at(10_030), at(31_000))];
    truth.held = vec![(1, at(0), at(10_030)), (1, at(30_500), at(60_000))];
    let analysis = analyse(&truth.record(&lab(200, 1000, true)));
    assert_eq!(analysis.outages[0].label, OutageLabel::Fault);
    let figure =
        |figure| analysis.figures.iter().find(|row| row.figure == figure).and_then(|row| row.measured);
    assert_eq!(figure(Figure::Failover), None);
    let outage = figure(Figure::Outage).unwrap();
    assert!(outage.low <= at(20_970) && outage.high.unwrap() >= at(20_970), "{outage:?}");
}

#[test]
fn who_never_comes_back_had_no_failover_either() {
    let at = Nanos::millis;
    let mut truth = Truth::typical();
    truth.away = vec![(at(10_030), at(99_000))];
    truth.held = vec![(1, at(0), at(10_030))];
    let nobody = analyse(&truth.record(&lab(200, 1000, true)));
    assert_eq!((nobody.outages[0].label, nobody.outages[0].ended), (OutageLabel::Fault, None));
    truth.held.push((2, at(14_100), at(60_000)));
    let moved = analyse(&truth.record(&lab(200, 1000, true)));
    assert_eq!((moved.outages[0].label, moved.outages[0].ended), (OutageLabel::Failover, None));
}

#[test]
fn a_cut_of_another_node_is_no_failover_either() {
    // Node 2 has the address all the time, and a part of node 1 that it depends on is away for a while.
    let at = Nanos::millis;
    let mut truth = Truth::typical();
    truth.away = vec![(at(10_030), at(14_200))];
    truth.held = vec![(2, at(0), at(60_000))];
    let analysis = analyse(&truth.record(&lab(200, 1000, true)));
    assert_eq!(analysis.outages[0].label, OutageLabel::Fault);
}

#[test]
fn a_service_that_is_lost_before_the_first_step_proves_nothing() {
    let at = Nanos::millis;
    let mut truth = Truth::typical();
    truth.away.insert(0, (at(9000), at(9400)));
    let steady_at = |t| {
        let mut record = truth.record(&lab(200, 1000, true));
        record.events.push(Event { t, what: What::Stage { stage: Stage::Steps } });
        record.events.sort_by_key(|event| event.t);
        analyse(&record)
    };
    // It was lost and recovered while the drill still waited for a baseline without a failure.
    let before = steady_at(at(9900));
    assert_eq!(before.verdict, Verdict::Pass, "{}", reasons(&before));
    let down = before.availability.unwrap().down;
    assert!(down < at(6720), "an outage before the baseline is not counted: {down}");
    let after = steady_at(at(8900));
    assert!(after.availability.unwrap().down > at(6900));
    assert_eq!(after.verdict, Verdict::Inconclusive, "{}", reasons(&after));
    assert!(reasons(&after).contains("before the first step"), "{}", reasons(&after));
}

#[test]
fn the_order_of_the_lines_makes_no_difference() {
    // A request is recorded when it ends, and those that time out end after many that were sent later.
    let mut record = typical();
    let straight = analyse(&record);
    let frequent = |event: &Event| matches!(event.what, What::Sample(_) | What::Holder { .. });
    let (mut many, rest): (Vec<_>, Vec<_>) = record.events.into_iter().partition(frequent);
    many.reverse();
    record.events = many.into_iter().chain(rest).collect();
    assert_eq!(analyse(&record), straight);
}

#[test]
fn the_first_write_says_of_which_ledger_it_is_when_there_are_two() {
    let mut record = typical();
    let first = |record: &Record| {
        let rows = analyse(record).timelines.into_iter().flat_map(|story| story.rows);
        rows.filter(|row| row.id == "first-write").map(|row| row.text).collect::<Vec<_>>()
    };
    assert!(first(&record).iter().all(|text| text == "first acknowledged write"), "{:?}", first(&record));
    let mut second =
        record.header.drill.loads.iter().find(|load| load.name.as_str() == "writes").unwrap().clone();
    second.name = "rows".parse().unwrap();
    let of_second = |event: &Event| match &event.what {
        What::Sample(sample) if sample.load.as_str() == "writes" => {
            let sample = Sample { load: second.name.clone(), ..sample.clone() };
            Some(Event { what: What::Sample(sample), ..event.clone() })
        }
        _ => None,
    };
    let copies: Vec<Event> = record.events.iter().filter_map(of_second).collect();
    record.events.extend(copies);
    record.header.drill.loads.push(second.clone());
    let texts = first(&record);
    for name in ["writes", "rows"] {
        assert!(texts.contains(&format!("first acknowledged write of {name}")), "{texts:?}");
    }
}

/// A disturbance without an effect, and five seconds later the cut.
#[test]
fn the_first_write_counts_from_the_fault_that_took_it_away() {
    let mut record = typical();
    let fault = Fault::new("cpu-starvation", [("share", Value::Number(50))]);
    let noise = Step {
        name: "noise".parse().unwrap(),
        trigger: Trigger::At(Millis(0)),
        jitter: Millis(0),
        action: StepAction::Inject(fault),
        target: Target::Node(node(2)),
    };
    let step = noise.name.clone();
    record.header.drill.steps.insert(0, noise);
    for (millis, phase) in
        [(5000, StepPhase::Called), (5050, StepPhase::Returned { failure: None, proof: None })]
    {
        let what = What::Step { step: step.clone(), node: Some(node(2)), phase };
        record.events.push(Event { t: Nanos::millis(millis), what });
    }
    record.events.sort_by_key(|event| event.t);
    let figure = |analysis: &Analysis, wanted| {
        analysis.figures.iter().find(|row| row.figure == wanted).and_then(|row| row.measured).unwrap()
    };
    let (with, without) = (analyse(&record), analyse(&typical()));
    assert_eq!(with.steps.len(), 3);
    assert_eq!(figure(&with, Figure::WriteOutage), figure(&without, Figure::WriteOutage));
    assert!(figure(&with, Figure::Redundancy).value > figure(&without, Figure::Redundancy).value);
}

/// The takeover was complete between two writes; the machine was paused later, and then the address moved
/// back.
#[test]
fn what_writes_failed_of_later_is_not_the_faults() {
    let mut truth = Truth::typical();
    truth.away[0].1 = Nanos::millis(10_090);
    truth.held[1].1 = Nanos::millis(10_085);
    truth.away.insert(1, (Nanos::millis(22_000), Nanos::millis(25_000)));
    let analysis = analyse(&truth.record(&lab(200, 1000, true)));
    let row = analysis.figures.iter().find(|row| row.figure == Figure::WriteOutage);
    assert!(row.is_none_or(|row| row.measured.is_none()), "{row:?}");
    // A write that failed in the takeover counts, even if it was answered after the node had its power back.
    let mut late = Truth::typical();
    late.steps[1] = (Nanos::millis(11_000), Nanos::millis(11_050));
    let figure = |truth: Truth| {
        let figures = analyse(&truth.record(&lab(200, 1000, true))).figures;
        figures.iter().find(|row| row.figure == Figure::WriteOutage).and_then(|row| row.measured).unwrap()
    };
    assert_eq!(figure(late), figure(Truth::typical()));
}

#[test]
fn detection_outside_of_theory_is_flagged() {
    for (millis, outside) in [(10_700, true), (10_900, false), (11_400, false), (11_600, true)] {
        let mut record = typical();
        record.events.push(line(2, millis, "node2 heartbeat: [1]: WARN: node node1: is dead"));
        let analysis = analyse(&record);
        let row = analysis.timelines[0].rows.iter().find(|row| row.id == "detected").unwrap();
        assert_eq!(row.outside, outside, "{} s after the cut", row.at.since(analysis.timelines[0].zero));
    }
}

/// After a stall the requests of a whole second are sent at once, and one of them arrives at the last moment
/// of an outage.
#[test]
fn of_a_burst_it_is_not_known_which_was_seen_first() {
    let truth = Truth {
        away: vec![(Nanos::millis(11_066), Nanos::millis(12_967))],
        stalls: vec![(Nanos::millis(10_629), Nanos::millis(12_966))],
        end: Nanos::millis(19_000),
        ..Truth::typical()
    };
    let analysis = analyse(&truth.record(&lab(200, 1000, false)));
    let length = analysis.outages[0].length;
    assert!(length.high.unwrap() >= Nanos::millis(1901), "{length:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_planted_outage_is_found_within_its_stated_error(
        rate in 20_u32..200, from in 9_000_000_u64..11_000_000, length in 110_000_u64..6_000_000,
        response in 500_u64..15_000, phase in 0_u64..50_000,
    ) {
        let micros = |micros: u64| Nanos(micros * 1000);
        let (from, to) = (micros(from), micros(from + length));
        let truth = Truth {
            rate, response: micros(response), first_due: Nanos::millis(2000).plus(micros(phase)),
            away: vec![(from, to)], end: Nanos::millis(19_000), ..Truth::typical()
        };
        let analysis = analyse(&truth.record(&lab(200, 1000, true)));
        prop_assert_eq!(analysis.outages.len(), 1);
        let measured = analysis.outages[0].length;
        let (true_length, high) = (to.since(from), measured.high.unwrap());
        prop_assert!(measured.low <= true_length && true_length <= high, "{measured:?}, true {true_length}");
        let limit = 1_000_000_000 / u64::from(rate) + micros(response).0;
        prop_assert!(measured.value.0.abs_diff(true_length.0) <= limit, "{measured:?}, true {true_length}");
        prop_assert!(measured.error().unwrap().0 <= 2 * limit, "the stated error is not larger than it must be");
    }

    #[test]
    fn a_stalled_generator_never_states_what_is_not_so(
        stall in 8_000_u64..15_000, length in 100_u64..3000, away in 9_900_u64..12_000, down in 500_u64..4000,
    ) {
        let truth = Truth {
            away: vec![(Nanos::millis(away), Nanos::millis(away + down))],
            stalls: vec![(Nanos::millis(stall), Nanos::millis(stall + length))],
            end: Nanos::millis(19_000), ..Truth::typical()
        };
        let analysis = analyse(&truth.record(&lab(200, 1000, false)));
        for outage in &analysis.outages {
            let (low, high) = (outage.length.low, outage.length.high.unwrap());
            prop_assert!(low <= Nanos::millis(down) && Nanos::millis(down) <= high, "{outage:?}");
        }
        // 850 requests in 17 s: more than 8 of them late, and nothing can be concluded.
        if length > 220 {
            prop_assert_eq!(analysis.verdict, Verdict::Inconclusive, "{}", reasons(&analysis));
            prop_assert!(reasons(&analysis).contains("sent late"));
        }
    }

    #[test]
    fn a_planted_second_holder_is_caught(from in 2_000_u64..9_000, length in 30_u64..900) {
        let mut truth = Truth::typical();
        truth.held.push((2, Nanos::millis(from), Nanos::millis(from + length)));
        let analysis = analyse(&truth.record(&lab(200, 1000, true)));
        prop_assert_eq!(analysis.verdict, Verdict::Fail);
        prop_assert!(reasons(&analysis).contains("node1 and node2 both answered for web"));
        prop_assert_eq!(analysis.holders[0].doubles.len(), 1);
        let measured = analysis.holders[0].doubles[0].length;
        let truth = Nanos::millis(length);
        prop_assert!(measured.low <= truth && truth <= measured.high.unwrap(), "{measured:?}");
    }

    #[test]
    fn a_short_handover_is_one_holder_where_that_is_allowed(length in 30_u64..900) {
        let mut truth = Truth::typical();
        truth.held.push((2, Nanos::millis(5000), Nanos::millis(5000 + length)));
        let mut record = truth.record(&lab(200, 1000, true));
        record.header.drill.handover = Some(Millis(500));
        let analysis = analyse(&record);
        let measured = analysis.holders[0].doubles[0].length.value;
        let kept = measured <= Nanos::millis(500);
        prop_assert!(kept || length > 450, "{measured}");
        let said = analysis.invariants.iter().find(|result| result.invariant == Invariant::OneHolder).unwrap();
        prop_assert_eq!(said.verdict, if kept { Verdict::Pass } else { Verdict::Fail });
        prop_assert_eq!(said.text.contains("except 1 short handover,"), kept, "{}", said.text);
    }

    #[test]
    fn a_planted_lost_write_is_caught(place in 0_usize..200) {
        let mut record = typical();
        let mut gone = 0;
        for event in &mut record.events {
            if let What::Ledger { ids, .. } = &mut event.what {
                gone = ids.remove(place);
            }
        }
        let analysis = analyse(&record);
        prop_assert_eq!(&analysis.writes[0].lost, &[gone]);
        prop_assert_eq!(analysis.verdict, Verdict::Fail);
        prop_assert!(reasons(&analysis).contains(&gone.to_string()));
        // They were acknowledged 4 ms after each tenth of a second from 2 s on; the cut took effect at 10.03
        // s.
        let acknowledged = 2004 + 100 * (gone - FIRST_ID);
        let before = acknowledged < 10_030;
        let point = analysis.writes[0].recovery_point.map(|point| point.0 / 1_000_000);
        prop_assert_eq!(point.is_some(), before);
        prop_assert_eq!(analysis.writes[0].lost_after_cut, usize::from(!before));
        if let Some(point) = point {
            prop_assert!(point.abs_diff(10_030 - acknowledged) < 30, "{} s after {}", point, acknowledged);
        }
    }
}

/// The indices of the writes in the typical run that ended this way.
fn writes(record: &Record, answer: &Answer) -> Vec<u64> {
    let of = |event: &Event| match &event.what {
        What::Sample(sample) if sample.load.as_str() == "writes" && sample.answer == *answer => {
            Some(sample.seq)
        }
        _ => None,
    };
    record.events.iter().filter_map(of).collect()
}

fn with_ledger(edit: impl Fn(&mut Vec<u64>)) -> Analysis {
    let mut record = typical();
    for event in &mut record.events {
        if let What::Ledger { ids, .. } = &mut event.what {
            edit(ids);
        }
    }
    analyse(&record)
}

#[test]
fn an_unknown_write_may_be_there_or_not_and_a_refused_one_may_not() {
    let record = typical();
    let (unknown, never) = (writes(&record, &Answer::ConnectTimeout), writes(&record, &Answer::NoRoute));
    let there = with_ledger(|ids| ids.push(FIRST_ID + unknown[0]));
    assert_eq!((there.verdict, there.writes[0].unknown_present), (Verdict::Pass, 1), "{}", reasons(&there));
    let impossible = with_ledger(|ids| ids.push(FIRST_ID + never[0]));
    assert_eq!(impossible.verdict, Verdict::Fail);
    let foreign = with_ledger(|ids| ids.push(9));
    assert_eq!((foreign.verdict, foreign.writes[0].foreign.as_slice()), (Verdict::Fail, &[9][..]));
}

#[test]
fn without_its_evidence_nothing_passes() {
    let without = |what: fn(&What) -> bool| {
        let mut record = typical();
        record.events.retain(|event| !what(&event.what));
        analyse(&record)
    };
    for (analysis, verdict, says) in [
        (without(|what| matches!(what, What::Ledger { .. })), Verdict::Inconclusive, "ledger was not read"),
        (without(|what| matches!(what, What::Holder { .. })), Verdict::Inconclusive, "no ARP request asked"),
        (
            without(|what| matches!(what, What::Sample(sample) if sample.load.as_str() == "web")),
            Verdict::Inconclusive,
            "no request was sent",
        ),
        (without(|what| matches!(what, What::Ended { .. })), Verdict::Error, "the record ends"),
    ] {
        assert_eq!(analysis.verdict, verdict, "{}", reasons(&analysis));
        assert!(reasons(&analysis).contains(says), "{}", reasons(&analysis));
    }
}

#[test]
fn a_stall_at_the_edge_of_the_outage_is_inconclusive_even_when_few_are_late() {
    let mut truth = Truth::typical();
    // Of some 1900 requests 12 are late, which alone is tolerated.
    truth.stalls.push((Nanos::millis(14_100), Nanos::millis(14_340)));
    let analysis = analyse(&truth.record(&lab(200, 1000, true)));
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
    assert!(reasons(&analysis).contains("no request was sent for"), "{}", reasons(&analysis));
}

#[test]
fn what_was_not_sent_makes_it_inconclusive() {
    let mut record = typical();
    let (load, reason) = ("web".parse().unwrap(), "100 requests were under way".to_owned());
    let due = Nanos::millis(11_000);
    record.events.push(Event { t: due, what: What::Dropped { load, seq: 450, due, reason } });
    assert_eq!(analyse(&record).verdict, Verdict::Inconclusive);
}

#[test]
fn a_service_that_does_not_come_back_fails() {
    let mut truth = Truth::typical();
    truth.away.push((Nanos::millis(38_000), Nanos::millis(99_000)));
    let analysis = analyse(&truth.record(&lab(200, 1000, true)));
    assert_eq!(analysis.verdict, Verdict::Fail);
    assert!(reasons(&analysis).contains("did not come back"), "{}", reasons(&analysis));
}

#[test]
fn two_good_answers_do_not_end_an_outage_and_three_do() {
    let answered = |count: u64| {
        let mut record = typical();
        let good = Nanos::millis(12_000)..Nanos::millis(12_000 + 20 * count);
        for sample in record.events.iter_mut().filter_map(web).filter(|sample| good.contains(&sample.due)) {
            sample.answer = Answer::Ok;
            sample.done = sample.sent.plus(Nanos::millis(4));
        }
        analyse(&record).outages
    };
    let two = answered(2);
    assert_eq!((two.len(), two[0].answered), (2, 2));
    let three = answered(3);
    assert_eq!(three.len(), 3, "every one of them is listed");
    assert!(three.iter().take(2).all(|outage| outage.label == OutageLabel::Failover));
}

#[test]
fn an_address_that_does_not_go_where_the_lab_says_fails() {
    let analysis = analyse(&Truth::typical().record(&lab(200, 1000, false)));
    assert_eq!(analysis.verdict, Verdict::Fail);
    assert!(reasons(&analysis).contains("although the lab is configured not to"), "{}", reasons(&analysis));
    let mut stays = Truth::typical();
    stays.held =
        vec![(1, Nanos(0), Nanos::millis(10_030)), (2, Nanos::millis(14_100), Nanos::millis(60_000))];
    stays.away.pop();
    assert_eq!(analyse(&stays.record(&lab(200, 1000, false))).verdict, Verdict::Pass);
    assert_eq!(analyse(&stays.record(&lab(200, 1000, true))).verdict, Verdict::Fail);
}

/// A node that was paused answers again as soon as it resumes. The address had moved nevertheless.
#[test]
fn what_comes_after_an_outage_does_not_change_what_it_was() {
    let at = |millis| Nanos::millis(millis);
    let truth = Truth {
        away: vec![(at(10_030), at(14_200))],
        held: vec![(1, at(0), at(10_030)), (1, at(14_300), at(40_000)), (2, at(14_100), at(40_000))],
        steps: vec![(at(10_000), at(10_060)), (at(14_300), at(14_310))],
        ..Truth::typical()
    };
    let mut record = truth.record(&lab(200, 1000, false));
    record.header.drill.steps[0].action =
        StepAction::Inject(Fault::new("pause", [("clock", "frozen".into())]));
    record.header.drill.steps[1].action = StepAction::Heal;
    assert_eq!(analyse(&record).outages[0].label, OutageLabel::Failover);
}

/// Theory bounds the detection of a silent node; a node that shuts down in order announces it.
#[test]
fn theory_is_for_nodes_that_fall_silent() {
    let theory = |fault: Fault| {
        let mut record = typical();
        record.header.drill.steps[0].action = StepAction::Inject(fault);
        analyse(&record).figures[0].theory
    };
    assert!(
        theory(Fault::new("power-cut", [])).is_some() && theory(Fault::new("kernel-panic", [])).is_some()
    );
    assert_eq!(theory(Fault::new("graceful-stop", [])), None);
}
