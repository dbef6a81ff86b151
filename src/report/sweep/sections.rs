//! The report of a sweep as a document.

use super::{SweepReport, SweepRow};
use crate::base::words::several;
use crate::model::drill::Figure;
use crate::record::Verdict;
use crate::report::document::{Answer, Badge, Cell, Document, Drawing, Section, Statement, Tone, columns};
use crate::report::numbers::{interval, number, seconds};
use crate::report::sections::{DOWN, FALSE_FAILOVERS, LOST, SAFE, ended, facts, provenance, rate};
use crate::report::series::{FigureSpread, HarmKind};
use crate::report::soak::SoakSummary;
use crate::report::terms::{name, short};

/// The whole report of a sweep.
pub fn document(report: &SweepReport) -> Document {
    let subject = &report.subject;
    let varied = subject.sweep.varied();
    let over = if varied.is_empty() { "one setting".to_owned() } else { varied.join(" and ") };
    let (done, wanted, ended) = (report.rows.len(), subject.wanted, ended(subject.stopped));
    let ran_on = subject.accelerator.as_deref().zip(subject.cpus);
    let constant = [subject.settings.clone(), subject.sweep.constant()].concat();
    let (drill, lab) = (&subject.drill, &subject.lab);
    Document {
        title: format!("Sweep of drill {drill} of lab {lab} over {over}, {done} of {wanted} settings{ended}"),
        subtitle: subject.title.clone(),
        facts: facts(subject.started, ran_on, &constant),
        verdict: report.verdict.into(),
        reasons: report.rows.iter().flat_map(remarks).collect(),
        answers: answers(report),
        sections: vec![settings(report)].into_iter().chain(others(report)).collect(),
        provenance: provenance([
            ("records of", subject.instance.to_string()),
            ("lab digest", subject.lab_digest.short().to_owned()),
            ("drill digest", subject.drill_digest.short().to_owned()),
            ("seed", subject.seed.to_string()),
        ]),
    }
}

fn remarks(row: &SweepRow) -> Vec<Statement> {
    let tone = if row.verdict == Verdict::Pass { Tone::Neutral } else { row.verdict.into() };
    let badge = Badge { word: row.name.clone(), tone };
    row.remarks.iter().map(|text| Statement { badge: badge.clone(), text: text.clone() }).collect()
}

fn answers(report: &SweepReport) -> Vec<Answer> {
    let mut all = vec![down(report)];
    all.push(harm(report, HarmKind::LostWrite, LOST, ["nothing", "acknowledged writes"]));
    all.push(harm(report, HarmKind::DoubleHolder, SAFE, ["yes", "no"]));
    all.extend(soaks(report));
    all
}

fn down(report: &SweepReport) -> Answer {
    let answer = |headline, caption, details| Answer {
        question: DOWN,
        headline,
        caption,
        tone: Tone::Neutral,
        details,
    };
    let Some(figure) = report.figure else {
        return answer("not measured".to_owned(), String::new(), Vec::new());
    };
    let mut all: Vec<(&SweepRow, &FigureSpread)> =
        report.rows.iter().filter_map(|row| Some((row, row.spread(figure)?))).collect();
    all.sort_by_key(|(_, spread)| spread.median);
    let [(first, least), .., (last, most)] = all.as_slice() else {
        let headline = all.first().map_or_else(String::new, |(_, spread)| seconds(spread.median));
        return answer(
            headline,
            format!("{}, median of the only setting that measured it", name(figure)),
            Vec::new(),
        );
    };
    let ends = [(first, least, "fastest"), (last, most, "slowest")];
    let ends =
        ends.map(|(row, spread, which)| format!("{which}: {} with {}", seconds(spread.median), row.name));
    answer(
        format!("{} to {}", least.median, seconds(most.median)),
        format!("{}, medians of {}", name(figure), several(all.len(), "setting")),
        ends.to_vec(),
    )
}

