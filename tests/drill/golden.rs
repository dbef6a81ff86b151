//! The reports of records, as people read them and as programs do.

use halab::record::{Event, Nanos, Stream, What};
use halab::report::{analyse, json, text};

use super::synthetic::{Truth, lab, line, node};

/// A power cut with all that a real cluster says meanwhile.
fn told() -> halab::record::Record {
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
    });
}
