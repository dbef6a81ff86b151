//! The report of a series as a document.

use super::{FigureSpread, Harm, HarmKind, QuantitySpread, RunRow, SeriesReport};
use crate::base::words::several;
use crate::model::Origin;
use crate::model::drill::Figure;
use crate::record::Verdict;
use crate::report::analysis::Analysis;
use crate::report::document::{Answer, Badge, Cell, Document, Drawing, Section, Statement, Tone, columns};
use crate::report::numbers::{bound, interval, percent, plain, seconds};
use crate::report::sections::{DOWN, LOST, SAFE, ended, facts, provenance};
use crate::report::statistics::{CONFIDENCE, mtbf_for};
use crate::report::terms::{LEGEND, mark, marked, name, run_verdict, short};

/// The largest number of reasons on the first screen; the others are with the runs.
const FIRST_REASONS: usize = 3;

/// The whole report of a series.
pub fn document(report: &SeriesReport) -> Document {
    let subject = &report.subject;
    let (done, wanted, ended) = (report.runs.len(), subject.wanted, ended(subject.stopped));
    let ran_on = subject.accelerator.as_deref().zip(subject.cpus);
    let mut facts = facts(subject.started, ran_on, &subject.settings);
    let counts =
        report.verdicts.iter().map(|(verdict, number)| format!("{number} {}", run_verdict(*verdict)));
    facts.push(format!("runs: {}", counts.collect::<Vec<_>>().join(", ")));
    let (reasons, _) = reasons(report);
    Document {
        title: format!("Drill {} of lab {}, {done} of {wanted} runs{ended}", subject.drill, subject.lab),
        subtitle: subject.title.clone(),
        facts,
        verdict: report.verdict.into(),
        reasons,
        answers: vec![down(report), lost(report), safe(report)],
        sections: sections(report),
        provenance: provenance([
            ("instance", subject.instance.to_string()),
            ("lab digest", subject.lab_digest.short().to_owned()),
            ("drill digest", subject.drill_digest.short().to_owned()),
            ("seed", subject.seed.to_string()),
        ]),
    }
}

fn sections(report: &SeriesReport) -> Vec<Section> {
    let mut all = vec![figures(report)];
    all.extend(quantities(&report.quantities));
    all.extend(harms(&report.harms));
    all.extend(availability(report));
    all.extend(runs(report));
    all.extend(whose(report));
    all
}

/// The meaning of the mark, if a row has it.
fn whose(report: &SeriesReport) -> Option<Section> {
    let figures = report.figures.iter().map(|spread| spread.origin);
    let mut all = figures.chain(report.harms.iter().map(|harm| harm.origin));
    let notes = all.any(|origin| origin == Origin::Told).then(|| LEGEND.to_owned());
    Section::new("Whose word it is").notes(notes).unless_empty()
}

/// Why runs did not pass: the gravest reasons, and the others.
fn reasons(report: &SeriesReport) -> (Vec<Statement>, Vec<Statement>) {
    let mut all: Vec<(&RunRow, &String)> =
        report.runs.iter().filter_map(|run| Some((run, run.reason.as_ref()?))).collect();
    all.sort_by_key(|(run, _)| std::cmp::Reverse(run.verdict));
    let statement = |(run, reason): &(&RunRow, &String)| Statement {
        badge: run.verdict.into(),
        text: format!("run {}: {reason}", run.number),
    };
    let (first, rest) = all.split_at(all.len().min(FIRST_REASONS));
    (first.iter().map(statement).collect(), rest.iter().map(statement).collect())
}

fn down(report: &SeriesReport) -> Answer {
    let of = |figure| report.figures.iter().find(|spread| spread.figure == figure);
    let Some(main) = of(Figure::Failover).or_else(|| of(Figure::Outage)) else {
        let seen = report.availability.filter(|all| all.down.0 == 0).is_some();
        let (headline, tone) = if seen { ("0 s", Tone::Pass) } else { ("not measured", Tone::Neutral) };
        let caption =
            if seen { format!("no outage in {}", several(report.counted, "run")) } else { String::new() };
        return Answer { question: DOWN, headline: headline.to_owned(), caption, tone, details: Vec::new() };
    };
    let mut details: Vec<String> =
        main.interval.map(|span| format!("interval of the median {}", interval(span))).into_iter().collect();
    details.push(match main.p95.at_most {
        Some(p95) => format!("p95 at most {}, worst {}", seconds(p95), seconds(main.worst)),
        None => format!("worst {}; too few runs for p95", seconds(main.worst)),
    });
    details.extend(
        of(Figure::Failback).map(|back| format!("{} {}, median", name(back.figure), seconds(back.median))),
    );
    Answer {
        question: DOWN,
        headline: seconds(main.median),
        caption: format!("{}, median of {}", name(main.figure), several(main.values.len(), "run")),
        tone: Tone::Neutral,
        details,
    }
}

