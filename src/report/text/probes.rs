//! What each probe saw.

use super::super::probes::longest;
use super::super::tally::{ProbeOutage, ProbeSummary};
use super::layout::{Column, count, error, paragraph, seconds, table};

/// The most outages of a probe that are listed; JSON has all of them.
const MOST_LISTED: usize = 4;

/// The heads of the table. The last three are the methods of RFC 6414.
pub const HEAD: [&str; 8] =
    ["probe", "at", "away", "", "failed", "by loss", "by intervals", "by time stamps"];

pub fn text(probes: &[ProbeSummary], width: usize) -> String {
    if probes.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = probes.iter().flat_map(rows).map(Vec::from).collect();
    let mut columns = [Column::Right; 8];
    columns[0] = Column::Left;
    columns[3] = Column::Left;
    let mut out = format!("\nWhat each probe saw\n{}", table(&HEAD, &rows, &columns));
    for line in probes.iter().flat_map(remarks) {
        out += &paragraph(&line, "  ", width);
    }
    out
}

/// The rows of a probe: its longest outages, or that it saw none.
pub fn rows(probe: &ProbeSummary) -> Vec<[String; 8]> {
    let name = name(probe);
    let listed = longest(probe, MOST_LISTED);
    if listed.is_empty() {
        let none = ["", "none", "", "", "", "", ""].map(str::to_owned);
        let [at, away, error, failed, loss, intervals, stamps] = none;
        return vec![[name, at, away, error, failed, loss, intervals, stamps]];
    }
    let row = |(place, outage): (usize, &&ProbeOutage)| {
        let methods = outage.methods.as_ref();
        let stamps = methods.map(|methods| methods.by_stamps.map_or_else(|| "–".to_owned(), seconds));
        [
            if place == 0 { name.clone() } else { String::new() },
            seconds(outage.began),
            seconds(outage.length.value),
            error(outage.length),
            outage.failed.to_string(),
            methods.map_or_else(String::new, |methods| seconds(methods.by_loss)),
            methods.map_or_else(String::new, |methods| seconds(methods.by_intervals)),
            stamps.unwrap_or_default(),
        ]
    };
    listed.iter().enumerate().map(row).collect()
}

fn name(probe: &ProbeSummary) -> String {
    let node = probe.node.as_ref().map_or_else(String::new, |node| format!(" of {node}"));
    let kind = if probe.kind == probe.load.as_str() { String::new() } else { format!("{}, ", probe.kind) };
    format!("{}{node} ({kind}{} a second)", probe.load, probe.rate)
}

/// What is to be known beside the table.
pub fn remarks(probe: &ProbeSummary) -> Vec<String> {
    let mut lines = Vec::new();
    let name = &probe.load;
    let more = probe.outages.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        lines.push(format!("{name}: {more} shorter ones are not listed"));
    }
    let disagree = |outage: &&ProbeOutage| outage.methods.is_some_and(|methods| methods.disagree);
    let apart = probe.outages.iter().filter(disagree).count();
    if apart > 0 {
        lines.push(format!(
            "{name}: the three methods of RFC 6414 disagree in {} by more than two packets: the path let some through, \
             held some back, or was slower afterwards",
            count(apart, "outage"),
        ));
    }
    if let Some(packets) = probe.packets.filter(|packets| packets.any()) {
        lines.push(format!(
            "{name}: {} came twice, {} out of order, {} after they were given up",
            packets.duplicates, packets.out_of_order, packets.too_late
        ));
    }
    if let Some(connections) = probe.connections {
        let (sent, connections) = (count(probe.sent, "request"), count(connections as usize, "connection"));
        lines.push(format!("{name}: {sent} over {connections}"));
    }
    lines
}
