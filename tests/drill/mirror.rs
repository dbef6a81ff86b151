//! Invariants of DRBD mirrors and nodes: each planted violation is detected, and missing evidence is no pass.

use std::collections::BTreeMap;

use halab::model::drill::Invariant;
use halab::model::{StackUse, Value};
use halab::record::{Deviation, Event, Facts, Moment, Nanos, Stream, What};
use halab::report::{Verdict, analyse};

use super::replicas::copies;
use super::synthetic::{Truth, lab, node};

/// The stack that mirrors a disk of both nodes.
pub fn mirror() -> StackUse {
    StackUse {
        name: "storage".parse().unwrap(),
        uses: "drbd".to_owned(),
        on: vec![node(1), node(2)],
        params: BTreeMap::from([("disk".to_owned(), Value::Disk("data".parse().unwrap()))]),
        ..copies()
    }
}

/// The verdict on an invariant with these additional events.
fn judge(invariant: Invariant, seen: Vec<(u64, What)>) -> (Verdict, String) {
    let truth = Truth::typical();
    let mut record = truth.record(&lab(200, 1000, true));
    record.header.drill.invariants = vec![invariant];
    record.events.extend(seen.into_iter().map(|(at, what)| Event { t: Nanos::millis(at), what }));
    let analysis = analyse(&record);
    let result = &analysis.invariants[0];
    // One finding decides the whole check.
    assert!(analysis.verdict >= result.verdict);
    (result.verdict, result.text.clone())
}

fn drbd(at: u64, number: u8, text: &str) -> (u64, What) {
    let (node, stream, text) = (node(number), Stream::DrbdEvents, text.to_owned());
    (at, What::Line { node, stream, text, backlog: false })
}

fn role(at: u64, number: u8, role: &str) -> (u64, What) {
    drbd(at, number, &format!("change resource name:r0 role:{role} suspended:no"))
}

#[test]
fn two_primaries_are_caught() {
    let primary = |at, number| role(at, number, "Primary");
    let secondary = |at, number| role(at, number, "Secondary");
    for (seen, verdict, text) in [
        // Node 1 is cut at 10.0 to 10.12 s. That it was primary says nothing about the time after.
        (
            vec![primary(100, 1), primary(13_000, 2), secondary(30_000, 2), primary(30_200, 1)],
            Verdict::Pass,
            "one primary at a time, 3 in all, as nodes reported to within 1 s",
        ),
        // The report of one node is slightly late.
        (
            vec![primary(100, 2), primary(30_000, 1), secondary(30_900, 2)],
            Verdict::Pass,
            "one primary at a time, 2 in all, as nodes reported to within 1 s",
        ),
        (
            vec![primary(13_000, 2), primary(30_000, 1), secondary(31_500, 2)],
            Verdict::Fail,
            "node2 and node1 were both primary at 30.000 s, for 1.500 s",
        ),
        // Neither is ever demoted.
        (
            vec![primary(12_000, 2), primary(22_000, 1)],
            Verdict::Fail,
            "node1 and node2 were both primary at 22.000 s, for 18.000 s",
        ),
        (vec![secondary(100, 1)], Verdict::Inconclusive, "no node reported to be primary"),
        // A node's report on its peer is not its own role.
        (
            vec![drbd(100, 2, "exists connection name:r0 conn-name:peer connection:Connected role:Primary")],
            Verdict::Inconclusive,
            "no node reported to be primary",
        ),
    ] {
        assert_eq!(judge(Invariant::OnePrimary, seen), (verdict, text.to_owned()));
    }
}

