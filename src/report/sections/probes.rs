//! The outages that each probe saw.

use super::super::counts::{ProbeOutage, ProbeSummary};
use super::super::document::{Cell, Section, columns};
use super::super::numbers::{error, seconds};
use super::super::probes::longest;
use crate::base::words::several;

/// The largest number of outages listed for a probe; JSON has all of them.
const MOST_LISTED: usize = 4;

/// The section. Its last three columns are the methods of RFC 6414.
pub fn section(probes: &[ProbeSummary]) -> Option<Section> {
    let heads =
        columns("probe | at> | outage> | error | failed> | by loss> | by intervals> | by time stamps>");
    let section =
        Section::new("Outages as each probe saw them").table(heads, probes.iter().flat_map(rows).collect());
    section.notes(probes.iter().flat_map(remarks)).unless_empty()
}

/// The rows of a probe: its longest outages, or a row that it saw none.
fn rows(probe: &ProbeSummary) -> Vec<Vec<Cell>> {
    let name = name(probe);
    let listed = longest(probe, MOST_LISTED);
    if listed.is_empty() {
        return vec![vec![name.into(), Cell::default(), "none".into()]];
    }
    let row = |(place, outage): (usize, &&ProbeOutage)| {
        let methods = outage.methods.as_ref();
        let stamps = methods.map(|methods| methods.by_stamps.map_or_else(|| "–".to_owned(), seconds));
        vec![
            if place == 0 { name.clone() } else { String::new() }.into(),
            seconds(outage.began).into(),
            Cell::strong(seconds(outage.length.value)),
            Cell::soft(error(outage.length)),
            outage.failed.into(),
            methods.map_or_else(String::new, |methods| seconds(methods.by_loss)).into(),
            methods.map_or_else(String::new, |methods| seconds(methods.by_intervals)).into(),
            stamps.unwrap_or_default().into(),
        ]
    };
    listed.iter().enumerate().map(row).collect()
}

fn name(probe: &ProbeSummary) -> String {
    let node = probe.node.as_ref().map_or_else(String::new, |node| format!(" of {node}"));
    let kind = if probe.kind == probe.load.as_str() { String::new() } else { format!("{}, ", probe.kind) };
    format!("{}{node} ({kind}{}/s)", probe.load, probe.rate)
}

fn remarks(probe: &ProbeSummary) -> Vec<String> {
    let mut lines = Vec::new();
    let name = &probe.load;
    let more = probe.outages.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        lines.push(format!("{name}: {more} shorter outages are not listed."));
    }
    let disagree = |outage: &&ProbeOutage| outage.methods.is_some_and(|methods| methods.disagree);
    let apart = probe.outages.iter().filter(disagree).count();
    if apart > 0 {
        lines.push(format!(
            "{name}: in {} the three methods of RFC 6414 differ by more than two packets: the path let packets through, \
             delayed some, or was slower afterwards.",
            several(apart, "outage"),
        ));
    }
    if let Some(packets) = probe.packets.filter(|packets| packets.any()) {
        lines.push(format!(
            "{name}: {} duplicate answers, {} out of order, {} after their time-out.",
            packets.duplicates, packets.out_of_order, packets.too_late
        ));
    }
    if let Some(connections) = probe.connections {
        let (sent, connections) =
            (several(probe.sent, "request"), several(connections as usize, "connection"));
        lines.push(format!("{name}: {sent} over {connections}."));
    }
    lines
}