/// A harmful event over the runs of all settings.
fn harm(report: &SweepReport, kind: HarmKind, question: &'static str, words: [&str; 2]) -> Answer {
    let all: Vec<_> = report
        .rows
        .iter()
        .flat_map(|row| row.harms.iter().map(move |harm| (row, harm)))
        .filter(|(_, harm)| harm.kind == kind)
        .collect();
    let runs: usize = all.iter().map(|(_, harm)| harm.runs).sum();
    let happened: usize = all.iter().map(|(_, harm)| harm.happened).sum();
    let what = match kind {
        HarmKind::LostWrite => "lost an acknowledged write",
        HarmKind::DoubleHolder => "had two holders of the VIP at once",
    };
    let (headline, tone) = match (runs, happened) {
        (0, _) => ("not measured", Tone::Neutral),
        (_, 0) => (words[0], Tone::Pass),
        _ => (words[1], Tone::Fail),
    };
    let caption =
        if runs == 0 { String::new() } else { format!("{happened} of {} {what}", several(runs, "run")) };
    let where_ = all.iter().filter(|(_, harm)| harm.happened > 0);
    let details =
        where_.map(|(row, harm)| format!("{}: {} of {}", row.name, harm.happened, several(harm.runs, "run")));
    Answer { question, headline: headline.to_owned(), caption, tone, details: details.collect() }
}

/// The answer; `None` if no setting has a valid soak.
fn soaks(report: &SweepReport) -> Option<Answer> {
    let all: Vec<(&SweepRow, &SoakSummary)> =
        report.rows.iter().filter_map(|row| Some((row, row.soaked()?))).collect();
    let events: usize = all.iter().map(|(_, soak)| soak.takeovers.events).sum();
    (!all.is_empty()).then(|| Answer {
        question: FALSE_FAILOVERS,
        headline: several(events, "time"),
        caption: format!("in the soaks of {}", several(all.len(), "setting")),
        tone: if events == 0 { Tone::Pass } else { Tone::Unsure },
        details: all.iter().map(|(row, soak)| format!("{}: {}", row.name, rate(&soak.takeovers))).collect(),
    })
}

/// Settings with their main figure and false failovers.
fn settings(report: &SweepReport) -> Section {
    let title = Section::new("Settings");
    if report.rows.is_empty() {
        return title.text("No setting was measured.");
    }
    let figure = report.figure.map_or("median", short);
    let heads = columns(&format!(
        "setting | verdict | runs> | {figure}> | interval of the median> | worst> | soak> | false> | per hour> | at most>"
    ));
    let soaked = report.rows.iter().any(|row| row.soaked().is_some());
    let note = "False: failovers in the soak, in which no fault was injected. At most: the upper bound of their rate per hour with \
                95 % confidence, by the rule of three where none was seen, else by Poisson's limit.";
    let section = title.drawing(Drawing::Settings);
    let rows = report.rows.iter().map(|row| cells(row, report)).collect();
    section.table(heads, rows).notes(soaked.then(|| note.to_owned()))
}

fn cells(row: &SweepRow, report: &SweepReport) -> Vec<Cell> {
    let done: usize = row.verdicts.values().sum();
    let runs = if done == row.counted { done.to_string() } else { format!("{} of {done}", row.counted) };
    let badge = Badge::from(row.verdict);
    let mut cells = vec![row.name.clone().into(), Cell::badge(badge.word, badge.tone), runs.into()];
    let spread = report.figure.and_then(|figure| row.spread(figure));
    cells.extend(match spread {
        Some(spread) => [
            Cell::strong(seconds(spread.median)),
            spread.interval.map_or_else(String::new, interval).into(),
            seconds(spread.worst).into(),
        ],
        None => ["–", "", ""].map(Cell::from),
    });
    cells.extend(match row.soaked() {
        Some(soak) => [
            seconds(soak.length),
            soak.takeovers.events.to_string(),
            number(soak.takeovers.per_hour),
            number(soak.takeovers.at_most),
        ]
        .map(Cell::from),
        None => [if row.soak.is_some() { "?" } else { "–" }, "", "", ""].map(Cell::from),
    });
    cells
}

/// The medians of the other figures.
fn others(report: &SweepReport) -> Option<Section> {
    let has = |figure: &Figure| {
        Some(*figure) != report.figure && report.rows.iter().any(|row| row.spread(*figure).is_some())
    };
    let figures: Vec<Figure> = Figure::ALL.into_iter().filter(has).collect();
    if figures.is_empty() {
        return None;
    }
    let cell = |row: &SweepRow, figure: &Figure| {
        row.spread(*figure).map_or_else(|| "–".to_owned(), |spread| seconds(spread.median)).into()
    };
    let row = |row: &SweepRow| {
        let medians = figures.iter().map(|figure| cell(row, figure));
        std::iter::once(Cell::from(&row.name)).chain(medians).collect()
    };
    let medians: String = figures.iter().map(|figure| format!(" | {}>", name(*figure))).collect();
    let heads = columns(&format!("setting{medians}"));
    Some(
        Section::new("Medians of the other measured times")
            .table(heads, report.rows.iter().map(row).collect()),
    )
}
