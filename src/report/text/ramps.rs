//! How much the lab could serve, as text.

use super::layout::{Column, paragraph, plain, response, table};
use crate::model::KEPT_UP;
use crate::report::ramps::{RampStep, RampSummary};

/// Heads of the columns of [`cells`].
pub const HEADS: [&str; 8] = ["requests/s", "offered", "in time", "", "p50", "p90", "p99", "what failed"];

pub fn text(ramps: &[RampSummary], width: usize) -> String {
    let mut out = String::new();
    for ramp in ramps {
        let rows: Vec<Vec<String>> = ramp.steps.iter().map(|step| cells(step).to_vec()).collect();
        let mut columns = [Column::Right; 8];
        columns[7] = Column::Left;
        out += &format!("\n{}\n{}", title(ramp), table(&HEADS, &rows, &columns));
        out += &paragraph(&remark(ramp), "  ", width);
    }
    out
}

/// What the table is of.
pub fn title(ramp: &RampSummary) -> String {
    format!("How much it can serve: {}, to be answered within {}", ramp.ramp, plain(ramp.timeout))
}

/// A step as cells of a table.
pub fn cells(step: &RampStep) -> [String; 8] {
    let time = |pick: fn(&crate::report::ResponseTimes) -> crate::record::Nanos| {
        step.response.as_ref().map_or_else(String::new, |times| response(pick(times)))
    };
    let failed: Vec<String> = step.failed.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    [
        step.rate.to_string(),
        step.offered.to_string(),
        step.answered.to_string(),
        format!("{:.1} %", step.answered as f64 / step.offered.max(1) as f64 * 100.0),
        time(|times| times.p50),
        time(|times| times.p90),
        time(|times| times.p99),
        failed.join(", "),
    ]
}

/// What it comes to.
pub fn remark(ramp: &RampSummary) -> String {
    let rule = format!("{KEPT_UP} of 100 are to be answered in time");
    match (ramp.capacity, ramp.saturated) {
        (Some(rate), true) => format!("Capacity: {rate} requests a second; {rule}."),
        (Some(rate), false) => {
            format!("Capacity: at least {rate} requests a second, more was not tried; {rule}.")
        }
        (None, true) => format!("Capacity: less than the first rate; {rule}."),
        (None, false) => "Capacity: not measured.".to_owned(),
    }
}
