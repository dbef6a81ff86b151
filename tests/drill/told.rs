//! Pages that measure a duration themselves: their reports are in the record, and in the report by parts of
//! the drill.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};

use halab::model::drill::Load;
use halab::record::{Answer, Event, Nanos, Record, What};
use halab::report::page_timings::{DrillPart, page_timings};
use halab::report::{analyse, html, json, text};
use halab::testing::probe::web::told::{self, Timed};

use super::alone;
use super::load::{http, run};
use super::ramps;
use super::server::{Reply, Server};

fn load(port: u16) -> Load {
    let kind = told::kind("/replication.php", "replicated");
    Load { name: "one-to-two".parse().unwrap(), kind, ..http(port, 20) }
}

/// The reported bounds.
fn told(events: &[Event]) -> Vec<(Nanos, Nanos)> {
    let told = events.iter().filter_map(|event| {
        let (_, timed) = Timed::read(&event.what)?;
        Some((timed.low, timed.high))
    });
    told.collect()
}

#[test]
fn what_a_page_tells_is_in_the_record_and_what_it_does_not_tell_has_failed() {
    let _alone = alone();
    let asked = AtomicU64::new(0);
    let server = Server::start(Ipv4Addr::LOCALHOST, 0, move |path| {
        assert_eq!(path, "/replication.php");
        match asked.fetch_add(1, Ordering::Relaxed) {
            2 => Reply::Page("not replicated after 90 questions in 5 s\n".to_owned()),
            3 => Reply::Status(504),
            number => {
                Reply::Page(format!("replicated {number} to {number}.5 ms after the commit\nnode web1\n"))
            }
        }
    });
    let events = run(&load(server.address.port()), Ipv4Addr::LOCALHOST, 3, 450);
    let at = |number: u64| (Nanos::millis(number), Nanos(number * 1_000_000 + 500_000));
    let found = told(&events);
    assert!(found.len() >= 5 && found[..4] == [at(0), at(1), at(4), at(5)], "{found:?}");
    let failed = events.iter().filter(|event| match &event.what {
        What::Sample(sample) => sample.answer != Answer::Ok,
        _ => false,
    });
    assert_eq!(failed.count(), 2);
}

/// A drill with a ramp from 10 s to 12 s, whose page reports one duration each second, scaled by this factor.
pub fn record(slow: u64) -> Record {
    let mut record = ramps::record(&[(10, 1000, Nanos(0))]);
    let load = load(80);
    for second in 5..=14 {
        let due = Nanos::millis(1000 * second);
        let (low, high) = (Nanos::millis(second), Nanos::millis(10 * slow * second));
        record.events.push(Event { t: due.plus(high), what: Timed { due, low, high }.told(&load.name) });
    }
    record.header.drill.loads.push(load);
    record
}

#[test]
fn times_are_told_apart_by_what_was_asked_besides() {
    let record = record(1);
    let analysis = analyse(&record);
    let all = page_timings(&record);
    let [found] = all.as_slice() else { panic!("one page") };
    let times: Vec<_> =
        found.times.iter().map(|(when, times)| (*when, times.count, times.p50, times.max)).collect();
    let ms = Nanos::millis;
    // The last request of the ramp ends before 12 s.
    assert_eq!(times, [(DrillPart::Before, 8, ms(80), ms(140)), (DrillPart::Ramp, 2, ms(100), ms(110))]);
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("page-timings-json", serde_json::to_string_pretty(&json(&all)).unwrap());
    });
    let report = text(&analysis, 100);
    assert!(
        report.contains("reported by the lab's own pages") && report.contains("under rising load"),
        "{report}"
    );
    assert!(html(&record, &analysis).unwrap().contains("reported by the lab"));
}
