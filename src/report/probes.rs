//! The outages that each probe saw. An address that answers, a port that opens and a correct page are
//! different layers; side by side, the probes show which layer recovered when.
//!
//! For a stream of packets, the length of an outage is also computed by the three methods of RFC 6414. They
//! agree when the stream is lost completely and then recovers completely; a disagreement means that the path
//! lost only a part of it.

use super::analysis::{Estimate, StepDone};
use super::clients::usual_response;
use super::counts::{Methods, PacketTally, ProbeOutage, ProbeSummary};
use super::index::{Index, good};
use super::outages::{Run, find};
use crate::model::drill::Load;
use crate::record::{Nanos, Sample, What};

/// The packets of one sampling interval of the time-based method: the minimum that can show partial loss.
const SAMPLED: u64 = 2;

/// The methods disagree if they differ by more than this many intervals of the stream.
const TOLERANCE: u64 = 2;

/// The outages that probes saw, without the service and the ledgers, which the report covers elsewhere.
pub fn probes(index: &Index<'_>, steps: &[StepDone]) -> Vec<ProbeSummary> {
    let drill = &index.record.header.drill;
    let service = drill.service().map(|load| &load.name);
    let loads = drill.loads.iter().filter(|load| Some(&load.name) != service && !load.kind.is_writes());
    loads.map(|load| probe(index, load, steps)).filter(|probe| probe.sent > 0).collect()
}

fn probe(index: &Index<'_>, load: &Load, steps: &[StepDone]) -> ProbeSummary {
    let samples = index.samples_of(&load.name);
    let response = usual_response(samples, steps);
    let outage = |run: Run| ProbeOutage {
        began: samples[run.first_failed].sent,
        length: run.length(samples, response),
        failed: run.failed(samples),
        methods: load.kind.is_packets().then(|| methods(load, samples, &run)),
    };
    ProbeSummary {
        load: load.name.clone(),
        kind: load.kind.word().to_owned(),
        node: load.node.clone(),
        rate: load.rate,
        sent: samples.len(),
        failed: samples.iter().filter(|sample| !good(sample)).count(),
        outages: find(samples).into_iter().map(outage).collect(),
        packets: load.kind.is_packets().then(|| packets(index, load)),
        connections: index.connections.get(&load.name).copied(),
    }
}

/// The length of an outage by the three methods of RFC 6414.
pub fn methods(load: &Load, samples: &[&Sample], run: &Run) -> Methods {
    let interval = load.interval_ns();
    let lost = samples[run.first_failed..=run.last_failed].iter().filter(|sample| !good(sample));
    let by_loss = Nanos(lost.clone().count() as u64 * interval);
    let mut with_loss: Vec<u64> = lost.map(|sample| sample.seq / SAMPLED).collect();
    with_loss.dedup();
    let by_intervals = Nanos(with_loss.len() as u64 * SAMPLED * interval);
    let received = |place: usize| samples[place].done;
    let before = run.first_failed.checked_sub(1).map(received);
    let by_stamps = run.first_good.zip(before).map(|(after, before)| received(after).since(before));
    let all = [Some(by_loss), Some(by_intervals), by_stamps];
    let known = || all.iter().flatten();
    let apart = known().max().zip(known().min()).map_or(Nanos(0), |(most, least)| most.since(*least));
    Methods { by_loss, by_intervals, by_stamps, disagree: apart.0 > TOLERANCE * interval }
}

fn packets(index: &Index<'_>, load: &Load) -> PacketTally {
    let mut tally = PacketTally::default();
    for event in &index.record.events {
        if let What::Packets(run) = &event.what
            && run.load == load.name
        {
            tally.duplicates += u64::from(run.duplicates);
            tally.out_of_order += u64::from(run.out_of_order);
            tally.too_late += u64::from(run.too_late);
        }
    }
    tally
}

/// The longest outages of a probe, in chronological order.
pub fn longest(probe: &ProbeSummary, most: usize) -> Vec<&ProbeOutage> {
    let mut outages: Vec<&ProbeOutage> = probe.outages.iter().collect();
    let length = |outage: &&ProbeOutage| std::cmp::Reverse(Estimate::clone(&outage.length).value);
    outages.sort_by_key(length);
    outages.truncate(most);
    outages.sort_by_key(|outage| outage.began);
    outages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;
    use crate::model::drill::{LoadKind, LoadTrait};
    use crate::record::Answer;

    fn stream() -> Load {
        Load {
            name: "stream".parse().unwrap(),
            address: "web".parse().unwrap(),
            node: None,
            port: 7,
            rate: 1000,
            connect_timeout: Millis(200),
            timeout: Millis(200),
            kind: LoadKind::new("udp", [LoadTrait::Packets], []),
        }
    }

    /// A stream of 1000 packets per second with this loss; the others are answered after this many
    /// microseconds.
    fn judged(lost: impl Fn(u64) -> bool, took: impl Fn(u64) -> u64) -> Vec<Methods> {
        let load = stream();
        let sample = |seq| {
            let due = Nanos::millis(seq);
            let answer = if lost(seq) { Answer::Timeout } else { Answer::Ok };
            let done = due.plus(Nanos(took(seq) * 1000));
            Sample { load: load.name.clone(), seq, due, sent: due, done, answer, node: None }
        };
        let samples: Vec<Sample> = (0..1000).map(sample).collect();
        let samples: Vec<&Sample> = samples.iter().collect();
        find(&samples).iter().map(|run| methods(&load, &samples, run)).collect()
    }

    #[test]
    fn a_clean_cut_is_as_long_by_every_method() {
        let found = judged(|seq| (300..350).contains(&seq), |_| 400);
        let [Methods { by_loss, by_intervals, by_stamps, disagree }] = found[..] else { panic!("{found:?}") };
        assert_eq!((by_loss, by_intervals), (Nanos::millis(50), Nanos::millis(50)));
        assert_eq!((by_stamps, disagree), (Some(Nanos::millis(51)), false));
    }

    #[test]
    fn a_path_that_lets_some_through_makes_the_methods_disagree() {
        let found = judged(|seq| (300..350).contains(&seq) && seq % 2 == 0, |_| 400);
        assert_eq!((found[0].by_loss, found[0].by_intervals), (Nanos::millis(25), Nanos::millis(50)));
        assert!(found[0].disagree);
    }

    #[test]
    fn a_path_that_holds_packets_back_makes_the_methods_disagree() {
        // Packets after the cut were delayed by 20 ms.
        let found = judged(|seq| (300..350).contains(&seq), |seq| if seq < 350 { 400 } else { 20_400 });
        assert_eq!(found[0].by_stamps, Some(Nanos::millis(71)));
        assert!(found[0].disagree);
    }

    #[test]
    fn what_did_not_come_back_has_no_second_stamp() {
        let found = judged(|seq| seq >= 900, |_| 400);
        assert_eq!((found[0].by_loss, found[0].by_stamps), (Nanos::millis(100), None));
    }
}
