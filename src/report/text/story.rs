//! A story as a table: what happened when, and how long after what came before.

use super::super::analysis::{Analysis, OutageLabel, Row, Seen, StepKind, Story};
use super::layout::{Column, plain, table};
use crate::record::Nanos;

pub fn text(analysis: &Analysis, story: &Story) -> String {
    let head = ["since", "then", "", "", "seen by", "theory"];
    let mut rows = Vec::new();
    let mut before = story.zero;
    for row in &story.rows {
        rows.push(cells(row, story.zero, before));
        before = row.at.max(before);
    }
    let table = table(
        &head,
        &rows,
        &[Column::Right, Column::Right, Column::Left, Column::Left, Column::Left, Column::Left],
    );
    format!("\n{}\n{table}", title(analysis, story))
}

/// What the story is of: `Failover after step cut: node1 cut at 10.038 s ± 0.013`.
pub fn title(analysis: &Analysis, story: &Story) -> String {
    let step = analysis.steps.iter().find(|step| step.step == story.step);
    let action = match step {
        Some(step) if step.is_power_cut() => "cut".to_owned(),
        Some(step) if step.kind == StepKind::On => "switched on".to_owned(),
        Some(step) if step.kind == StepKind::Heal => "healed".to_owned(),
        Some(step) => format!("hit by {}", step.words()),
        None => "touched".to_owned(),
    };
    let error = step.map_or(Nanos(0), |step| Nanos(step.latest.since(step.earliest).0 / 2));
    let led_to = match story.label {
        OutageLabel::Failover => "failover after",
        OutageLabel::Failback => "failback after",
        OutageLabel::Fault => "outage after",
        OutageLabel::Overload | OutageLabel::Interruption => "after",
    };
    let (name, node, zero) = (&story.step, &story.node, story.zero);
    let title = format!("{led_to} step {name}: {node} {action} at {zero} s ± {error}");
    let mut title = title.chars();
    let first = title.next().map(|first| first.to_ascii_uppercase());
    format!("{}{}", first.unwrap_or_default(), title.as_str())
}

fn cells(row: &Row, zero: Nanos, before: Nanos) -> Vec<String> {
    let seen = match row.seen {
        Seen::Client => "client",
        Seen::Wire => "wire",
        Seen::Log => "log",
        Seen::Host => "host",
    };
    let theory = row.theory.map_or_else(String::new, |bound| {
        let high = bound.high.map_or_else(String::new, |high| format!(" to {}", plain(high)));
        let outside = if row.outside { ", OUTSIDE" } else { "" };
        format!("{}{high}{outside}", plain(bound.low))
    });
    let at = row.at.since(zero);
    vec![
        if row.earlier { format!("≤ {at} s") } else { format!("{at} s") },
        format!("+{}", row.at.since(before)),
        row.node.as_ref().map_or_else(String::new, |node| node.to_string()),
        row.text.clone(),
        seen.to_owned(),
        theory,
    ]
}