fn lost(report: &SeriesReport) -> Answer {
    let Some(harm) = report.harms.iter().find(|harm| harm.kind == HarmKind::LostWrite) else {
        let caption = "no run read a ledger".to_owned();
        return Answer {
            question: LOST,
            headline: "not measured".to_owned(),
            caption,
            tone: Tone::Neutral,
            details: Vec::new(),
        };
    };
    let headline = if harm.happened == 0 {
        "nothing".to_owned()
    } else {
        format!("in {} of {}", harm.happened, several(harm.runs, "run"))
    };
    Answer { question: LOST, headline, caption: harm_line(harm), tone: tone(harm), details: Vec::new() }
}

fn safe(report: &SeriesReport) -> Answer {
    let failed = report.verdicts.get(&Verdict::Fail).copied().unwrap_or(0);
    let split = report.harms.iter().find(|harm| harm.kind == HarmKind::DoubleHolder);
    let details: Vec<String> = split.map(harm_line).into_iter().collect();
    let (headline, caption, tone) = match (report.counted, failed) {
        (0, _) => ("unknown", "no run counts".to_owned(), Tone::Unsure),
        (_, 0) => match split.map_or(Tone::Pass, tone) {
            Tone::Pass => ("yes", format!("no run of {} failed", report.counted), Tone::Pass),
            split => ("no", "the drill does not forbid it".to_owned(), split),
        },
        (counted, failed) => ("no", format!("{failed} of {} failed", several(counted, "run")), Tone::Fail),
    };
    Answer { question: SAFE, headline: headline.to_owned(), caption, tone, details }
}

fn tone(harm: &Harm) -> Tone {
    match (harm.happened, harm.forbidden) {
        (0, _) => Tone::Pass,
        (_, true) => Tone::Fail,
        (_, false) => Tone::Unsure,
    }
}

fn figures(report: &SeriesReport) -> Section {
    let left_out = report.runs.len() - report.counted;
    let without = match left_out {
        0 => String::new(),
        number => format!("; {} inconclusive or not done", several(number, "run")),
    };
    let mut section =
        Section::new(format!("Measured times over {}{without}", several(report.counted, "run")));
    if report.figures.is_empty() {
        return section.text("No run that counts measured any.");
    }
    for spread in &report.figures {
        section = section.drawing(Drawing::Spread(spread.figure));
    }
    let heads = columns(" | median> | interval of the median> | p95 up to> | worst> | paper> | theory> | ");
    let needed = report.figures.iter().filter_map(|spread| spread.p95.needed).max();
    let needed = needed.map(|needed| {
        format!("p95: {needed} runs are needed for an upper bound with {} confidence.", percent(CONFIDENCE))
    });
    let section = section.table(heads, report.figures.iter().map(figure).collect());
    section.notes(report.figures.iter().flat_map(remarks).chain(needed))
}

fn figure(spread: &FigureSpread) -> Vec<Cell> {
    vec![
        name(spread.figure).into(),
        Cell::strong(seconds(spread.median)),
        spread.interval.map_or_else(String::new, interval).into(),
        spread.p95.at_most.map_or_else(String::new, seconds).into(),
        seconds(spread.worst).into(),
        spread.paper.map_or_else(String::new, plain).into(),
        spread.theory.map_or_else(String::new, bound).into(),
        mark(spread.origin),
    ]
}

fn remarks(spread: &FigureSpread) -> Vec<String> {
    let (name, runs) = (name(spread.figure), spread.values.len());
    let mut lines = Vec::new();
    if spread.unended > 0 {
        lines.push(format!(
            "{name}: its end was not seen in {}, which counts with the time that was seen.",
            several(spread.unended, "run")
        ));
    }
    if spread.outside > 0 {
        let outside = several(spread.outside, "run");
        lines.push(format!("{name}: OUTSIDE the bound of theory in {outside} of {runs}."));
    }
    lines
}

fn quantities(all: &[QuantitySpread]) -> Option<Section> {
    let heads =
        columns("load | quantity | runs> | median> | interval of the median> | lowest> | highest> | paper>");
    Section::new("Other measurements").table(heads, all.iter().map(quantity).collect()).unless_empty()
}

