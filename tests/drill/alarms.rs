//! Takeovers that no fault of the drill explains make a run inconclusive, and nothing else does.

use halab::model::drill::StepAction;
use halab::model::fault::{self, Fault};
use halab::model::{Service, Value};
use halab::record::{Event, Nanos, Record, What};
use halab::report::{Analysis, OutageLabel, Verdict, analyse, text};

use super::synthetic::{Truth, lab, line, mac, node, vrrp};

fn dead(by: u8, millis: u64, of: &str) -> Event {
    line(by, millis, &format!("node{by} heartbeat: [811]: WARN: node {of}: is dead"))
}

fn announced(by: u8, millis: u64) -> Event {
    let (address, mac, node) = ("web".parse().unwrap(), mac(by), Some(node(by)));
    Event { t: Nanos::millis(millis), what: What::Announced { address, mac, node } }
}

fn with(truth: &Truth, lines: impl IntoIterator<Item = Event>) -> Record {
    let mut record = truth.record(&lab(200, 1000, true));
    record.events.extend(lines);
    record
}

fn labels(analysis: &Analysis) -> Vec<OutageLabel> {
    analysis.outages.iter().map(|outage| outage.label).collect()
}

fn reasons(analysis: &Analysis) -> Vec<&str> {
    analysis.reasons.iter().map(|reason| reason.text.as_str()).collect()
}

/// Before the cut node 2 takes the address from node 1, which is on, and returns it.
fn taken_and_given_back() -> Truth {
    let at = Nanos::millis;
    let mut truth = Truth::typical();
    truth.away.extend([(at(5000), at(5400)), (at(7000), at(7300))]);
    truth.held.splice(0..1, [(1, at(0), at(5000)), (2, at(5350), at(7000)), (1, at(7250), at(10_030))]);
    truth
}

#[test]
fn a_node_that_is_on_is_taken_for_dead() {
    let lines = [dead(2, 4500, "node1"), dead(2, 11_100, "node1"), announced(2, 5300)];
    let analysis = analyse(&with(&taken_and_given_back(), lines));
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
    assert_eq!(
        reasons(&analysis),
        [
            "node2 declared node1 dead at 4.500 s although node1 was on: no fault of the drill explains it, an \
          overloaded machine may"
        ]
    );
    // The log, the announcement, the move and the failback are one takeover, and the drill's own failover is
    // measured.
    assert_eq!(analysis.false_takeovers.len(), 1, "{:?}", analysis.false_takeovers);
    use OutageLabel::{Failback, Failover, Interruption};
    assert_eq!(labels(&analysis), [Interruption, Interruption, Failover, Failback]);
    let typical = analyse(&with(&Truth::typical(), []));
    assert_eq!(analysis.figures[0].measured, typical.figures[0].measured);
    let text = text(&analysis, 100);
    let besides = "Also 2 interruptions and 1 false failover, not caused by a fault of the drill.";
    assert!(text.contains(besides), "{text}");
    assert!(text.contains("false failover  before any step"), "{text}");
}

#[test]
fn an_election_without_a_fault_is_a_false_takeover() {
    let elected = |by, millis| line(by, millis, "Sat Nov 21 12:22:03 2026: (web) Entering MASTER STATE");
    let record = |truth: &Truth, lines: Vec<Event>| {
        let mut record = truth.record(&vrrp(1000, true));
        record.events.extend(lines);
        record
    };
    // The effect of the cut: within 2.140 to 3.140 s, node 2 elects itself. On failback node 1 does, which is
    // no fault.
    let lines = || vec![elected(2, 13_000), elected(1, 32_000)];
    let analysis = analyse(&record(&Truth::typical(), lines()));
    assert_eq!(analysis.verdict, Verdict::Pass, "{:?}", reasons(&analysis));
    let row = analysis.timelines[0].rows.iter().find(|row| row.id == "elected").unwrap();
    let bound = row.theory.unwrap();
    assert_eq!((bound.low, bound.high), (Nanos::millis(2140), Some(Nanos::millis(3141))));
    assert!(!row.outside);
    assert!(analysis.timelines[1].rows.iter().any(|row| row.id == "elected" && row.theory.is_none()));
    // Before the cut, without any fault: the wire shows that the address moved and returned.
    let mut lines = lines();
    lines.insert(0, elected(2, 5_300));
    let analysis = analyse(&record(&taken_and_given_back(), lines));
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
    assert_eq!(analysis.false_takeovers.len(), 1, "{:?}", analysis.false_takeovers);
    assert!(
        reasons(&analysis)[0].starts_with("node2 took the address from node1"),
        "{:?}",
        reasons(&analysis)
    );
}

#[test]
fn the_wire_alone_gives_it_away() {
    let analysis = analyse(&with(&taken_and_given_back(), []));
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
    assert!(
        reasons(&analysis)[0]
            .starts_with("node2 took the address from node1 at 5.350 s although node1 was on")
    );
    assert_eq!(analysis.false_takeovers.len(), 1, "the failback is its end: {:?}", analysis.false_takeovers);

    // No other node answers: the announcement alone is no takeover.
    let analysis = analyse(&with(&Truth::typical(), [announced(2, 6000), announced(1, 6500)]));
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
    assert_eq!(labels(&analysis), [OutageLabel::Failover, OutageLabel::Failback]);
}

