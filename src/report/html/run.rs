//! What the page of one run says.

use serde::Serialize;

use super::chart::{Chart, close_up, whole};
use super::words::{Badge, Said, badge, bare, bound, figure, meaning, said};
use crate::record::{Nanos, Record};
use crate::report::analysis::{Analysis, FigureRow, Row, Seen, Story, Subject};
use crate::report::index::{Index, packets};
use crate::report::ramps::RampSummary;
use crate::report::tally::{ClientsSummary, InvariantResult, Window, WritesSummary};
use crate::report::text::layout::{count, error, plain, response};
use crate::report::text::{logins, measures, often, probes, ramps, told, voice};

/// Everything on the page, in words and units of drawings.
#[derive(Debug, Serialize)]
pub struct Page {
    title: String,
    subtitle: String,
    facts: Vec<String>,
    badge: Badge,
    reasons: Vec<Said>,
    cards: Vec<Card>,
    whole: Option<Chart>,
    stories: Vec<StoryPart>,
    figures: Vec<[String; 6]>,
    notes: Vec<String>,
    outages: Vec<[String; 5]>,
    measures: Vec<[String; 9]>,
    measure_heads: [&'static str; 9],
    measure_notes: Vec<String>,
    told: Vec<[String; 7]>,
    told_title: &'static str,
    told_heads: [&'static str; 7],
    ramps: Vec<RampPart>,
    ramp_heads: [&'static str; 8],
    probes: Vec<[String; 8]>,
    probe_notes: Vec<String>,
    calls: Vec<CallsPart>,
    logins: Vec<String>,
    loads: Vec<LoadPart>,
    writes: Vec<WritesPart>,
    invariants: Vec<Said>,
    holders: Vec<String>,
    timekeeping: Vec<String>,
    provenance: Vec<[String; 2]>,
}

/// A figure that is read from afar.
#[derive(Debug, Serialize)]
pub struct Card {
    pub name: String,
    pub value: String,
    pub unit: String,
    pub error: String,
    pub meaning: String,
    pub beside: Vec<String>,
}

/// A story with its drawing.
#[derive(Debug, Serialize)]
struct StoryPart {
    title: String,
    chart: Option<Chart>,
    rows: Vec<StoryRow>,
}

/// A row of a story; its bar is the time since the row before, in percent of the story.
#[derive(Debug, Serialize)]
struct StoryRow {
    at: String,
    since: String,
    node: String,
    text: String,
    seen: &'static str,
    theory: String,
    outside: bool,
    left: f64,
    width: f64,
}

/// How the clients of a load fared.
#[derive(Debug, Serialize)]
struct LoadPart {
    name: String,
    line: String,
    rows: Vec<[String; 7]>,
}

/// Telephone calls.
#[derive(Debug, Serialize)]
struct CallsPart {
    title: String,
    lines: Vec<String>,
    head: [&'static str; 11],
    rows: Vec<[String; 11]>,
    notes: Vec<String>,
}

/// What became of requests at each rate of a ramp.
#[derive(Debug, Serialize)]
struct RampPart {
    title: String,
    rows: Vec<[String; 8]>,
    note: String,
}

/// What became of writes.
#[derive(Debug, Serialize)]
struct WritesPart {
    name: String,
    cells: Vec<[String; 2]>,
    unread: Option<String>,
}

pub fn page(record: &Record, analysis: &Analysis) -> Page {
    let packets = packets(record);
    let index = Index::new(record, &packets);
    let subject = &analysis.subject;
    let measured = analysis.availability.is_some();
    Page {
        title: format!("{}: {}", subject.lab, subject.drill),
        subtitle: subject.title.clone(),
        facts: facts(subject),
        badge: badge(analysis.verdict),
        reasons: analysis.reasons.iter().map(said).collect(),
        cards: analysis.figures.iter().map(card).collect(),
        whole: measured.then(|| whole(&index, analysis)),
        stories: analysis.stories.iter().map(|story| story_part(&index, analysis, story)).collect(),
        figures: analysis.figures.iter().map(cells).collect(),
        notes: notes(analysis),
        outages: analysis.outages.iter().map(outage_cells).collect(),
        measures: analysis.measures.iter().map(measures::cells).collect(),
        measure_heads: measures::HEADS,
        measure_notes: analysis.measures.iter().flat_map(measures::remarks).collect(),
        told: analysis.told.iter().flat_map(told::rows).collect(),
        told_title: told::TITLE,
        told_heads: told::HEADS,
        ramps: analysis.ramps.iter().map(ramp_part).collect(),
        ramp_heads: ramps::HEADS,
        probes: analysis.probes.iter().flat_map(probes::rows).collect(),
        probe_notes: analysis.probes.iter().flat_map(probes::remarks).collect(),
        calls: analysis.calls.iter().map(calls_part).collect(),
        logins: analysis.logins.iter().map(logins::line).collect(),
        loads: analysis.clients.iter().filter(|load| load.offered > 0).map(load_part).collect(),
        writes: analysis.writes.iter().filter(|writes| writes.attempted > 0).map(writes_part).collect(),
        invariants: analysis
            .invariants
            .iter()
            .map(|result| Said { badge: kept(result), text: result.text.clone() })
            .collect(),
        holders: analysis.holders.iter().map(crate::report::text::held_by).collect(),
        timekeeping: analysis.clients.iter().map(timekeeping).collect(),
        provenance: provenance(subject),
    }
}

fn facts(subject: &Subject) -> Vec<String> {
    let mut facts = vec![subject.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()];
    facts.push(format!("{} s", subject.length));
    facts.push(format!("{} on {}", subject.accelerator, count(subject.host.cpus, "processor")));
    facts.extend(subject.settings.iter().cloned());
    facts
}

fn provenance(subject: &Subject) -> Vec<[String; 2]> {
    let host = &subject.host;
    [
        ("instance", subject.instance.to_string()),
        ("lab's digest", subject.lab_digest.short().to_owned()),
        ("drill's digest", subject.drill_digest.short().to_owned()),
        ("seed", subject.seed.to_string()),
        ("kernel of the host", host.kernel.clone()),
        ("load of the host at the beginning", host.load.clone()),
    ]
    .map(|(name, value)| [name.to_owned(), value])
    .to_vec()
}

fn card(row: &FigureRow) -> Card {
    let mut beside: Vec<String> =
        row.paper.map(|paper| format!("paper {}", plain(paper))).into_iter().collect();
    beside.extend(row.theory.map(|theory| format!("theory {}", bound(theory))));
    beside.extend(match (row.min, row.max) {
        (None, max) => max.map(|max| format!("allowed {}", plain(max))),
        _ => row.allowed(plain).map(|allowed| format!("expected {allowed}")),
    });
    Card {
        name: figure(row.figure).to_owned(),
        value: row.measured.map_or_else(|| "–".to_owned(), |measured| bare(measured.value)),
        unit: if row.measured.is_some() { "s".to_owned() } else { String::new() },
        error: row.measured.map_or_else(|| "not measured".to_owned(), error),
        meaning: meaning(row.figure).to_owned(),
        beside,
    }
}

fn cells(row: &FigureRow) -> [String; 6] {
    [
        meaning(row.figure).to_owned(),
        row.measured.map_or_else(|| "not measured".to_owned(), |measured| format!("{} s", measured.value)),
        row.measured.map_or_else(String::new, error),
        row.paper.map_or_else(String::new, plain),
        row.theory.map_or_else(String::new, bound),
        row.allowed(plain).unwrap_or_default(),
    ]
}

/// What is to be known about the figures.
fn notes(analysis: &Analysis) -> Vec<String> {
    let mut notes = Vec::new();
    for row in &analysis.figures {
        let name = figure(row.figure);
        notes.extend(row.missing.as_ref().map(|missing| format!("{name}: {missing}.")));
        if row.outside {
            notes.push(format!("{name}: outside of what theory allows for the lab's settings."));
        }
        if let (Some(paper), Some(theory)) = (row.paper, row.theory)
            && paper < theory.low
        {
            let (paper, low) = (plain(paper), plain(theory.low));
            notes.push(format!(
                "{name}: the paper's {paper} is less than the lab's settings allow (over {low})."
            ));
        }
    }
    notes.extend(analysis.soak.iter().flat_map(often).map(|line| format!("While nothing was done: {line}.")));
    if let Some(availability) = analysis.availability {
        let (share, period) = (availability.share * 100.0, availability.period);
        notes.push(format!("Service for {share:.3} % of these {period} s."));
    }
    notes
}

fn outage_cells(found: &crate::report::Outage) -> [String; 5] {
    let after =
        found.cause.as_ref().map_or_else(|| "before any step".to_owned(), |step| format!("after {step}"));
    [
        format!("{} s", found.began),
        format!("{} s {}", found.length.value, error(found.length)),
        found.what().to_owned(),
        after,
        found.failed.to_string(),
    ]
}

fn story_part(index: &Index<'_>, analysis: &Analysis, story: &Story) -> StoryPart {
    let title = crate::report::text::story_title(analysis, story);
    let span = story.rows.last().map_or(Nanos(1), |row| row.at.since(story.zero));
    let mut before = story.zero;
    let mut rows = Vec::new();
    for row in &story.rows {
        rows.push(story_row(row, story.zero, before, span));
        before = row.at.max(before);
    }
    StoryPart { title, chart: close_up(index, analysis, story), rows }
}

fn story_row(row: &Row, zero: Nanos, before: Nanos, span: Nanos) -> StoryRow {
    let percent = |time: Nanos| ((time.seconds() / span.seconds().max(1e-9)) * 1000.0).round() / 10.0;
    let at = row.at.since(zero);
    StoryRow {
        at: if row.earlier { format!("≤ {at}") } else { bare(at) },
        since: format!("+{}", row.at.since(before)),
        node: row.node.as_ref().map_or_else(String::new, ToString::to_string),
        text: row.text.clone(),
        seen: match row.seen {
            Seen::Client => "client",
            Seen::Wire => "wire",
            Seen::Log => "log",
            Seen::Host => "host",
        },
        theory: row.theory.map_or_else(String::new, bound),
        outside: row.outside,
        left: percent(before.since(zero)),
        width: percent(row.at.since(before)),
    }
}

fn ramp_part(ramp: &RampSummary) -> RampPart {
    let rows = ramp.steps.iter().map(ramps::cells).collect();
    RampPart { title: ramps::title(ramp), rows, note: ramps::remark(ramp) }
}

fn calls_part(calls: &crate::report::CallsSummary) -> CallsPart {
    CallsPart {
        title: voice::title(calls),
        lines: voice::what_became(calls),
        head: voice::HEAD,
        rows: calls.streams.iter().map(voice::row).collect(),
        notes: voice::remarks(calls),
    }
}

fn load_part(load: &ClientsSummary) -> LoadPart {
    let failed: usize = load.failed.values().sum();
    let kinds: Vec<String> = load.failed.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    let mut line = format!(
        "{} a second: offered {}, answered {}, failed {failed}",
        load.rate, load.offered, load.answered
    );
    if !kinds.is_empty() {
        line += &format!(" ({})", kinds.join(", "));
    }
    let time = |span| {
        if span >= load.timeout { format!("≥ {}", response(load.timeout)) } else { response(span) }
    };
    let rows = load.response.iter().map(|(window, times)| {
        let part = match window {
            Window::Before => "before",
            Window::During => "in outages",
            Window::After => "after",
        };
        let (count, failed) = (times.count.to_string(), times.failed.to_string());
        [part.to_owned(), count, failed, time(times.p50), time(times.p90), time(times.p99), time(times.max)]
    });
    LoadPart { name: load.load.to_string(), line, rows: rows.collect() }
}

fn writes_part(writes: &WritesSummary) -> WritesPart {
    let cell = |name: &str, number: usize| [name.to_owned(), number.to_string()];
    let mut cells = vec![
        cell("asked for", writes.attempted),
        cell("acknowledged", writes.acknowledged),
        cell("surely not done", writes.failed),
        cell("of unknown outcome", writes.unknown),
    ];
    if writes.unread.is_none() {
        cells.push(cell("of these there", writes.unknown_present));
        cells.push(cell("acknowledged and lost", writes.lost.len()));
        if let Some(point) = writes.recovery_point {
            cells.push(["recovery point".to_owned(), format!("{point} s")]);
        }
        if writes.lost_after_cut > 0 {
            cells.push(cell("of these after the power cut", writes.lost_after_cut));
        }
        cells.push(cell("there more than once", writes.duplicated.len()));
        cells.push(cell("there and never asked for", writes.foreign.len()));
    }
    WritesPart { name: writes.load.clone(), cells, unread: writes.unread.clone() }
}

fn kept(result: &InvariantResult) -> Badge {
    Badge { word: result.word(), class: badge(result.verdict).class }
}

fn timekeeping(load: &ClientsSummary) -> String {
    let time = &load.timekeeping;
    let mut line = format!("{}: {} of {} sent late", load.load, time.late, count(time.sent, "request"));
    if time.longest > Nanos(0) {
        line += &format!(", the latest by {} at {} s", response(time.longest), time.longest_at);
    }
    if time.dropped > 0 {
        line += &format!("; {} not sent at all", time.dropped);
    }
    if let Some(share) = time.processor {
        line += &format!("; {:.1} % of a processor", share * 100.0);
    }
    line
}
