//! A sweep as a table for other programs.

use std::fmt::Write as _;

use super::SweepReport;
use crate::model::drill::Figure;
use crate::record::Nanos;
use crate::report::csv::{field, time};
use crate::report::series::FigureSpread;

/// One line for each setting and figure, or one without a figure where nothing was measured. Times are seconds.
pub fn sweep_csv(report: &SweepReport) -> String {
    let mut out = "setting,verdict,runs,counted,figure,median_s,low_s,high_s,coverage,best_s,worst_s,soak_s,false_failovers,per_hour,at_most_per_hour,late,remark\n".to_owned();
    for row in &report.rows {
        let verdict = format!("{:?}", row.verdict).to_lowercase();
        let runs: usize = row.verdicts.values().sum();
        let begins = format!("{},{verdict},{runs},{}", field(&row.settings.join(" ")), row.counted);
        let ends = row.soaked().map_or_else(
            || ",,,,".to_owned(),
            |soak| {
                let rate = &soak.takeovers;
                let (per_hour, at_most) = (rate.per_hour, rate.at_most);
                format!("{},{},{per_hour:.3},{at_most:.3},{}", time(soak.length), rate.events, soak.late)
            },
        );
        let remark = field(row.remarks.first().map_or("", String::as_str));
        if row.figures.is_empty() {
            let _ = writeln!(out, "{begins},,,,,,,,{ends},{remark}");
        }
        for spread in &row.figures {
            let _ = writeln!(out, "{begins},{},{ends},{remark}", figure(spread));
        }
    }
    out
}

fn figure(spread: &FigureSpread) -> String {
    let bound = |bound: Option<Nanos>| bound.map_or_else(String::new, time);
    format!(
        "{},{},{},{},{},{},{}",
        name(spread.figure),
        time(spread.median),
        bound(spread.interval.map(|span| span.low)),
        bound(spread.interval.map(|span| span.high)),
        spread.interval.map_or_else(String::new, |span| format!("{:.4}", span.coverage)),
        time(spread.best),
        time(spread.worst),
    )
}

/// As files have it: `write-outage`.
fn name(figure: Figure) -> String {
    serde_json::to_value(figure).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
}
