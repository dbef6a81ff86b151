//! The report as text for a terminal. Understandable without colour, and nothing in it is computed here.

mod counts;
pub mod layout;
pub mod logins;
pub mod measures;
pub mod probes;
pub mod ramps;
mod soak;
mod story;
pub mod told;
pub mod voice;

use super::analysis::{Analysis, FigureRow, Outage, OutageLabel};
use super::timeline;
use super::verdict::name;
use crate::model::drill::Figure;
use crate::record::Verdict;
pub use counts::held_by;
use layout::{Column, count, error, paragraph, plain, seconds, table};
pub use soak::{number, often};
pub use story::title as story_title;

/// The narrowest report, in characters; a narrower terminal breaks its lines.
const NARROWEST: usize = 72;

/// The widest report, in characters: longer lines are hard to read.
const WIDEST: usize = 110;

/// The whole report, for a terminal of this many columns.
pub fn text(analysis: &Analysis, width: usize) -> String {
    let width = clamp(width);
    let mut out = head(analysis, width);
    out += &timeline::draw(analysis, width);
    out += &figures(analysis, width);
    out += &measures::text(&analysis.measures, width);
    out += &ramps::text(&analysis.ramps, width);
    out += &analysis.soak.as_ref().map_or_else(String::new, |soak| soak::text(soak, width));
    for story in &analysis.stories {
        out += &story::text(analysis, story);
    }
    out += &told::text(&analysis.told);
    out += &probes::text(&analysis.probes, width);
    out += &voice::text(&analysis.calls, width);
    out += &logins::text(&analysis.logins, width);
    out += &counts::text(analysis, width);
    out
}

/// As wide as a report may be.
pub fn clamp(width: usize) -> usize {
    width.clamp(NARROWEST, WIDEST)
}

/// A verdict that nobody overlooks.
pub fn verdict_title(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Error => "ERROR",
    }
}

/// What a figure is, in a table.
pub fn figure_title(figure: Figure) -> &'static str {
    match figure {
        Figure::Failover => "without service, failover",
        Figure::Failback => "without service, failback",
        Figure::WriteOutage => "cut to first acknowledged write",
        Figure::Redundancy => "cut to redundant again",
        Figure::Outage => "without service, no takeover",
    }
}

fn head(analysis: &Analysis, width: usize) -> String {
    let subject = &analysis.subject;
    let mut lines = vec![format!("Drill {}: {}", subject.drill, subject.title)];
    let mut facts = vec![format!("lab {} ({})", subject.lab, subject.lab_digest.short())];
    if subject.instance.as_str() != subject.lab.as_str() {
        facts.push(format!("instance {}", subject.instance));
    }
    if !subject.settings.is_empty() {
        facts.push(subject.settings.join(" "));
    }
    facts.push(format!("{} on {} processors", subject.accelerator, subject.host.cpus));
    facts.push(format!("seed {}", subject.seed));
    lines.push(facts.join(", "));
    lines.push(format!("{}, {} s", subject.started.strftime("%Y-%m-%d %H:%M:%S UTC"), subject.length));
    let mut out = lines.join("\n") + "\n\n";
    out += verdict_title(analysis.verdict);
    out.push('\n');
    for reason in &analysis.reasons {
        let mark = match reason.verdict {
            Verdict::Error => "error",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Pass => "pass",
        };
        out += &paragraph(&format!("{mark}: {}", reason.text), "  ", width);
    }
    out
}

fn figures(analysis: &Analysis, width: usize) -> String {
    if analysis.figures.is_empty() {
        return String::new();
    }
    let head = ["", "measured", "", "paper", "theory", "allowed"];
    let rows: Vec<_> = analysis.figures.iter().map(figure).collect();
    let columns = [Column::Left, Column::Right, Column::Left, Column::Right, Column::Right, Column::Right];
    let mut out = format!("\nWhat clients saw\n{}", table(&head, &rows, &columns));
    for row in &analysis.figures {
        out += &remarks(row, width);
    }
    if let Some(besides) = besides(analysis) {
        out += &paragraph(&besides, "  ", width);
    }
    if let Some(availability) = analysis.availability {
        out += &format!(
            "  Service for {:.3} % of these {} s.\n",
            availability.share * 100.0,
            availability.period
        );
    }
    out
}

/// What happened to the service that is in none of the figures, because the drill did not do it.
fn besides(analysis: &Analysis) -> Option<String> {
    let unplanned = |outage: &&Outage| outage.false_takeover || !follows_cut(analysis, outage);
    let interruptions = analysis.outages.iter().filter(|outage| outage.label == OutageLabel::Interruption);
    let counts = [
        (interruptions.filter(unplanned).count(), "interruption"),
        (analysis.false_takeovers.len(), "false takeover"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| count(number, what))
        .collect();
    (!told.is_empty()).then(|| format!("Besides, {} not caused by a fault of the drill.", told.join(" and ")))
}

/// Whether a fault was the last thing done before it. A node that comes back is no fault.
fn follows_cut(analysis: &Analysis, outage: &Outage) -> bool {
    let cause = analysis.steps.iter().find(|step| Some(&step.step) == outage.cause.as_ref());
    cause.is_some_and(|step| step.kind.is_fault())
}

fn remarks(row: &FigureRow, width: usize) -> String {
    let mut out = String::new();
    let name = name(row.figure);
    if let Some(missing) = &row.missing {
        out += &paragraph(&format!("{name}: {missing}"), "  ", width);
    }
    let Some(theory) = row.theory else { return out };
    if row.outside {
        let text = format!("{name}: OUTSIDE of what theory allows for the lab's settings");
        out += &paragraph(&text, "  ", width);
    }
    if let Some(paper) = row.paper.filter(|paper| *paper < theory.low) {
        let (paper, low) = (plain(paper), plain(theory.low));
        let text = format!("{name}: the paper's {paper} is less than the lab's settings allow (over {low})");
        out += &paragraph(&text, "  ", width);
    }
    out
}

fn figure(row: &FigureRow) -> Vec<String> {
    vec![
        figure_title(row.figure).to_owned(),
        row.measured.map_or_else(|| "not measured".to_owned(), |measured| seconds(measured.value)),
        row.measured.map_or_else(String::new, error),
        row.paper.map_or_else(String::new, plain),
        row.theory.map_or_else(String::new, |bound| match bound.high {
            Some(high) => format!("{} to {}", plain(bound.low), plain(high)),
            None => format!("over {}", plain(bound.low)),
        }),
        row.allowed(plain).unwrap_or_default(),
    ]
}
