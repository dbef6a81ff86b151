//! The report of a series as text for a terminal.

use super::{FigureSpread, Harm, HarmKind, QuantitySpread, RunRow, SeriesReport};
use crate::model::drill::Figure;
use crate::record::Verdict;
use crate::report::analysis::Analysis;
use crate::report::statistics::{CONFIDENCE, mtbf_for};
use crate::report::text::layout::{Column, count, paragraph, plain, seconds, table};
use crate::report::text::{clamp, verdict_title};
use crate::report::verdict::name;

/// The whole report, for a terminal of this many columns.
pub fn series_text(report: &SeriesReport, width: usize) -> String {
    let width = clamp(width);
    let mut out = head(report, width);
    out += &runs(report);
    out += &reasons(report, width);
    out += &figures(report, width);
    out += &quantities(&report.quantities);
    out += &harms(&report.harms, width);
    out += &availability(report, width);
    out
}

fn head(report: &SeriesReport, width: usize) -> String {
    let subject = &report.subject;
    let mut facts = vec![format!("lab {} ({})", subject.lab, subject.lab_digest.short())];
    if subject.instance.as_str() != subject.lab.as_str() {
        facts.push(format!("instance {}", subject.instance));
    }
    if !subject.settings.is_empty() {
        facts.push(subject.settings.join(" "));
    }
    if let (Some(accelerator), Some(cpus)) = (&subject.accelerator, subject.cpus) {
        facts.push(format!("{accelerator} on {}", count(cpus, "processor")));
    }
    facts.push(format!("seed {}", subject.seed));
    let ended = match subject.stopped {
        Some(true) => ", then stopped",
        Some(false) => "",
        None => ", not ended",
    };
    let (done, wanted) = (report.runs.len(), subject.wanted);
    let mut out = format!("Drill {}, {done} of {wanted} runs{ended}: {}\n", subject.drill, subject.title);
    out += &format!("{}\n", facts.join(", "));
    out += &format!("{}\n\n", subject.started.strftime("%Y-%m-%d %H:%M:%S UTC"));
    let told: Vec<String> =
        report.verdicts.iter().map(|(verdict, number)| format!("{number} {}", word(*verdict))).collect();
    out + &paragraph(&format!("{}: {}", verdict_title(report.verdict), told.join(", ")), "", width)
}

/// What became of a run.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passed",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "failed",
        Verdict::Error => "not done",
    }
}

/// A run in one line: `passed, failover 3.261 s, failback 2.500 s`.
pub fn run_line(run: &Analysis) -> String {
    let measured = run.figures.iter().filter_map(|row| Some((row.figure, row.measured?)));
    let figures = measured.map(|(figure, value)| format!(", {} {}", short(figure), seconds(value.value)));
    let figures: String = figures.collect();
    format!("{}{figures}", word(run.verdict))
}

fn runs(report: &SeriesReport) -> String {
    let figures: Vec<Figure> = Figure::ALL
        .into_iter()
        .filter(|figure| report.runs.iter().any(|run| run.figures.contains_key(figure)))
        .collect();
    let mut head = vec!["run", "verdict"];
    head.extend(figures.iter().map(|figure| short(*figure)));
    head.extend(["lost", "double", "record"]);
    let rows: Vec<Vec<String>> = report.runs.iter().map(|run| cells(run, &figures)).collect();
    let mut columns = vec![Column::Right; head.len()];
    columns[1] = Column::Left;
    if let Some(last) = columns.last_mut() {
        *last = Column::Left;
    }
    format!("\n{}", table(&head, &rows, &columns))
}

fn cells(run: &RunRow, figures: &[Figure]) -> Vec<String> {
    let number = |times: Option<usize>| times.map_or_else(|| "?".to_owned(), |times| times.to_string());
    let mut cells = vec![run.number.to_string(), word(run.verdict).to_owned()];
    cells.extend(figures.iter().map(|figure| match run.figures.get(figure) {
        Some(measured) if measured.high.is_none() => format!("> {}", seconds(measured.value)),
        Some(measured) => seconds(measured.value),
        None => "-".to_owned(),
    }));
    cells.extend([number(run.lost), number(run.doubles), run.record.clone()]);
    cells
}

