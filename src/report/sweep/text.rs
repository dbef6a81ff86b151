//! The report of a sweep as text for a terminal.

use super::{SweepReport, SweepRow};
use crate::model::drill::Figure;
use crate::report::series::{percent, short};
use crate::report::text::layout::{Column, count, paragraph, seconds, table};
use crate::report::text::{clamp, number, verdict_title};

/// The whole report, for a terminal of this many columns.
pub fn sweep_text(report: &SweepReport, width: usize) -> String {
    let width = clamp(width);
    let mut out = head(report, width);
    out += &matrix(report);
    out += &others(report);
    out += &remarks(report, width);
    out + &notes(report, width)
}

fn head(report: &SweepReport, width: usize) -> String {
    let subject = &report.subject;
    let varied = subject.sweep.varied();
    let over = if varied.is_empty() { "one setting".to_owned() } else { varied.join(" and ") };
    let ended = match subject.stopped {
        Some(true) => ", then stopped",
        Some(false) => "",
        None => ", not ended",
    };
    let (done, wanted) = (report.rows.len(), subject.wanted);
    let mut out = format!(
        "Sweep of {} over {over}, {done} of {wanted} settings{ended}: {}\n",
        subject.drill, subject.title
    );
    let mut facts = vec![format!("lab {} ({})", subject.lab, subject.lab_digest.short())];
    let settings = [subject.settings.clone(), subject.sweep.constant()].concat();
    if !settings.is_empty() {
        facts.push(settings.join(" "));
    }
    if let (Some(accelerator), Some(cpus)) = (&subject.accelerator, subject.cpus) {
        facts.push(format!("{accelerator} on {}", count(cpus, "processor")));
    }
    facts.push(format!("seed {}", subject.seed));
    out += &format!("{}\n", facts.join(", "));
    out += &format!("{}\n\n", subject.started.strftime("%Y-%m-%d %H:%M:%S UTC"));
    out + &paragraph(verdict_title(report.verdict), "", width)
}

/// Settings against the figure that they are compared by and against false failovers.
fn matrix(report: &SweepReport) -> String {
    if report.rows.is_empty() {
        return "\nNo setting was measured\n".to_owned();
    }
    let what = report.figure.map_or("nothing measured", short);
    let median = format!("{what}, median");
    let head =
        ["setting", "runs", &median, "interval of it", "", "worst", "soak", "false", "an hour", "at most"];
    let rows: Vec<Vec<String>> = report.rows.iter().map(|row| cells(row, report)).collect();
    let mut columns = [Column::Right; 10];
    columns[0] = Column::Left;
    format!("\n{}", table(&head, &rows, &columns))
}

fn cells(row: &SweepRow, report: &SweepReport) -> Vec<String> {
    let done: usize = row.verdicts.values().sum();
    let runs = if done == row.counted { done.to_string() } else { format!("{} of {done}", row.counted) };
    let mut cells = vec![row.name.clone(), runs];
    cells.extend(match report.figure.and_then(|figure| row.spread(figure)) {
        Some(spread) => [
            seconds(spread.median),
            spread.interval.map_or_else(String::new, |span| format!("{} to {} s", span.low, span.high)),
            spread.interval.map_or_else(String::new, |span| percent(span.coverage)),
            seconds(spread.worst),
        ],
        None => ["-".to_owned(), String::new(), String::new(), String::new()],
    });
    cells.extend(match row.soaked() {
        Some(soak) => [
            seconds(soak.length),
            soak.takeovers.events.to_string(),
            number(soak.takeovers.per_hour),
            number(soak.takeovers.at_most),
        ],
        None => [if row.soak.is_some() { "?" } else { "-" }, "", "", ""].map(str::to_owned),
    });
    cells
}

/// The medians of the other figures.
fn others(report: &SweepReport) -> String {
    let has = |figure: &Figure| {
        Some(*figure) != report.figure && report.rows.iter().any(|row| row.spread(*figure).is_some())
    };
    let figures: Vec<Figure> = Figure::ALL.into_iter().filter(has).collect();
    if figures.is_empty() {
        return String::new();
    }
    let mut head = vec!["setting"];
    head.extend(figures.iter().map(|figure| short(*figure)));
    let cell = |row: &SweepRow, figure: &Figure| {
        row.spread(*figure).map_or_else(|| "-".to_owned(), |spread| seconds(spread.median))
    };
    let rows: Vec<Vec<String>> = report
        .rows
        .iter()
        .map(|row| {
            std::iter::once(row.name.clone()).chain(figures.iter().map(|figure| cell(row, figure))).collect()
        })
        .collect();
    let mut columns = vec![Column::Right; head.len()];
    columns[0] = Column::Left;
    format!("\nMedians of the other figures\n{}", table(&head, &rows, &columns))
}

fn remarks(report: &SweepReport, width: usize) -> String {
    let line = |row: &SweepRow| {
        let name = &row.name;
        row.remarks
            .iter()
            .map(|remark| paragraph(&format!("{name}: {remark}"), "  ", width))
            .collect::<String>()
    };
    let lines: String = report.rows.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn notes(report: &SweepReport, width: usize) -> String {
    if report.rows.iter().all(|row| row.soaked().is_none()) {
        return String::new();
    }
    let text = "False: takeovers in the soak, in which nothing was done to the lab. What an hour may have of them all the same is at most what stands there, 95 times of 100: where none was seen by the rule of three, else by Poisson's limit.";
    format!("\n{}", paragraph(text, "  ", width))
}
