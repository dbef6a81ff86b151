//! The capacity of a lab: the end of a ramp, the counts at each rate, and the effect of a slow generator.

use halab::model::drill::{Drill, Load};
use halab::model::{Millis, Ramp};
use halab::record::{Answer, Ending, Event, Nanos, Record, Sample, What};
use halab::report::{OutageLabel, Verdict, analyse, html, json, text};
use halab::testing::probe::web::http::Page;

use super::alone;
use super::cluster::{Cluster, Faults};
use super::engine::{hurried, perform};
use super::soak::quiet;
use super::synthetic::lab;

/// From 10 to 50 requests a second, each to be answered within half a second.
fn ramp(drill: &Drill, every: Millis) -> Ramp {
    let (name, connect_timeout, timeout) = ("pages".parse().unwrap(), Millis(400), Millis(500));
    let load = Load { name, rate: 10, connect_timeout, timeout, ..drill.loads[0].clone() };
    Ramp { load, by: 10, to: 50, every }
}

/// A step of two seconds in which one of `bad` requests fails, and each is sent this `late`.
fn step(record: &mut Record, ramp: &Ramp, rate: u32, from: Nanos, bad: u64, late: Nanos) {
    let (name, interval) = (&ramp.load.name, 1_000_000_000 / u64::from(rate));
    let begun = What::RampStep { ramp: name.clone(), rate, first_due: from };
    record.events.push(Event { t: from, what: begun });
    for seq in 0..u64::from(rate) * 2 {
        let due = from.plus(Nanos(interval * seq));
        let (sent, fails) = (due.plus(late), seq % bad == bad - 1);
        let (took, answer) =
            if fails { (Nanos::millis(500), Answer::Timeout) } else { (Nanos::millis(20), Answer::Ok) };
        let done = sent.plus(took);
        let sample = Sample { load: name.clone(), seq, due, sent, done, answer, node: None };
        record.events.push(Event { t: done, what: What::Sample(sample) });
    }
}

pub fn record(steps: &[(u32, u64, Nanos)]) -> Record {
    let mut record = quiet().record(&lab(200, 1000, true));
    record.events.retain(|event| !matches!(event.what, What::Step { .. } | What::Goal { .. }));
    record.header.drill.steps.clear();
    record.header.drill.expect.clear();
    let ramp = ramp(&record.header.drill, Millis::seconds(2));
    record.header.drill.ramps.push(ramp.clone());
    for (place, (rate, bad, late)) in (0..).zip(steps) {
        step(&mut record, &ramp, *rate, Nanos::millis(10_000 + 3000 * place), *bad, *late);
    }
    record
}

#[test]
fn capacity_is_the_last_rate_that_was_kept_up_with() {
    let on_time = Nanos(0);
    let record = record(&[(10, 1000, on_time), (20, 1000, on_time), (30, 4, on_time)]);
    let analysis = analyse(&record);
    assert_eq!(analysis.verdict, Verdict::Pass, "{:?}", analysis.reasons);
    let [found] = analysis.ramps.as_slice() else { panic!("one ramp") };
    assert_eq!((found.capacity, found.saturated), (Some(20), true));
    let counted: Vec<_> = found.steps.iter().map(|step| (step.rate, step.offered, step.answered)).collect();
    assert_eq!(counted, [(10, 20, 20), (20, 40, 40), (30, 60, 45)]);
    assert_eq!(found.steps[2].failed, [("no answer in time".to_owned(), 15)].into());
    let times = found.steps[2].response.unwrap();
    assert_eq!((times.p50, times.p95), (Nanos::millis(20), Nanos::millis(500)));
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("ramps", text(&analysis, 100));
        insta::assert_snapshot!("ramps-json", serde_json::to_string_pretty(&json(&analysis.ramps)).unwrap());
    });
    let page = html(&record, &analysis).unwrap();
    assert!(page.contains("How much can it serve?") && page.contains("Capacity: 20 requests"), "{page}");
}

#[test]
fn a_ramp_that_ends_too_soon_and_one_that_begins_too_high_say_so() {
    let on_time = Nanos(0);
    let report = |steps: &[(u32, u64, Nanos)]| text(&analyse(&record(steps)), 100);
    let low = report(&[(10, 1000, on_time), (20, 1000, on_time)]);
    assert!(low.contains("Capacity: at least 20 requests/s, the highest rate tried"), "{low}");
    let high = report(&[(10, 2, on_time)]);
    assert!(high.contains("Capacity: less than the first rate"), "{high}");
}

#[test]
fn a_generator_that_could_not_send_and_a_page_that_is_not_there_prove_nothing() {
    let why = |record: &Record| {
        let analysis = analyse(record);
        assert_eq!(analysis.verdict, Verdict::Inconclusive);
        analysis.reasons[0].text.clone()
    };
    let mut unsent = record(&[(10, 1000, Nanos(0))]);
    let load = unsent.header.drill.ramps[0].load.name.clone();
    let due = Nanos::millis(12_000);
    let dropped = What::Dropped { load, seq: 20, due, reason: "no more sockets".to_owned() };
    unsent.events.push(Event { t: due, what: dropped });
    assert_eq!(why(&unsent), "pages: at 10 a second, 1 requests were not sent: no more sockets");
    assert_eq!(analyse(&unsent).ramps[0].steps[0].failed["not sent"], 1);
    assert_eq!(why(&record(&[(10, 1, Nanos(0))])), "pages: nothing was answered at the first rate");
}

#[test]
fn a_generator_that_is_late_proves_nothing() {
    let analysis = analyse(&record(&[(10, 1000, Nanos::millis(80))]));
    let told: Vec<_> = analysis.reasons.iter().map(|reason| reason.text.as_str()).collect();
    assert_eq!(told, ["pages: at 10 a second, 20 of 20 requests were sent late"]);
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
    assert_eq!(analyse(&record(&[])).verdict, Verdict::Inconclusive, "nothing was asked");
}

#[test]
fn what_a_ramp_takes_away_is_an_overload() {
    let at = Nanos::millis;
    let mut record = record(&[(10, 2, Nanos(0))]);
    for event in &mut record.events {
        if let What::Sample(sample) = &mut event.what
            && sample.load.as_str() == "web"
            && ((at(10_500)..at(11_000)).contains(&sample.due)
                || (at(20_000)..at(20_500)).contains(&sample.due))
        {
            sample.answer = Answer::Timeout;
        }
    }
    let labels: Vec<_> = analyse(&record).outages.iter().map(|outage| outage.label).collect();
    assert_eq!(labels, [OutageLabel::Overload, OutageLabel::Interruption]);
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn the_rate_rises_until_the_server_does_not_keep_up() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let drill = hurried();
    let mut ramp = Ramp { by: 20, to: 90, ..ramp(&drill, Millis::seconds(1)) };
    let page = Page::of(&ramp.load.kind).unwrap();
    ramp.load.kind = Page { path: "/limited".to_owned(), ..page }.kind();
    let drill = Drill { steps: Vec::new(), expect: Vec::new(), ramps: vec![ramp], ..drill };
    let run = perform(&cluster, &drill, true, &mut |_, _| {});
    let analysis = analyse(&run.record);
    let report = text(&analysis, 100);
    assert_eq!(run.ending, Ending::Completed, "{report}");
    let found = &analysis.ramps[0];
    let rates: Vec<u32> = found.steps.iter().map(|step| step.rate).collect();
    assert!(found.saturated && (rates == [10, 30] || rates == [10, 30, 50]), "{report}");
    assert!(found.steps[0].offered >= 9 && found.steps[0].kept_up, "{report}");
}