fn reasons(report: &SeriesReport, width: usize) -> String {
    let told = report.runs.iter().filter_map(|run| Some((run, run.reason.as_ref()?)));
    let lines: String = told
        .map(|(run, reason)| {
            paragraph(&format!("run {}, {}: {reason}", run.number, word(run.verdict)), "  ", width)
        })
        .collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn figures(report: &SeriesReport, width: usize) -> String {
    if report.figures.is_empty() {
        let none = report.quantities.is_empty();
        return if none { "\nNo run measured anything that counts\n".to_owned() } else { String::new() };
    }
    let left_out = report.runs.len() - report.counted;
    let without = match left_out {
        0 => String::new(),
        1 => "; 1 run that proves nothing is left out".to_owned(),
        number => format!("; {number} runs that prove nothing are left out"),
    };
    let head = ["", "median", "interval of it", "", "p95 up to", "worst", "paper", "theory"];
    let rows: Vec<_> = report.figures.iter().map(figure).collect();
    let mut columns = [Column::Right; 8];
    columns[0] = Column::Left;
    let mut out =
        format!("\nOver {}{without}\n{}", count(report.counted, "run"), table(&head, &rows, &columns));
    for spread in &report.figures {
        out += &remarks(spread, width);
    }
    let needed = report.figures.iter().filter_map(|spread| spread.p95.needed).max();
    if let Some(needed) = needed {
        let text = format!(
            "p95: not enough runs; with {needed} the worst of them is above all but one in twenty, {} of times",
            percent(CONFIDENCE)
        );
        out += &paragraph(&text, "  ", width);
    }
    out
}

fn figure(spread: &FigureSpread) -> Vec<String> {
    vec![
        short(spread.figure).to_owned(),
        seconds(spread.median),
        spread.interval.map_or_else(String::new, |span| format!("{} to {} s", span.low, span.high)),
        spread.interval.map_or_else(String::new, |span| percent(span.coverage)),
        spread.p95.at_most.map_or_else(String::new, seconds),
        seconds(spread.worst),
        spread.paper.map_or_else(String::new, plain),
        spread.theory.map_or_else(String::new, |bound| match bound.high {
            Some(high) => format!("{} to {}", plain(bound.low), plain(high)),
            None => format!("over {}", plain(bound.low)),
        }),
    ]
}

fn remarks(spread: &FigureSpread, width: usize) -> String {
    let (name, runs) = (name(spread.figure), spread.values.len());
    let mut out = String::new();
    if spread.unended > 0 {
        let text = format!(
            "{name}: in {} its end was not seen; it counts as far as it was seen",
            count(spread.unended, "run")
        );
        out += &paragraph(&text, "  ", width);
    }
    if spread.outside > 0 {
        let text =
            format!("{name}: OUTSIDE of what theory allows in {} of {runs}", count(spread.outside, "run"));
        out += &paragraph(&text, "  ", width);
    }
    out
}

/// Heads of the columns of [`quantity_cells`].
pub const QUANTITY_HEADS: [&str; 9] =
    ["", "", "runs", "median", "interval of it", "", "lowest", "highest", "paper"];

fn quantities(all: &[QuantitySpread]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = all.iter().map(|one| quantity_cells(one).to_vec()).collect();
    let mut columns = [Column::Right; 9];
    columns[..2].fill(Column::Left);
    format!("\nMeasured besides\n{}", table(&QUANTITY_HEADS, &rows, &columns))
}

/// A quantity as cells of a table.
pub fn quantity_cells(spread: &QuantitySpread) -> [String; 9] {
    let text = |value: f64| spread.unit.text(value);
    let interval = spread.interval;
    [
        spread.of.clone(),
        spread.what.to_owned(),
        spread.values.len().to_string(),
        text(spread.median),
        interval.map_or_else(String::new, |span| format!("{} to {}", text(span.low), text(span.high))),
        interval.map_or_else(String::new, |span| percent(span.coverage)),
        text(spread.lowest),
        text(spread.highest),
        spread.paper.map_or_else(String::new, text),
    ]
}

fn harms(harms: &[Harm], width: usize) -> String {
    let lines: String = harms.iter().map(|harm| paragraph(&harm_line(harm), "  ", width)).collect();
    if lines.is_empty() { lines } else { format!("\nHarm\n{lines}") }
}

/// What must not happen, how often it did, and what that proves.
pub fn harm_line(harm: &Harm) -> String {
    let what = match harm.kind {
        HarmKind::LostWrite => "lost an acknowledged write",
        HarmKind::DoubleHolder => "had two holders of an address at once",
    };
    let proves = match harm.at_most {
        None if harm.forbidden => String::new(),
        None => ", which this drill does not forbid".to_owned(),
        Some(1.0) => "; so few prove nothing".to_owned(),
        Some(share) => {
            let (sure, share) = (percent(CONFIDENCE), percent(share));
            format!("; at most {share} of all do, with {sure} confidence (rule of three)")
        }
    };
    format!("{} of {} {what}{proves}", harm.happened, count(harm.runs, "run"))
}

fn availability(report: &SeriesReport, width: usize) -> String {
    let lines: String = availability_lines(report).iter().map(|line| paragraph(line, "  ", width)).collect();
    if lines.is_empty() { lines } else { format!("\nAvailability\n{lines}") }
}

/// The share of time with service, as it was seen and as it is projected.
pub fn availability_lines(report: &SeriesReport) -> Vec<String> {
    let (Some(seen), Some(projected)) = (report.availability, report.projection) else {
        return Vec::new();
    };
    let seen =
        format!("Service for {:.3} % of the {} s of all counted runs.", seen.share * 100.0, seen.period);
    // What costs nothing may come as often as it likes.
    if projected.repair <= 0.0 {
        return vec![seen];
    }
    let nines = projected.nines.map_or_else(String::new, |nines| format!(", {nines:.1} nines"));
    vec![
        seen,
        format!(
            "If a failure comes every {} (assumed, not measured) and each costs {:.3} s: {:.5} %{nines}, {:.0} s without service a year. Five nines take one failure in {} at most.",
            days(projected.assumed_mtbf),
            projected.repair,
            projected.share * 100.0,
            projected.per_year,
            days(mtbf_for(projected.repair, 5)),
        ),
    ]
}

/// `30 days`, `19.2 hours`.
fn days(seconds: f64) -> String {
    let hours = seconds / 3600.0;
    if hours < 72.0 { format!("{hours:.1} hours") } else { format!("{:.0} days", hours / 24.0) }
}

/// `93.75 %`, `95 %`, without digits that say nothing.
pub fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What a figure is called at the head of a column.
pub fn short(figure: Figure) -> &'static str {
    match figure {
        Figure::Failover => "failover",
        Figure::Failback => "failback",
        Figure::WriteOutage => "first write",
        Figure::Redundancy => "redundant",
        Figure::Outage => "outage",
    }
}
