//! The reports of records, for people and for programs.

use halab::model::drill::Invariant;
use halab::record::{Event, Nanos, Stage, Stream, Verdict, What};
use halab::report::{analyse, csv, html, json, junit, text};

use super::synthetic::{Truth, lab, line, node};

/// A power cut with all the lines of a real cluster.
pub fn told() -> halab::record::Record {
    let mut record = Truth::typical().record(&lab(200, 1000, true));
    let mark = |number, millis, name: &str| {
        line(number, millis, &format!("halab: mark {name} node=node{number} uptime=1.00"))
    };
    record.events.extend([
        line(2, 11_110, "node2 heartbeat: [811]: WARN: node node1: is dead"),
        line(2, 11_190, "node2 heartbeat: [811]: info: Resources being acquired from node1."),
        mark(2, 11_400, "promote-begin"),
        mark(2, 12_010, "promoted"),
        mark(2, 12_160, "mounted"),
        mark(2, 13_890, "database-up"),
        mark(2, 13_990, "web-up"),
        mark(2, 14_180, "address-up"),
        mark(2, 30_090, "address-down"),
        mark(1, 32_350, "address-up"),
    ]);
    let (stream, text) = (Stream::DrbdEvents, "exists device disk:UpToDate peer-disk:UpToDate".to_owned());
    let sync = What::Line { node: node(1), stream, text, backlog: true };
    record.events.push(Event { t: Nanos::millis(28_000), what: sync });
    let opened = What::StreamOpened { node: node(1) };
    record.events.push(Event { t: Nanos::millis(27_500), what: opened });
    record
}

#[test]
fn a_passed_power_cut() {
    let analysis = analyse(&told());
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("power-cut", text(&analysis, 100));
        insta::assert_snapshot!("power-cut-narrow", text(&analysis, 80));
        insta::assert_snapshot!("power-cut-html", html(&told(), &analysis).unwrap());
        insta::assert_snapshot!("power-cut-json", serde_json::to_string_pretty(&json(&analysis)).unwrap());
    });
}

#[test]
fn a_second_holder_a_lost_write_and_a_stall() {
    let mut truth = Truth::typical();
    truth.held.push((2, Nanos::millis(5000), Nanos::millis(5200)));
    truth.stalls.push((Nanos::millis(14_000), Nanos::millis(14_700)));
    let mut record = truth.record(&lab(2000, 15_000, true));
    for event in &mut record.events {
        if let What::Ledger { ids, .. } = &mut event.what {
            ids.retain(|id| *id != 1007);
        }
    }
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("broken", text(&analyse(&record), 100));
        insta::assert_snapshot!("broken-html", html(&record, &analyse(&record)).unwrap());
        insta::assert_snapshot!("broken-junit", junit(&analyse(&record)));
    });
}

#[test]
fn every_layer_has_its_own_outage() {
    let (truth, at, mut record) = (Truth::typical(), Nanos::millis, told());
    truth.add_probes(&mut record, &[(at(10_030), at(14_100)), (at(30_050), at(32_400))]);
    let analysis = analyse(&record);
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("probes", text(&analysis, 110));
        insta::assert_snapshot!("probes-html", html(&record, &analysis).unwrap());
    });
    assert_eq!(csv(&record).lines().filter(|line| line.contains(",stream,")).count(), 38_000);
}

#[test]
fn a_probe_that_nothing_answered_has_measured_nothing() {
    let mut record = told();
    Truth::typical().add_probes(&mut record, &[(Nanos(0), Nanos(u64::MAX))]);
    let analysis = analyse(&record);
    assert_eq!(analysis.verdict, halab::report::Verdict::Inconclusive);
    let reasons: Vec<_> = analysis.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let silent = |load| format!("{load}: nothing was answered before the first step");
    assert_eq!(reasons, [silent("port"), silent("stream")]);
}

