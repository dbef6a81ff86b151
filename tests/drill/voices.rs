//! The figures of calls, from runs on an exchange whose wires have known defects.

use std::net::Ipv4Addr;

use halab::record::{Nanos, Record};
use halab::report::voice::{self, CallEnding, CallsSummary};
use halab::report::{analyse, csv, html, text};
use halab::testing::probe::call::{Callee, Way};

use super::alone;
use super::calls::{plan, talk};
use super::golden::told;
use super::load::run;
use super::switchboard::Switchboard;
use super::talking::{Talk, drill};

/// A record of a drill whose service is a load of calls.
fn record(talk: &Talk) -> Record {
    let mut record = told();
    record.header.drill = drill(talk);
    record.events.retain(|event| {
        !matches!(
            event.what,
            halab::record::What::Sample(_)
                | halab::record::What::Ledger { .. }
                | halab::record::What::LoadStarted { .. }
        )
    });
    record.events.extend(talk.events());
    record.events.sort_by_key(|event| event.t);
    record
}

fn calls(record: &Record) -> CallsSummary {
    voice::calls(record).remove(0)
}

#[test]
fn calls_that_are_dropped_are_called_again() {
    // The exchange is away from 10.03 to 14.2 s; users hang up after 3 s and are connected again when it is
    // back.
    let record = record(&Talk::typical());
    let calls = calls(&record);
    let [cut, heal] = &calls.steps[..] else { panic!("{:?}", calls.steps) };
    assert_eq!((cut.up, cut.undisturbed, cut.dropped.len()), (2, 0, 2));
    for silence in cut.dropped.iter().map(|dropped| dropped.unwrap()) {
        let error = silence.0.abs_diff(Nanos::millis(4300).0);
        assert!(error < Nanos::millis(60).0, "{silence}");
    }
    // During the failback it is away for 2.5 s, which users tolerate.
    assert_eq!((heal.up, heal.dropped.len(), heal.recovered.len()), (2, 0, 2));
    for silence in &heal.recovered {
        assert!(silence.0.abs_diff(Nanos::millis(2500).0) < Nanos::millis(60).0, "{silence}");
    }
    let endings: Vec<_> = calls.calls.iter().map(|call| (call.line, call.call, call.ending)).collect();
    let line = |line| [(line, 1, CallEnding::Silence), (line, 2, CallEnding::Load)];
    assert_eq!(endings, [line(0), line(1)].concat());
    assert_eq!(calls.streams.len(), 4);
    for stream in &calls.streams {
        assert_eq!(stream.silences.len(), 2, "{:?}", stream.silences);
        let before = &stream.before.as_ref().unwrap().quality;
        assert_eq!(
            (before.sent, before.lost, before.mos_cqe),
            (400, 0, Some(4.369)),
            "before the cut at 10 s"
        );
        assert_eq!(stream.worst_second().unwrap().quality.mos_cqe, Some(1.0));
        let clean = stream.seconds.iter().filter(|second| second.quality.lost == 0);
        assert!(
            clean.clone().count() > 20 && clean.clone().all(|second| second.quality.mos_cqe == Some(4.369))
        );
    }
}

#[test]
fn the_report_of_a_drill_on_calls() {
    let record = record(&Talk::typical());
    let analysis = analyse(&record);
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("calls", text(&analysis, 110));
        insta::assert_snapshot!("calls-html", html(&record, &analysis).unwrap());
    });
    assert!(
        csv(&record).lines().filter(|line| line.contains(",talk,")).count() > 1800,
        "its moments are in the table"
    );
}

#[test]
fn what_is_measured_is_what_was_done() {
    let _alone = alone();
    let board = Switchboard::start(|count| count % 25 != 24);
    let load = talk(board.address.port(), plan(1, Callee::Phone));
    let mut record = told();
    record.header.drill = drill(&Talk::typical());
    record.header.drill.loads = vec![load.clone()];
    record.events = run(&load, Ipv4Addr::LOCALHOST, 21, 2500);
    let calls = calls(&record);
    let ways: Vec<Way> = calls.streams.iter().map(|stream| stream.way).collect();
    assert_eq!(ways, [Way::There, Way::Back]);
    for stream in &calls.streams {
        let whole = &stream.whole.quality;
        assert_eq!(whole.lost, whole.sent / 25, "{whole:?}");
        assert!(whole.delay_ms < 10.0 && whole.jitter_ms < 10.0, "{whole:?}");
        assert!(
            stream.silences.iter().all(|silence| silence.ended),
            "one missing packet of 25 is no silence: {:?}",
            stream.silences
        );
    }
}