fn quantity(spread: &QuantitySpread) -> Vec<Cell> {
    let text = |value: f64| spread.unit.text(value);
    let interval = spread.interval.map_or_else(String::new, |span| {
        format!("{} to {} ({})", text(span.low), text(span.high), percent(span.coverage))
    });
    vec![
        spread.of.clone().into(),
        spread.what.into(),
        spread.values.len().into(),
        Cell::strong(text(spread.median)),
        interval.into(),
        text(spread.lowest).into(),
        text(spread.highest).into(),
        spread.paper.map_or_else(String::new, text).into(),
    ]
}

fn harms(harms: &[Harm]) -> Option<Section> {
    let statement = |harm: &Harm| {
        let word = if harm.happened == 0 { "never" } else { "HAPPENED" };
        Statement {
            badge: Badge { word: word.to_owned(), tone: tone(harm) },
            text: marked(&harm_line(harm), harm.origin),
        }
    };
    Section::new("Safety over all runs").statements(harms.iter().map(statement).collect()).unless_empty()
}

/// A harmful event, its frequency, and the upper bound that follows.
fn harm_line(harm: &Harm) -> String {
    let what = match harm.kind {
        HarmKind::LostWrite => "lost an acknowledged write",
        HarmKind::DoubleHolder => "had two holders of the VIP at once",
    };
    let proves = match harm.at_most {
        None if harm.forbidden => String::new(),
        None => ", which this drill does not forbid".to_owned(),
        Some(1.0) => "; too few runs for an upper bound".to_owned(),
        Some(share) => {
            let (sure, share) = (percent(CONFIDENCE), percent(share));
            format!("; at most {share} of all runs do, with {sure} confidence (rule of three)")
        }
    };
    format!("{} of {} {what}{proves}", harm.happened, several(harm.runs, "run"))
}

/// The availability, as measured and as projected.
fn availability(report: &SeriesReport) -> Option<Section> {
    let (seen, projected) = (report.availability?, report.projection?);
    let section = Section::new("Availability").text(format!(
        "Seen: {:.3} % of the {} s of all runs that count.",
        seen.share * 100.0,
        seen.period
    ));
    // Without downtime there is no projection.
    if projected.repair <= 0.0 {
        return Some(section);
    }
    let nines = projected.nines.map_or_else(String::new, |nines| format!(" ({nines:.1} nines)"));
    Some(section.text(format!(
        "Projected for a failure every {} (MTBF, assumed) of {:.3} s each (MTTR, the median downtime of a run): {:.5} %{nines}, \
         {:.0} s of downtime per year. Five nines need at most one failure in {}.",
        days(projected.assumed_mtbf),
        projected.repair,
        projected.share * 100.0,
        projected.per_year,
        days(mtbf_for(projected.repair, 5)),
    )))
}

/// `30 days`, `19.2 hours`.
fn days(seconds: f64) -> String {
    let hours = seconds / 3600.0;
    if hours < 72.0 { format!("{hours:.1} hours") } else { format!("{:.0} days", hours / 24.0) }
}

fn runs(report: &SeriesReport) -> Option<Section> {
    let has = |figure: &Figure| report.runs.iter().any(|run| run.figures.contains_key(figure));
    let figures: Vec<Figure> = Figure::ALL.into_iter().filter(has).collect();
    let times: String = figures.iter().map(|figure| format!("{}> | ", short(*figure))).collect();
    let heads = columns(&format!("run> | verdict | {times}writes lost> | two holders> | record*"));
    let rows = report.runs.iter().map(|run| cells(run, &figures)).collect();
    let (_, rest) = reasons(report);
    Section::new("Every run, times in seconds").table(heads, rows).statements(rest).unless_empty()
}

fn cells(run: &RunRow, figures: &[Figure]) -> Vec<Cell> {
    let number = |times: Option<usize>| times.map_or_else(|| "?".to_owned(), |times| times.to_string());
    let mut cells = vec![run.number.into(), Cell::badge(run_verdict(run.verdict), run.verdict.into())];
    cells.extend(figures.iter().map(|figure| match run.figures.get(figure) {
        Some(measured) if measured.high.is_none() => format!("≥ {}", measured.value).into(),
        Some(measured) => measured.value.to_string().into(),
        None => Cell::from("–"),
    }));
    cells.extend([number(run.lost).into(), number(run.doubles).into(), Cell::soft(run.record.clone())]);
    cells
}

/// A run in one line: `passed, failover 3.261 s, failback 2.500 s`.
pub fn run_line(run: &Analysis) -> String {
    let measured = run.figures.iter().filter_map(|row| Some((row.figure, row.measured?)));
    let figures = measured.map(|(figure, value)| format!(", {} {}", short(figure), seconds(value.value)));
    format!("{}{}", run_verdict(run.verdict), figures.collect::<String>())
}
