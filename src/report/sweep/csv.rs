//! A sweep as a table for other programs.

use super::{SweepReport, SweepRow};
use crate::model::drill::Figure;
use crate::record::Nanos;
use crate::report::csv::{table, time};
use crate::report::series::FigureSpread;

const HEADS: [&str; 17] = [
    "setting",
    "verdict",
    "runs",
    "counted",
    "figure",
    "median_s",
    "low_s",
    "high_s",
    "coverage",
    "best_s",
    "worst_s",
    "soak_s",
    "false_failovers",
    "per_hour",
    "at_most_per_hour",
    "late",
    "remark",
];

/// One line for each setting and figure, or a line without a figure if nothing was measured. Times are
/// seconds.
pub fn sweep_csv(report: &SweepReport) -> String {
    table(&HEADS, report.rows.iter().flat_map(rows))
}

fn rows(row: &SweepRow) -> Vec<Vec<String>> {
    let runs: usize = row.verdicts.values().sum();
    let begins = vec![
        row.settings.join(" "),
        format!("{:?}", row.verdict).to_lowercase(),
        runs.to_string(),
        row.counted.to_string(),
    ];
    let soaked = row.soaked().map(|soak| {
        let rate = &soak.takeovers;
        let (per_hour, at_most) = (format!("{:.3}", rate.per_hour), format!("{:.3}", rate.at_most));
        [time(soak.length), rate.events.to_string(), per_hour, at_most, soak.late.to_string()]
    });
    let remark = row.remarks.first().cloned().unwrap_or_default();
    let with = |figure: [String; 7]| {
        [begins.clone(), figure.to_vec(), soaked.clone().unwrap_or_default().to_vec(), vec![remark.clone()]]
            .concat()
    };
    if row.figures.is_empty() {
        vec![with(Default::default())]
    } else {
        row.figures.iter().map(|one| with(figure(one))).collect()
    }
}

fn figure(spread: &FigureSpread) -> [String; 7] {
    let bound = |bound: Option<Nanos>| bound.map_or_else(String::new, time);
    [
        name(spread.figure),
        time(spread.median),
        bound(spread.interval.map(|span| span.low)),
        bound(spread.interval.map(|span| span.high)),
        spread.interval.map_or_else(String::new, |span| format!("{:.4}", span.coverage)),
        time(spread.best),
        time(spread.worst),
    ]
}

/// The figure's name in files: `write-outage`.
fn name(figure: Figure) -> String {
    serde_json::to_value(figure).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
}
