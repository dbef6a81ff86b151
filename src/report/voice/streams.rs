//! The packets of each direction of each line, and their figures.

use std::collections::BTreeMap;

use super::classes::classes;
use super::quality::{Jitter, Judging, Packet, quality};
use super::{CallRow, Judged, Second, Silence, StreamRow};
use crate::model::LoadName;
use crate::probe::call::{MediaRun, Plan, StreamKey as Key};
use crate::record::Nanos;
use crate::report::index::Index;

/// The number of missing packets that make a silence.
const SILENCE: u64 = 3;

/// The period over which quality is computed.
const SECOND: Nanos = Nanos::millis(1000);

/// All streams of a load, line by line, and their parts before the first step.
pub fn streams(
    index: &Index<'_>,
    load: &LoadName,
    plan: &Plan,
    calls: &[CallRow],
    first_step: Option<Nanos>,
) -> Vec<StreamRow> {
    let mut all: BTreeMap<Key, (Nanos, Vec<Packet>)> = BTreeMap::new();
    for event in &index.record.events {
        let Some((key, run)) = MediaRun::read(&event.what).filter(|(_, run)| run.load == *load) else {
            continue;
        };
        let empty = || (run.interval, Vec::new());
        let (_, packets) = all.entry(key).or_insert_with(empty);
        let took = run.took_us.iter().map(|took| took.map(|took| Nanos(u64::from(took) * 1000)));
        let samples = run.samples().zip(took);
        packets.extend(samples.map(|(sample, took)| Packet { due: sample.due, sent: sample.sent, took }));
    }
    let mut rows = Vec::new();
    for (key, (interval, mut packets)) in all {
        packets.sort_by_key(|packet| packet.due);
        let mut row = stream(key, interval, &packets, plan, calls);
        let undisturbed = first_step.map_or(0, |step| packets.partition_point(|packet| packet.due < step));
        row.before = (undisturbed > 0).then(|| judged(key, plan, &packets[..undisturbed]));
        rows.push(row);
    }
    rows
}

fn stream(key: Key, interval: Nanos, packets: &[Packet], plan: &Plan, calls: &[CallRow]) -> StreamRow {
    let (line, medium, way) = key;
    let begin = packets.first().map_or(Nanos(0), |packet| packet.due);
    let mut row = StreamRow {
        line,
        way,
        medium,
        whole: judged(key, plan, packets),
        before: None,
        calls: Vec::new(),
        seconds: Vec::new(),
        silences: silences(packets, interval),
    };
    let own: Vec<&CallRow> = calls.iter().filter(|call| call.line == line).collect();
    let call_of = |packet: &Packet| own.iter().rposition(|call| call.from <= packet.sent);
    for call in packets.chunk_by(|one, two| call_of(one) == call_of(two)) {
        let judging = judging(key, plan, call);
        row.calls.push(quality(call, judging, &mut Jitter::default()));
        let second = |packet: &Packet| packet.due.since(begin).0 / SECOND.0;
        let mut jitter = Jitter::default();
        for part in call.chunk_by(|one, two| second(one) == second(two)) {
            let from = begin.plus(Nanos(second(&part[0]) * SECOND.0));
            row.seconds.push(Second { from, quality: quality(part, judging, &mut jitter) });
        }
    }
    row
}

/// The common parameters for judging packets of a stream.
fn judging((_, medium, way): Key, plan: &Plan, packets: &[Packet]) -> Judging {
    let shortest = packets.iter().filter_map(|packet| packet.took).min().unwrap_or_default();
    Judging { way, medium, shortest, buffer: plan.buffer.into() }
}

fn judged(key: Key, plan: &Plan, packets: &[Packet]) -> Judged {
    let quality = quality(packets, judging(key, plan, packets), &mut Jitter::default());
    Judged { classes: classes(&quality), quality }
}

/// The periods without received packets.
fn silences(packets: &[Packet], interval: Nanos) -> Vec<Silence> {
    let least = Nanos(SILENCE * interval.0);
    let arrival = |packet: &Packet| packet.took.map(|took| packet.sent.plus(took));
    let begin = packets.first().map(|packet| packet.sent);
    let mut arrivals: Vec<Nanos> = begin.into_iter().chain(packets.iter().filter_map(arrival)).collect();
    arrivals.sort_unstable();
    let between = arrivals.windows(2).map(|pair| Silence {
        from: pair[0],
        length: pair[1].since(pair[0]),
        ended: true,
    });
    let last = packets.last().zip(arrivals.last());
    let open =
        last.map(|(packet, from)| Silence { from: *from, length: packet.due.since(*from), ended: false });
    between.chain(open).filter(|silence| silence.length > least).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_what_a_listener_hears_nothing_in() {
        let packets: Vec<Packet> = (0..100)
            .map(|number| {
                let due = Nanos::millis(20 * number);
                let came = number != 5 && !(20..30).contains(&number) && number < 90;
                Packet { due, sent: due, took: came.then_some(Nanos::millis(3)) }
            })
            .collect();
        let found = silences(&packets, Nanos::millis(20));
        let at = Nanos::millis;
        let expected = [
            Silence { from: at(383), length: at(220), ended: true },
            Silence { from: at(1783), length: at(197), ended: false },
        ];
        assert_eq!(found, expected, "one packet that is lost is no silence");
        let lost = |until: usize| -> Vec<Packet> {
            let cut = packets.iter().take(until).map(|packet| Packet { took: None, ..*packet });
            cut.chain(packets[until..20].iter().copied()).collect()
        };
        let first = Silence { from: at(0), length: at(203), ended: true };
        assert_eq!(silences(&lost(10), Nanos::millis(20)), [first]);
        let all = Silence { from: at(0), length: at(380), ended: false };
        assert_eq!(silences(&lost(20), Nanos::millis(20)), [all], "a voice without a single packet");
    }
}
