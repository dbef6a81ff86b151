//! The measured times, beside the published ones, the bounds of theory and the limits of the drill.

use super::super::analysis::{Analysis, FigureRow, Outage, OutageLabel};
use super::super::document::{Cell, Section, Tone, columns};
use super::super::numbers::{bound, error, plain, seconds};
use super::super::terms::{mark, name};
use crate::base::words::several;

pub fn section(analysis: &Analysis) -> Option<Section> {
    let heads = columns(" | measured> | error | paper> | theory> |  | limit> | ");
    let section = Section::new("Measured times").table(heads, analysis.figures.iter().map(row).collect());
    section.notes(analysis.figures.iter().flat_map(remarks).chain(others(analysis))).unless_empty()
}

fn row(row: &FigureRow) -> Vec<Cell> {
    vec![
        name(row.figure).into(),
        row.measured.map_or_else(|| "not measured".into(), |measured| Cell::strong(seconds(measured.value))),
        Cell::soft(row.measured.map_or_else(String::new, error)),
        row.paper.map_or_else(String::new, plain).into(),
        row.theory.map_or_else(String::new, bound).into(),
        if row.outside { Cell::badge("OUTSIDE", Tone::Fail) } else { Cell::default() },
        row.allowed(plain).unwrap_or_default().into(),
        mark(row.origin),
    ]
}

fn remarks(row: &FigureRow) -> Vec<String> {
    let name = name(row.figure);
    let mut lines: Vec<String> =
        row.missing.iter().map(|missing| format!("{name}: not measured: {missing}.")).collect();
    if row.outside {
        lines.push(format!("{name}: outside the bound that theory gives for the lab's settings."));
    }
    if let (Some(paper), Some(theory)) = (row.paper, row.theory)
        && paper < theory.low
    {
        let (paper, low) = (plain(paper), plain(theory.low));
        lines.push(format!(
            "{name}: the paper's {paper} is below what the lab's settings allow (over {low})."
        ));
    }
    lines
}

/// The outages that are not in the figures, because no fault of the drill caused them.
fn others(analysis: &Analysis) -> Option<String> {
    let unplanned = |outage: &&Outage| outage.false_takeover || !follows_fault(analysis, outage);
    let interruptions = analysis.outages.iter().filter(|outage| outage.label == OutageLabel::Interruption);
    let counts = [
        (interruptions.filter(unplanned).count(), "interruption"),
        (analysis.false_takeovers.len(), "false failover"),
    ];
    let seen = counts.into_iter().filter(|(number, _)| *number > 0);
    let seen: Vec<String> = seen.map(|(number, what)| several(number, what)).collect();
    (!seen.is_empty()).then(|| format!("Also {}, not caused by a fault of the drill.", seen.join(" and ")))
}

/// Whether the last step before it was a fault. The return of a node is not one.
fn follows_fault(analysis: &Analysis, outage: &Outage) -> bool {
    let cause = analysis.steps.iter().find(|step| Some(&step.step) == outage.cause.as_ref());
    cause.is_some_and(|step| step.kind.is_fault())
}
