//! Invariants, holders of the virtual addresses, and the outcome of writes.

use super::super::analysis::Analysis;
use super::super::counts::{HolderSegment, HolderSummary, InvariantResult, WritesSummary};
use super::super::document::{Badge, Cell, Section, Statement, columns};
use super::super::terms::{mark, marked};
use crate::record::Verdict;

/// The invariants and the holders of the virtual addresses.
pub fn invariants(analysis: &Analysis) -> Option<Section> {
    let statements = analysis.invariants.iter().map(statement).collect();
    let section = Section::new("Safety: invariants of the drill").statements(statements);
    section.notes(analysis.holders.iter().map(held_by)).unless_empty()
}

fn statement(result: &InvariantResult) -> Statement {
    // A failure is in capitals, because a terminal may have no colour.
    let word = match result.verdict {
        Verdict::Fail => result.word().to_uppercase(),
        _ => result.word().to_owned(),
    };
    Statement {
        badge: Badge { word, tone: result.verdict.into() },
        text: marked(&result.text, result.origin),
    }
}

/// The holders of an address, in order.
fn held_by(holder: &HolderSummary) -> String {
    let name = |segment: &HolderSegment| {
        segment.node.as_ref().map_or_else(|| segment.mac.to_string(), ToString::to_string)
    };
    let order: Vec<String> = holder.segments.iter().map(name).collect();
    format!(
        "VIP {}: held by {}; {} of {} ARP requests had no answer.",
        holder.address,
        if order.is_empty() { "no node".to_owned() } else { order.join(", then ") },
        holder.unanswered,
        holder.asked
    )
}

/// The outcome of the writes of each load.
pub fn writes(analysis: &Analysis) -> Option<Section> {
    let asked = || analysis.writes.iter().filter(|writes| writes.attempted > 0);
    let heads = columns(
        "load | requested> | acknowledged> | failed> | unknown> | executed> | lost> | RPO> | duplicated> | never requested> | ",
    );
    let unread = asked().filter_map(|writes| Some((writes, writes.unread.as_ref()?)));
    let unread = unread.map(|(writes, why)| format!("{}: the ledger could not be read: {why}", writes.load));
    let lost = asked().filter(|writes| !writes.lost.is_empty()).filter_map(|writes| {
        Some(format!("{}: {} acknowledged and lost: {}.", writes.load, writes.lost.len(), lost_when(writes)?))
    });
    let section = Section::new("Writes").table(heads, asked().map(row).collect());
    let what = "Failed: never reached a server. Unknown: ended without an answer. Executed: how many of the unknown are there.";
    Some(section.notes(unread.chain(lost)).unless_empty()?.notes([what.to_owned()]))
}

fn row(writes: &WritesSummary) -> Vec<Cell> {
    let read = |number: usize| if writes.unread.is_some() { "?".into() } else { Cell::from(number) };
    let rpo = match writes.recovery_point {
        Some(point) => format!("{point} s"),
        None if writes.unread.is_some() || writes.acknowledged == 0 => String::new(),
        None => "0 s".to_owned(),
    };
    vec![
        writes.load.clone().into(),
        writes.attempted.into(),
        writes.acknowledged.into(),
        writes.failed.into(),
        writes.unknown.into(),
        read(writes.unknown_present),
        read(writes.lost.len()),
        rpo.into(),
        Cell::unless_zero(writes.duplicated.len()),
        Cell::unless_zero(writes.foreign.len()),
        mark(writes.origin),
    ]
}

/// Whether the lost writes are before or after the power cut, and how far back they reach. `None` if nothing
/// is lost.
pub fn lost_when(writes: &WritesSummary) -> Option<String> {
    let (after, before) = (writes.lost_after_cut, writes.lost.len() - writes.lost_after_cut);
    if writes.lost.is_empty() {
        return None;
    }
    Some(match (writes.recovery_point, after) {
        (Some(point), 0) => format!("the oldest {point} s before the power cut (RPO)"),
        (Some(point), after) => {
            format!("{before} up to {point} s before the power cut (RPO), {after} after it")
        }
        (None, 0) => "no power cut explains it".to_owned(),
        (None, _) => "all after the power cut".to_owned(),
    })
}
