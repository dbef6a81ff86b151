//! What the page of a series says.

use serde::Serialize;

use super::run::Card;
use super::strip::{Strip, strip};
use super::words::{Badge, badge, bare, bound, figure, meaning};
use crate::model::drill::Figure;
use crate::record::Verdict;
use crate::report;
use crate::report::series::{
    FigureSpread, QUANTITY_HEADS, RunRow, SeriesReport, availability_lines, harm_line, percent,
    quantity_cells, word,
};
use crate::report::text::layout::{count, plain};

/// Everything on the page.
#[derive(Debug, Serialize)]
pub struct Page {
    title: String,
    subtitle: String,
    facts: Vec<String>,
    badge: Badge,
    counts: Vec<String>,
    left_out: usize,
    cards: Vec<Card>,
    strips: Vec<Strip>,
    figures: Vec<[String; 7]>,
    quantity_heads: [&'static str; 9],
    quantities: Vec<[String; 9]>,
    /// The figures that runs have, as heads of columns.
    heads: Vec<&'static str>,
    runs: Vec<Run>,
    harms: Vec<Harm>,
    availability: Vec<String>,
    provenance: Vec<[String; 2]>,
}

/// A run.
#[derive(Debug, Serialize)]
struct Run {
    number: u32,
    badge: Badge,
    cells: Vec<String>,
    lost: String,
    doubles: String,
    record: String,
    reason: Option<String>,
}

/// What must not happen, and how often it did.
#[derive(Debug, Serialize)]
struct Harm {
    badge: Badge,
    text: String,
}

pub fn page(report: &SeriesReport) -> Page {
    let subject = &report.subject;
    let mut facts = vec![subject.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()];
    facts.push(format!("{} of {} runs", report.runs.len(), subject.wanted));
    if let (Some(accelerator), Some(cpus)) = (&subject.accelerator, subject.cpus) {
        facts.push(format!("{accelerator} on {}", count(cpus, "processor")));
    }
    facts.extend(subject.settings.iter().cloned());
    let has = |figure: &Figure| report.runs.iter().any(|run| run.figures.contains_key(figure));
    let figures: Vec<Figure> = Figure::ALL.into_iter().filter(has).collect();
    Page {
        title: format!("{}: {}, {}", subject.lab, subject.drill, count(report.runs.len(), "run")),
        subtitle: subject.title.clone(),
        facts,
        badge: badge(report.verdict),
        counts: report
            .verdicts
            .iter()
            .map(|(verdict, number)| format!("{number} {}", word(*verdict)))
            .collect(),
        left_out: report.runs.len() - report.counted,
        cards: report.figures.iter().map(card).collect(),
        strips: report.figures.iter().map(strip).collect(),
        figures: report.figures.iter().map(cells).collect(),
        quantity_heads: QUANTITY_HEADS,
        quantities: report.quantities.iter().map(quantity_cells).collect(),
        heads: figures.iter().map(|name| figure(*name)).collect(),
        runs: report.runs.iter().map(|run| row(run, &figures)).collect(),
        harms: report
            .harms
            .iter()
            .map(|harm| Harm { badge: harm_badge(harm), text: harm_line(harm) })
            .collect(),
        availability: availability_lines(report),
        provenance: [
            ("instance", subject.instance.to_string()),
            ("lab's digest", subject.lab_digest.short().to_owned()),
            ("drill's digest", subject.drill_digest.short().to_owned()),
            ("seed", subject.seed.to_string()),
        ]
        .map(|(name, value)| [name.to_owned(), value])
        .to_vec(),
    }
}

fn harm_badge(harm: &report::Harm) -> Badge {
    let (word, verdict) = match (harm.happened, harm.forbidden) {
        (0, _) => ("never", Verdict::Pass),
        (_, true) => ("happened", Verdict::Fail),
        (_, false) => ("happened", Verdict::Inconclusive),
    };
    Badge { word, class: badge(verdict).class }
}

fn card(spread: &FigureSpread) -> Card {
    let mut beside = vec![format!("worst {} s", spread.worst)];
    beside.extend(spread.paper.map(|paper| format!("paper {}", plain(paper))));
    beside.extend(spread.theory.map(|theory| format!("theory {}", bound(theory))));
    Card {
        name: figure(spread.figure).to_owned(),
        value: bare(spread.median),
        unit: "s".to_owned(),
        error: spread.interval.map_or_else(
            || "one run".to_owned(),
            |interval| format!("{} to {} s ({})", interval.low, interval.high, percent(interval.coverage)),
        ),
        meaning: format!("{}, median", meaning(spread.figure)),
        beside,
    }
}

fn cells(spread: &FigureSpread) -> [String; 7] {
    let interval = spread.interval.map_or_else(String::new, |interval| {
        format!("{} to {} s ({})", interval.low, interval.high, percent(interval.coverage))
    });
    let p95 = match (spread.p95.at_most, spread.p95.needed) {
        (Some(value), _) => format!("up to {value} s"),
        (None, Some(needed)) => format!("takes {needed} runs"),
        (None, None) => String::new(),
    };
    [
        figure(spread.figure).to_owned(),
        format!("{} s", spread.median),
        interval,
        p95,
        format!("{} s", spread.worst),
        spread.paper.map_or_else(String::new, plain),
        spread.theory.map_or_else(String::new, bound),
    ]
}

fn row(run: &RunRow, figures: &[Figure]) -> Run {
    let number = |times: Option<usize>| times.map_or_else(|| "?".to_owned(), |times| times.to_string());
    let cell = |figure: &Figure| match run.figures.get(figure) {
        Some(measured) if measured.high.is_none() => format!("> {}", measured.value),
        Some(measured) => measured.value.to_string(),
        None => "–".to_owned(),
    };
    Run {
        number: run.number,
        badge: badge(run.verdict),
        cells: figures.iter().map(cell).collect(),
        lost: number(run.lost),
        doubles: number(run.doubles),
        record: run.record.clone(),
        reason: run.reason.clone(),
    }
}
