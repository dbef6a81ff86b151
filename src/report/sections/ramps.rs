//! The capacity of the lab.

use super::super::counts::ResponseTimes;
use super::super::document::{Answer, Cell, Section, Tone, columns};
use super::super::numbers::{plain, response};
use super::super::ramps::{RampStep, RampSummary};
use crate::model::KEPT_UP;
use crate::record::Nanos;

pub fn section(ramp: &RampSummary) -> Section {
    let heads = columns("requests/s> | offered> | in time> | share> | p50> | p95> | p99> | failed*");
    let title = format!("Capacity: {}, answered within {}", ramp.ramp, plain(ramp.timeout));
    Section::new(title).table(heads, ramp.steps.iter().map(row).collect()).text(format!(
        "Capacity: {}. A rate counts as served if {KEPT_UP} % of its requests are answered in time.",
        capacity(ramp)
    ))
}

pub fn answer(ramp: &RampSummary) -> Answer {
    let tone = if ramp.capacity.is_some() { Tone::Neutral } else { Tone::Unsure };
    let caption = format!("{}, answered within {}", ramp.ramp, plain(ramp.timeout));
    Answer {
        question: "How much can it serve?",
        headline: capacity(ramp),
        caption,
        tone,
        details: Vec::new(),
    }
}

fn capacity(ramp: &RampSummary) -> String {
    match (ramp.capacity, ramp.saturated) {
        (Some(rate), true) => format!("{rate} requests/s"),
        (Some(rate), false) => format!("at least {rate} requests/s, the highest rate tried"),
        (None, true) => "less than the first rate".to_owned(),
        (None, false) => "not measured".to_owned(),
    }
}

fn row(step: &RampStep) -> Vec<Cell> {
    let time = |pick: fn(&ResponseTimes) -> Nanos| {
        step.response.as_ref().map_or_else(Cell::default, |times| response(pick(times)).into())
    };
    let failed: Vec<String> = step.failed.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    vec![
        step.rate.into(),
        step.offered.into(),
        step.answered.into(),
        format!("{:.1} %", step.answered as f64 / step.offered.max(1) as f64 * 100.0).into(),
        time(|times| times.p50),
        time(|times| times.p95),
        time(|times| times.p99),
        failed.join(", ").into(),
    ]
}