#[test]
fn a_false_takeover_is_never_the_measured_failover() {
    // Node 2 takes over a second before the power of node 1 is cut, whose outage continues where the other
    // ends.
    let at = Nanos::millis;
    let mut truth = Truth::typical();
    truth.away[0].0 = at(9100);
    truth.held[0].2 = at(9000);
    truth.held[1].1 = at(9800);
    let analysis = analyse(&with(&truth, [dead(2, 8900, "node1")]));
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
    assert_eq!(labels(&analysis)[0], OutageLabel::Interruption);
    assert_eq!(analysis.figures[0].measured, None);
    assert!(analysis.figures[0].missing.as_deref().is_some_and(|text| text.contains("false failover")));

    // The same on failback: node 1 is on again and declares node 2, which never was off, dead.
    let analysis = analyse(&with(&Truth::typical(), [dead(1, 29_500, "node2")]));
    assert_eq!(labels(&analysis), [OutageLabel::Failover, OutageLabel::Interruption]);
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
}

#[test]
fn a_killed_service_explains_a_takeover_only_where_services_are_watched() {
    let killed = |check: &str| {
        let mut lab = vrrp(200, true);
        lab.stacks[0].params.insert("check".to_owned(), Value::Text(check.to_owned()));
        let unit = Service { unit: "apache2.service".to_owned(), role: None };
        lab.stacks[0].services.insert("web".parse().unwrap(), unit);
        let mut record = Truth::typical().record(&lab);
        let kill =
            Fault::new("service-kill", [("service", "web".into()), ("restart", fault::Value::Flag(false))]);
        record.header.drill.steps[0].action = StepAction::Inject(kill);
        record.header.drill.steps[1].action = StepAction::Heal;
        analyse(&record)
    };
    let watched = killed("/health.php");
    assert_eq!((watched.false_takeovers.len(), labels(&watched)[0]), (0, OutageLabel::Failover));
    assert_eq!(killed("").false_takeovers.len(), 1, "no check asks the service");
}

#[test]
fn what_the_drill_did_is_no_false_takeover() {
    let mut late = Truth::typical();
    // Power is back before the cut is detected.
    late.steps[1] = (Nanos::millis(11_000), Nanos::millis(11_050));
    let before_the_drill = dead(2, 1500, "node1");
    let mut backlog = dead(2, 12_000, "node1");
    if let What::Line { backlog, .. } = &mut backlog.what {
        *backlog = true;
    }
    let lines = [
        before_the_drill,
        backlog,
        // About a gateway that Heartbeat pings.
        dead(1, 5000, "192.168.0.254"),
        dead(2, 11_500, "node1"),
        announced(1, 3000),
        announced(1, 4000),
        announced(2, 14_090),
        announced(2, 15_000),
        announced(1, 32_390),
        announced(1, 33_000),
    ];
    for truth in [Truth::typical(), late] {
        let analysis = analyse(&with(&truth, lines.clone()));
        assert_eq!(analysis.verdict, Verdict::Pass, "{:?}", reasons(&analysis));
        assert!(!text(&analysis, 100).contains("Also "));
    }
    // Detected once more after node 1 is on again and was seen: that is a separate event.
    let analysis = analyse(&with(&Truth::typical(), [dead(2, 11_500, "node1"), dead(2, 26_000, "node1")]));
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
}

#[test]
fn interruptions_alone_leave_a_pass_and_a_short_report() {
    let mut truth = Truth::typical();
    let typical = text(&analyse(&with(&truth, [])), 100).lines().count();
    truth.away.extend((0..9).map(|n| (Nanos::millis(21_000 + 800 * n), Nanos::millis(21_100 + 800 * n))));
    let analysis = analyse(&with(&truth, []));
    assert_eq!(analysis.verdict, Verdict::Pass, "{:?}", reasons(&analysis));
    let text = text(&analysis, 100);
    assert!(text.contains("Also 9 interruptions, not caused by a fault of the drill."), "{text}");
    // Writes failed in them too, and recovered long before the address moved.
    assert!(analysis.timelines[1].after("first-write") > Some(Nanos::millis(12_000)), "{text}");
    // Each has its line in the list of all outages and none in the timelines.
    assert_eq!(text.lines().count(), typical + 9 + 1, "{text}");
}

#[test]
fn what_is_broken_is_not_excused() {
    let mut truth = taken_and_given_back();
    truth.held.push((1, Nanos::millis(6000), Nanos::millis(6300)));
    let analysis = analyse(&with(&truth, [dead(2, 4500, "node1")]));
    assert_eq!(analysis.verdict, Verdict::Fail);
    assert!(reasons(&analysis)[0].contains("both answered for web"), "{:?}", reasons(&analysis));
}