#[test]
fn every_request_is_a_line_of_the_table() {
    let mut record = told();
    let (load, reason) = ("web".parse().unwrap(), "100 requests, all \"under way\"".to_owned());
    let due = Nanos::millis(11_000);
    record.events.push(Event { t: due, what: What::Dropped { load, seq: 450, due, reason } });
    let table = csv(&record);
    assert_eq!(table.lines().count(), 1 + 1900 + 380 + 1);
    let from = table.lines().position(|line| line.contains(",10.000000,")).unwrap();
    let mut some: Vec<&str> = table.lines().take(3).chain(table.lines().skip(from).take(5)).collect();
    some.extend(table.lines().filter(|line| line.contains("not sent")));
    insta::assert_snapshot!(some.join("\n"), @r#"
    done_s,load,seq,due_s,sent_s,latency_ms,outcome,node_told,node_seen
    2.004000,web,0,2.000000,2.000000,4.000,ok,node1,node1
    2.004000,writes,0,2.000000,2.000000,4.000,ok,node1,node1
    10.004000,web,400,10.000000,10.000000,4.000,ok,node1,node1
    10.004000,writes,80,10.000000,10.000000,4.000,ok,node1,node1
    10.024000,web,401,10.020000,10.020000,4.000,ok,node1,node1
    10.440000,web,402,10.040000,10.040000,400.000,no connection in time,,
    10.460000,web,403,10.060000,10.060000,400.000,no connection in time,,
    ,web,,11.000000,,,"not sent: 100 requests, all ""under way""",,
    "#);
}

#[test]
fn a_figure_with_a_bound_is_a_test_case() {
    let mut record = told();
    record.header.drill.expect[0].max = Some(halab::model::Millis(4000));
    record.header.drill.expect[1].max = Some(halab::model::Millis(2510));
    let xml = junit(&analyse(&record));
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("bounds-junit", xml);
    });
}

#[test]
fn a_page_takes_nothing_for_markup_and_needs_nobody() {
    let mut record = told();
    record.header.drill.title = "<script>alert('x')</script> & more".to_owned();
    record.header.settings = vec!["\"><img src=x>".to_owned()];
    let page = html(&record, &analyse(&record)).unwrap();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script") && !page.contains("<img"));
    assert!(!page.contains("http") && !page.contains("url(") && !page.contains("@import"));
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert!(page.len() < 200_000, "{} bytes", page.len());
}

#[test]
fn a_page_of_a_drill_that_never_began_is_a_page() {
    let mut record = told();
    record.events.retain(|event| matches!(event.what, What::Ended { .. }));
    let page = html(&record, &analyse(&record)).unwrap();
    assert!(page.contains("INCONCLUSIVE") && !page.contains("<svg"), "{page}");
}

#[test]
fn on_a_long_drill_the_outages_are_drawn_close_up() {
    let mut truth = Truth::typical();
    truth.end = Nanos::millis(180_000);
    truth.held[2].2 = truth.end;
    let report = text(&analyse(&truth.record(&lab(200, 1000, true))), 100);
    let drawing: Vec<&str> = report.lines().filter(|line| line.contains(['█', '─', '^'])).collect();
    insta::assert_snapshot!(drawing.join("\n"), @"
      clients   ████▒·▒███████▒▒███████████████████████████████████████████████████████████████████████
      web       node1 node2────node1───────────────────────────────────────────────────────────────────
      steps         ^cut ^heal
                █ answered  ▒ partly  · failed
      clients   ██████████████▒·························································▒██████████████
      web       node1──────────                                                        node2───────────
      steps                  ^cut
      clients   ██████████████▒·························································▒██████████████
      web       node2───────────                                                      node1────────────
    ");
}

/// A lab that has just come up may still elect its holder. This violates no invariant of the drill, and
/// proves nothing either.
#[test]
fn two_holders_count_from_the_baseline_on() {
    let mut truth = Truth::typical();
    truth.held.push((2, Nanos::millis(5000), Nanos::millis(5200)));
    let record = truth.record(&lab(2000, 15_000, true));
    let begun_at = |baseline: Nanos| {
        let mut record = record.clone();
        for event in &mut record.events {
            if matches!(event.what, What::Stage { stage: Stage::Baseline }) {
                event.t = baseline;
            }
        }
        let analysis = analyse(&record);
        let one = analysis.invariants.iter().find(|one| one.invariant == Invariant::OneHolder).unwrap();
        one.verdict
    };
    assert_eq!(begun_at(Nanos::millis(4900)), Verdict::Fail);
    assert_eq!(
        begun_at(Nanos::millis(5400)),
        Verdict::Inconclusive,
        "it is neither caused by the drill nor a pass"
    );
}
