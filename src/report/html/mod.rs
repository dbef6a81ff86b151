//! Reports as pages: one file without network access or scripts, for a screen, a phone and paper.
//!
//! Drawings are computed here as plain data in units of their view box ([`chart`], `spread`, `settings`), the
//! templates beside this file only format them, and the engine escapes every value. Nothing is measured here:
//! all figures come from the analysis, and the points from the record.

mod chart;
mod lanes;
mod latency;
mod page;
mod scale;
mod settings;
mod spread;

use super::analysis::Analysis;
use super::document::Drawing;
use super::index::{Index, packets};
use super::series::SeriesReport;
use super::sweep::SweepReport;
use crate::record::Record;
use page::Templates;

pub use page::PageError;

/// The page of one run.
///
/// # Errors
/// See [`PageError`].
pub fn html(record: &Record, analysis: &Analysis) -> Result<String, PageError> {
    let packets = packets(record);
    let index = Index::new(record, &packets);
    let templates = Templates::new()?;
    let draw = |drawing| {
        let chart = match drawing {
            Drawing::Run => Some(chart::whole(&index, analysis)),
            Drawing::Timeline(number) => analysis
                .timelines
                .get(number)
                .and_then(|timeline| chart::close_up(&index, analysis, timeline)),
            Drawing::Spread(_) | Drawing::Settings => None,
        };
        chart.map(|chart| templates.render("chart.html", "chart", &chart)).transpose()
    };
    templates.page(&super::sections::document(analysis), draw)
}

/// The page of a series.
///
/// # Errors
/// See [`PageError`].
pub fn series_html(report: &SeriesReport) -> Result<String, PageError> {
    let templates = Templates::new()?;
    let draw = |drawing| {
        let place = |figure| report.figures.iter().position(|spread| spread.figure == figure);
        let drawn = match drawing {
            Drawing::Spread(figure) => {
                place(figure).map(|place| spread::spread(&report.figures[place], place == 0))
            }
            Drawing::Run | Drawing::Timeline(_) | Drawing::Settings => None,
        };
        drawn.map(|drawn| templates.render("spread.html", "strip", &drawn)).transpose()
    };
    templates.page(&super::series::document(report), draw)
}

/// The page of a sweep.
///
/// # Errors
/// See [`PageError`].
pub fn sweep_html(report: &SweepReport) -> Result<String, PageError> {
    let templates = Templates::new()?;
    let draw = |_| {
        let matrix = settings::matrix(report);
        matrix.map(|matrix| templates.render("settings.html", "matrix", &matrix)).transpose()
    };
    templates.page(&super::sweep::document(report), draw)
}