#[test]
fn a_split_brain_is_caught() {
    let connection = |at, number, state: &str| {
        drbd(at, number, &format!("change connection name:r0 conn-name:peer connection:{state}"))
    };
    for (seen, verdict, text) in [
        // A device that is taken down and up again is disconnected for a moment.
        (
            vec![
                connection(100, 1, "Connected"),
                connection(20_000, 1, "StandAlone"),
                connection(21_000, 1, "Connected"),
            ],
            Verdict::Pass,
            "DRBD found no split brain",
        ),
        (
            vec![
                connection(100, 1, "Connected"),
                drbd(25_000, 1, "call helper name:r0 conn-name:peer helper:split-brain"),
            ],
            Verdict::Fail,
            "DRBD on node1 found a split brain at 25.000 s (split-brain)",
        ),
        (
            vec![drbd(25_000, 2, "call helper name:r0 conn-name:peer helper:initial-split-brain")],
            Verdict::Fail,
            "DRBD on node2 found a split brain at 25.000 s (initial-split-brain)",
        ),
        (
            vec![connection(100, 1, "Connected"), connection(20_000, 2, "StandAlone")],
            Verdict::Fail,
            "DRBD on node2 does not connect to its peer any more at the end (StandAlone)",
        ),
        (vec![], Verdict::Inconclusive, "no node reported DRBD's connections"),
    ] {
        assert_eq!(judge(Invariant::NoSplitBrain, seen), (verdict, text.to_owned()));
    }
}

/// Two mirrors, of which one has no disk of node 2: both may have a primary.
#[test]
fn primaries_of_two_mirrors_are_no_rivals() {
    let mut record = Truth::typical().record(&lab(200, 1000, true));
    record.header.drill.invariants = vec![Invariant::OnePrimary];
    for (at, what) in [role(100, 1, "Primary"), role(13_000, 2, "Primary")] {
        record.events.push(Event { t: Nanos::millis(at), what });
    }
    record.header.drill.steps.clear();
    record.events.retain(|event| !matches!(event.what, What::Step { .. }));
    let verdict = |record: &halab::record::Record| analyse(record).invariants[0].verdict;
    assert_eq!(verdict(&record), Verdict::Fail, "nothing is known of mirrors");
    let third = "node3".parse().unwrap();
    let (one, two) = (mirror(), StackUse { on: vec![node(2), third], ..mirror() });
    record.header.lab.stacks.extend([StackUse { on: vec![node(1)], ..one.clone() }, two]);
    assert_eq!(record.header.lab.mirrors().len(), 2);
    assert_eq!(verdict(&record), Verdict::Pass);
    record.header.lab.stacks.push(one);
    assert_eq!(verdict(&record), Verdict::Fail, "node1 and node2 have a mirror between them");
}

/// Two mirrored disks on the same nodes: the roles of each are its own.
#[test]
fn the_roles_of_two_resources_are_not_mixed() {
    let role = |at, number, resource: &str, role: &str| {
        drbd(at, number, &format!("change resource name:{resource} role:{role} suspended:no"))
    };
    let moves_one = vec![
        role(100, 1, "r0", "Primary"),
        role(200, 1, "r1", "Primary"),
        role(2000, 1, "r1", "Secondary"),
        role(2100, 2, "r1", "Primary"),
    ];
    assert_eq!(judge(Invariant::OnePrimary, moves_one.clone()).0, Verdict::Pass);
    let takes_both = [moves_one, vec![role(4000, 2, "r0", "Primary")]].concat();
    let (verdict, text) = judge(Invariant::OnePrimary, takes_both);
    assert_eq!(verdict, Verdict::Fail, "the first disk was not given up: {text}");
    let connection = |number, resource: &str, state: &str| {
        drbd(100, number, &format!("change connection name:{resource} peer-node-id:1 connection:{state}"))
    };
    let apart = vec![connection(1, "r1", "StandAlone"), connection(1, "r0", "Connected")];
    assert_eq!(judge(Invariant::NoSplitBrain, apart).0, Verdict::Fail);
}

#[test]
fn unequal_disks_are_caught() {
    let compared = |difference, failure: Option<&str>| {
        let nodes = vec![node(1), node(2)];
        vec![(39_000, What::Mirror { nodes, difference, failure: failure.map(str::to_owned) })]
    };
    for (seen, verdict, text) in [
        (compared(None, None), Verdict::Pass, "the disks of node1 and node2 are equal, byte for byte"),
        (
            compared(Some(65536), None),
            Verdict::Fail,
            "the disks of node1 and node2 differ at the end, from byte 65536 on",
        ),
        (
            compared(None, Some("no answer")),
            Verdict::Inconclusive,
            "the disks of node1 and node2 could not be compared: no answer",
        ),
        // Of two mirrors the worse one counts.
        (
            [compared(None, None), compared(Some(512), None)].concat(),
            Verdict::Fail,
            "the disks of node1 and node2 differ at the end, from byte 512 on",
        ),
        (
            [compared(None, None), compared(None, None)].concat(),
            Verdict::Pass,
            "the disks of node1 and node2 are equal, byte for byte; the disks of node1 and node2 are equal, byte for byte",
        ),
        (vec![], Verdict::Inconclusive, "the disks were not compared"),
    ] {
        assert_eq!(judge(Invariant::DisksEqual, seen), (verdict, text.to_owned()));
    }
}

