//! Reports as pages: one file that needs no network and no script, for a screen, a phone and paper.
//!
//! Drawings are computed here as plain data in the units of their view box ([`chart`], `strip`), the templates beside
//! this file only write them down, and the engine escapes every value. Nothing is measured here: all figures come from
//! the analysis, and the points from the record.

mod chart;
mod lanes;
mod latency;
mod run;
mod scale;
mod series;
mod strip;
mod sweep;
mod words;

use serde::Serialize;
use tera::{Context, Tera};

use super::analysis::Analysis;
use super::series::SeriesReport;
use super::sweep::SweepReport;
use crate::record::Record;

/// The templates, by name. Names that end with `.html` have every value in them escaped.
const TEMPLATES: [(&str, &str); 6] = [
    ("style.css", include_str!("style.css")),
    ("base.html", include_str!("base.html")),
    ("chart.html", include_str!("chart.html")),
    ("run.html", include_str!("run.html")),
    ("series.html", include_str!("series.html")),
    ("sweep.html", include_str!("sweep.html")),
];

/// A page could not be made: a template of ours is wrong.
#[derive(Debug, thiserror::Error)]
#[error("the page cannot be made")]
pub struct PageError(#[from] tera::Error);

/// The page of one run.
///
/// # Errors
/// See [`PageError`].
pub fn html(record: &Record, analysis: &Analysis) -> Result<String, PageError> {
    render("run.html", &run::page(record, analysis))
}

/// The page of a series.
///
/// # Errors
/// See [`PageError`].
pub fn series_html(report: &SeriesReport) -> Result<String, PageError> {
    render("series.html", &series::page(report))
}

/// The page of a sweep.
///
/// # Errors
/// See [`PageError`].
pub fn sweep_html(report: &SweepReport) -> Result<String, PageError> {
    render("sweep.html", &sweep::page(report))
}

fn render(template: &str, page: &impl Serialize) -> Result<String, PageError> {
    let mut tera = Tera::new();
    tera.autoescape_on([".html"]);
    tera.add_raw_templates(TEMPLATES)?;
    let mut context = Context::new();
    context.insert("page", page);
    Ok(tera.render(template, &context)?)
}
