//! The events after each step: their times, distances and sources.

use super::super::analysis::{Analysis, OutageLabel, Row, StepKind, Timeline};
use super::super::document::{Cell, Drawing, Section, Tone, columns};
use super::super::numbers::bound;
use crate::model::Origin;
use crate::record::Nanos;

pub fn sections(analysis: &Analysis) -> impl Iterator<Item = Section> {
    let all = analysis.timelines.iter().enumerate();
    all.map(|(number, timeline)| section(analysis, number, timeline))
}

fn section(analysis: &Analysis, number: usize, timeline: &Timeline) -> Section {
    let heads = columns("since> | then> | = | node | event* | source | theory | ");
    let span = timeline.rows.last().map_or(Nanos(1), |row| row.at.since(timeline.zero));
    let (mut before, mut rows) = (timeline.zero, Vec::new());
    for row in &timeline.rows {
        rows.push(cells(row, timeline.zero, before, span));
        before = row.at.max(before);
    }
    let phases = timeline.phases.map(|phases| {
        let (detection, takeover, recovery) = (phases.detection, phases.takeover, phases.recovery);
        let mark = |origin| if origin == Origin::Told { " (told)" } else { "" };
        let of = phases.origin;
        format!(
            "Detection {detection} s{}, takeover {takeover} s{}, recovery {recovery} s{}.",
            mark(of.detection),
            mark(of.takeover),
            mark(of.recovery)
        )
    });
    let section = Section::new(title(analysis, timeline)).drawing(Drawing::Timeline(number));
    section.table(heads, rows).notes(phases)
}

/// `Failover after step cut: power cut of node1 at 10.038 s ± 0.013 s`.
fn title(analysis: &Analysis, timeline: &Timeline) -> String {
    let step = analysis.steps.iter().find(|step| step.step == timeline.step);
    let action = match step {
        Some(step) if step.kind == StepKind::On => "power on".to_owned(),
        Some(step) => step.words(),
        None => "step".to_owned(),
    };
    let error = step.map_or(Nanos(0), |step| Nanos(step.latest.since(step.earliest).0 / 2));
    let led_to = match timeline.label {
        OutageLabel::Failover => "Failover after",
        OutageLabel::Failback => "Failback after",
        OutageLabel::Fault => "Outage after",
        OutageLabel::Overload | OutageLabel::Interruption => "After",
    };
    let (name, node, zero) = (&timeline.step, &timeline.node, timeline.zero);
    format!("{led_to} step {name}: {action} of {node} at {zero} s ± {error} s")
}

fn cells(row: &Row, zero: Nanos, before: Nanos, span: Nanos) -> Vec<Cell> {
    let percent = |time: Nanos| ((time.seconds() / span.seconds().max(1e-9)) * 1000.0).round() / 10.0;
    let source = row.source.to_string();
    let at = row.at.since(zero);
    vec![
        if row.earlier { format!("≤ {at} s") } else { format!("{at} s") }.into(),
        Cell::soft(format!("+{}", row.at.since(before))),
        Cell::bar(percent(before.since(zero)), percent(row.at.since(before))),
        row.node.as_ref().map_or_else(String::new, ToString::to_string).into(),
        row.text.clone().into(),
        Cell::soft(source),
        row.theory.map_or_else(String::new, bound).into(),
        if row.outside { Cell::badge("OUTSIDE", Tone::Fail) } else { Cell::default() },
    ]
}