fn look(number: u8, moment: Moment, facts: Facts) -> (u64, What) {
    let at = if moment == Moment::Before { 900 } else { 39_000 };
    (at, What::Inspected { node: node(number), moment, facts: Some(facts), failure: None })
}

fn silent(number: u8) -> (u64, What) {
    let failure = Some("no answer".to_owned());
    (39_000, What::Inspected { node: node(number), moment: Moment::After, facts: None, failure })
}

/// The facts of a node of the pair that has only its own address.
fn plain(number: u8) -> Facts {
    Facts { addresses: vec![[192, 168, 0, 100 + number].into()], ..Facts::default() }
}

/// The facts of the holder.
fn holding(number: u8) -> Facts {
    let mut facts = plain(number);
    facts.addresses.push([192, 168, 0, 100].into());
    facts.mounted.push("/dev/drbd0".to_owned());
    facts
}

#[test]
fn an_owner_that_does_not_let_go_is_caught() {
    let after = |first, second| vec![look(1, Moment::After, first), look(2, Moment::After, second)];
    let mounted = || Facts { mounted: vec!["/dev/drbd0".to_owned()], ..plain(2) };
    for (seen, verdict, text) in [
        (
            after(holding(1), plain(2)),
            Verdict::Pass,
            "the nodes that do not hold the address have let go of everything",
        ),
        (after(holding(1), holding(2)), Verdict::Fail, "node2 still has the address web, which node1 holds"),
        (after(holding(1), mounted()), Verdict::Fail, "node1 and node2 have the mirrored disk mounted"),
        (
            vec![look(1, Moment::After, holding(1)), silent(2)],
            Verdict::Inconclusive,
            "node2 could not be looked at: no answer",
        ),
        (vec![], Verdict::Inconclusive, "no node was looked at"),
    ] {
        assert_eq!(judge(Invariant::Released, seen), (verdict, text.to_owned()));
    }
}

#[test]
fn harm_is_caught() {
    let complains = |line: &str| Facts { complaints: vec![line.to_owned()], ..plain(2) };
    let full = || Facts { full: vec!["/srv/data".to_owned()], ..plain(2) };
    let wrong = |distance, error| {
        let clock = Deviation { distance: Nanos::millis(distance), error: Nanos::millis(error) };
        Facts { clock, ..plain(2) }
    };
    let after = |facts| look(2, Moment::After, facts);
    let oom = "[  71.2] Out of memory: Killed process 811 (mariadbd)";
    for (seen, verdict, text) in [
        (vec![after(plain(2))], Verdict::Pass, "none of 1 nodes was harmed"),
        (
            vec![look(2, Moment::Before, plain(2)), after(complains(oom))],
            Verdict::Fail,
            "node2 complains: [  71.2] Out of memory: Killed process 811 (mariadbd)",
        ),
        // It was there before.
        (
            vec![look(2, Moment::Before, complains(oom)), after(complains(oom))],
            Verdict::Pass,
            "none of 1 nodes was harmed",
        ),
        (vec![after(full())], Verdict::Fail, "no room is left in /srv/data of node2"),
        (vec![look(2, Moment::Before, full()), after(full())], Verdict::Pass, "none of 1 nodes was harmed"),
        (vec![after(wrong(2500, 100))], Verdict::Fail, "the clock of node2 is wrong by 2.500 s"),
        // The query took so long that this may be nothing.
        (vec![after(wrong(2500, 600))], Verdict::Pass, "none of 1 nodes was harmed"),
        (vec![silent(2)], Verdict::Inconclusive, "node2 could not be looked at: no answer"),
        (vec![], Verdict::Inconclusive, "no node was looked at"),
    ] {
        assert_eq!(judge(Invariant::NoCollateral, seen), (verdict, text.to_owned()));
    }
}
