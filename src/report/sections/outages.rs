//! The list of outages.

use super::super::analysis::{Analysis, Outage};
use super::super::document::{Cell, Section, columns};
use super::super::numbers::{error, seconds};

/// The largest number of outages listed; JSON has all of them.
const MOST_OUTAGES: usize = 12;

/// The section; `None` if no requests to the service were made.
pub fn section(analysis: &Analysis) -> Option<Section> {
    analysis.availability?;
    if analysis.outages.is_empty() {
        return Some(Section::new("Outages").text("None."));
    }
    let heads = columns("at> | length> | error | what | after | failed requests>");
    let more = analysis.outages.len().saturating_sub(MOST_OUTAGES);
    let more = (more > 0).then(|| format!("{more} later ones are not listed; `--format json` has all."));
    let what = "An outage lasts from the first failed request to the first of three good answers in a row.";
    let rows = analysis.outages.iter().take(MOST_OUTAGES).map(row).collect();
    Some(Section::new("Outages").table(heads, rows).notes(more.into_iter().chain([what.to_owned()])))
}

fn row(outage: &Outage) -> Vec<Cell> {
    let after =
        outage.cause.as_ref().map_or_else(|| "before any step".to_owned(), |step| format!("step {step}"));
    vec![
        seconds(outage.began).into(),
        Cell::strong(seconds(outage.length.value)),
        Cell::soft(error(outage.length)),
        outage.what().into(),
        after.into(),
        outage.failed.into(),
    ]
}
