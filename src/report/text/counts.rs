//! Requests, writes, holders, invariants and the generator's own timekeeping.

use super::super::analysis::Analysis;
use super::super::tally::{ClientsSummary, HolderSummary, Window, WritesSummary};
use super::layout::{Column, count, error, paragraph, response, seconds, table};
use crate::record::Nanos;
use crate::record::Verdict;

/// The most outages that are listed; JSON has all of them.
const MOST_OUTAGES: usize = 12;

pub fn text(analysis: &Analysis, width: usize) -> String {
    let mut out = String::new();
    for clients in analysis.clients.iter().filter(|clients| clients.offered > 0) {
        let called = analysis.calls.iter().any(|calls| calls.load == clients.load);
        // What is counted of calls is not what somebody asked.
        let what = if called { "Moments" } else { "Requests" };
        out += &requests(what, clients, width);
    }
    for writes in analysis.writes.iter().filter(|writes| writes.attempted > 0) {
        out += &ledger(writes, width);
    }
    out += &outages(analysis);
    out += "\nWhat may never be broken\n";
    for result in &analysis.invariants {
        // What is wrong is in capitals: colour is not to be relied on.
        let word = match result.verdict {
            Verdict::Fail => result.word().to_uppercase(),
            _ => result.word().to_owned(),
        };
        out += &paragraph(&format!("{word}: {}", result.text), "  ", width);
    }
    for holder in &analysis.holders {
        out += &paragraph(&held_by(holder), "  ", width);
    }
    out + &timekeeping(analysis, width)
}

fn requests(what: &str, clients: &ClientsSummary, width: usize) -> String {
    let failures: Vec<String> =
        clients.failed.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let failed: usize = clients.failed.values().sum();
    let mut line = format!(
        "offered {}, answered {}, failed {failed}{}{}",
        clients.offered,
        clients.answered,
        if failures.is_empty() { "" } else { ": " },
        failures.join(", ")
    );
    if clients.timekeeping.dropped > 0 {
        line += &format!("; not sent {}", clients.timekeeping.dropped);
    }
    let mut out = format!("\n{what} of {} ({} a second)\n", clients.load, clients.rate);
    out += &paragraph(&line, "  ", width);
    let head = ["response time", "requests", "failed", "p50", "p90", "p99", "slowest"];
    let mut rows = Vec::new();
    for (window, times) in &clients.response {
        let part = match window {
            Window::Before => "before",
            Window::During => "in outages",
            Window::After => "after",
        };
        // A failed request has no response time; it counts as the whole time-out at least.
        let time = |span| {
            if span >= clients.timeout {
                format!("≥ {}", response(clients.timeout))
            } else {
                response(span)
            }
        };
        rows.push(vec![
            part.to_owned(),
            times.count.to_string(),
            times.failed.to_string(),
            time(times.p50),
            time(times.p90),
            time(times.p99),
            time(times.max),
        ]);
    }
    let mut columns = [Column::Right; 7];
    columns[0] = Column::Left;
    out + &table(&head, &rows, &columns)
}

fn ledger(writes: &WritesSummary, width: usize) -> String {
    let mut line = format!(
        "Of {} of {} {} were acknowledged, {} surely not done, {} of unknown outcome",
        count(writes.attempted, "request"),
        writes.load,
        writes.acknowledged,
        writes.failed,
        writes.unknown,
    );
    match &writes.unread {
        Some(reason) => line += &format!(". The ledger could not be read: {reason}"),
        None => {
            line += &format!(
                " ({} of these are there). Acknowledged and lost: {}",
                writes.unknown_present,
                writes.lost.len()
            );
            line += &lost_when(writes);
            line.push('.');
        }
    }
    paragraph(&line, "  ", width)
}

/// Of which side of the power cut the lost writes are, and how far back they reach.
pub fn lost_when(writes: &WritesSummary) -> String {
    let (after, before) = (writes.lost_after_cut, writes.lost.len() - writes.lost_after_cut);
    match (writes.recovery_point, after) {
        (Some(point), 0) => format!(", the oldest {point} s before the power cut"),
        (Some(point), after) => {
            format!(", {before} of them up to {point} s before the power cut, {after} after it")
        }
        (None, 0) => String::new(),
        (None, _) => ", all of them after the power cut".to_owned(),
    }
}

fn outages(analysis: &Analysis) -> String {
    let mut rows = Vec::new();
    for outage in analysis.outages.iter().take(MOST_OUTAGES) {
        rows.push(vec![
            format!("at {}", seconds(outage.began)),
            seconds(outage.length.value),
            error(outage.length),
            outage.what().to_owned(),
            outage
                .cause
                .as_ref()
                .map_or_else(|| "before any step".to_owned(), |step| format!("after step {step}")),
            format!("{} failed", outage.failed),
        ]);
    }
    let columns = [Column::Right, Column::Right, Column::Left, Column::Left, Column::Left, Column::Right];
    if rows.is_empty() {
        return "\nNo outage\n".to_owned();
    }
    format!(
        "\nEvery outage (from a failed request to three good ones in a row)\n{}",
        table(&[], &rows, &columns)
    )
}

/// Who held an address, in words.
pub fn held_by(holder: &HolderSummary) -> String {
    let name = |segment: &super::super::tally::HolderSegment| {
        segment.node.as_ref().map_or_else(|| segment.mac.to_string(), |node| node.to_string())
    };
    let order: Vec<String> = holder.segments.iter().map(name).collect();
    format!(
        "{} was held by {}; {} of {} questions had no answer",
        holder.address,
        if order.is_empty() { "nobody".to_owned() } else { order.join(", then ") },
        holder.unanswered,
        holder.asked
    )
}

fn timekeeping(analysis: &Analysis, width: usize) -> String {
    let mut out = "\nHow well it was measured\n".to_owned();
    for clients in &analysis.clients {
        let time = &clients.timekeeping;
        let mut line =
            format!("{}: {} of {} sent late", clients.load, time.late, count(time.sent, "request"));
        if time.longest > Nanos(0) {
            line += &format!(", the latest by {} at {} s", response(time.longest), time.longest_at);
        }
        if let Some(share) = time.processor {
            line += &format!(", {:.1} % of a processor", share * 100.0);
        }
        out += &paragraph(&line, "  ", width);
    }
    out += "  (late: by more than half the time between two requests)\n";
    out
}
