//! Timelines: of the whole drill, and a close-up of a failover.

use serde::Serialize;

use super::lanes::{Lane, Segment, fitting, lanes};
use super::latency::{Latency, latency};
use super::scale::{LEFT, RIGHT, Scale, Tick, WIDTH, px};
use crate::record::{Nanos, Stage, What};
use crate::report::analysis::{Analysis, Timeline};
use crate::report::index::Index;

/// The top of the bands, below the names of the steps.
const BANDS: f64 = 36.0;
/// The height of bands.
const BAND_HEIGHT: f64 = 34.0;
/// The distance between lanes.
const PITCH: f64 = 28.0;
/// The height of a lane.
const LANE: f64 = 20.0;
/// The largest number of ticks of a scale.
const TICKS: f64 = 12.0;

/// A timeline, in units of its view box.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    /// Its description for a screen reader.
    pub title: String,
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub bands: Vec<Band>,
    pub lanes: Vec<Placed>,
    pub latency: Option<Latency>,
    pub marks: Vec<Mark>,
    pub ticks: Vec<Tick>,
    /// The bottom of the plot, where the scale begins.
    pub bottom: f64,
    /// Whether its colours are explained below it.
    pub legend: bool,
    /// What the colours of lanes mean that only some kinds of loads have.
    pub own: Vec<&'static str>,
}

/// A phase, in the background.
#[derive(Debug, Clone, Serialize)]
pub struct Band {
    pub x: f64,
    pub w: f64,
    pub y: f64,
    pub h: f64,
    pub label: String,
    pub time: String,
    pub title: String,
}

/// A lane with its position.
#[derive(Debug, Clone, Serialize)]
pub struct Placed {
    pub y: f64,
    pub h: f64,
    pub lane: Lane,
}

/// A mark for a step, or for an event without one, at a moment.
#[derive(Debug, Clone, Serialize)]
pub struct Mark {
    pub x: f64,
    /// The vertical position of its text.
    pub y: f64,
    pub anchor: &'static str,
    pub class: &'static str,
    pub label: String,
}

/// A named period.
struct Phase {
    from: Nanos,
    to: Nanos,
    name: String,
}

/// The whole drill, with its stages as bands.
pub fn whole(index: &Index<'_>, analysis: &Analysis) -> Chart {
    let scale = Scale { from: Nanos(0), to: index.last };
    let stages: Vec<(Nanos, Stage)> = index
        .record
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Stage { stage } => Some((event.t, *stage)),
            _ => None,
        })
        .collect();
    let ends = stages.iter().skip(1).map(|(from, _)| *from).chain([index.last]);
    let phases = stages.iter().zip(ends).map(|((from, stage), to)| Phase {
        from: *from,
        to,
        name: stage_name(*stage).to_owned(),
    });
    let title = format!("The whole drill, {} s", analysis.subject.length);
    Chart { legend: true, ..draw(index, analysis, scale, Nanos(0), &phases.collect::<Vec<_>>(), title) }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Steady => "until healthy",
        Stage::Baseline => "baseline",
        Stage::Measure => "measurements",
        Stage::Ramp => "rising load",
        Stage::Soak => "soak",
        Stage::Steps => "steps",
        Stage::Settle => "until redundant",
        Stage::Calm => "calm",
        Stage::Final => "reading the ledger",
    }
}

/// A close-up of the outage of a timeline, with the phases of the recovery as bands. `None` if it had no
/// outage.
pub fn close_up(index: &Index<'_>, analysis: &Analysis, timeline: &Timeline) -> Option<Chart> {
    let (from, to) = window(analysis, timeline)?;
    let pad = Nanos(to.since(from).0 / 10).max(Nanos::millis(200));
    let scale = Scale { from: from.since(pad), to: to.plus(pad) };
    let mut phases = Vec::new();
    // The last lost request may have been sent before the cut; phases count from the cut, as in the table.
    let begin = from.max(timeline.zero);
    let mut before = begin;
    for row in timeline.rows.iter().filter(|row| row.at > begin && row.at <= to) {
        phases.push(Phase { from: before, to: row.at, name: row.text.clone() });
        before = row.at;
    }
    let title = format!("Close-up after step {}, in seconds from its effect", timeline.step);
    Some(draw(index, analysis, scale, timeline.zero, &phases, title))
}

/// From the cut, or the first failed request of a failback, until the service is restored.
fn window(analysis: &Analysis, timeline: &Timeline) -> Option<(Nanos, Nanos)> {
    let own = analysis
        .outages
        .iter()
        .filter(|outage| outage.cause.as_ref() == Some(&timeline.step) && outage.label.is_of_a_step());
    let (began, ended) = own.fold(None, |span: Option<(Nanos, Nanos)>, outage| {
        let ended = outage.ended.unwrap_or(analysis.subject.length);
        Some(span.map_or((outage.began, ended), |(from, to)| (from.min(outage.began), to.max(ended))))
    })?;
    let writes = timeline.rows.iter().filter(|row| row.id == "first-write" && row.at >= began);
    let ended = writes.map(|row| row.at).min().map_or(ended, |write| ended.max(write));
    let cut = analysis.steps.iter().find(|step| step.step == timeline.step);
    let from = match cut.map(|step| step.kind) {
        Some(kind) if kind.is_fault() => timeline.zero.min(began),
        _ => began,
    };
    (from < ended).then_some((from, ended))
}

fn draw(
    index: &Index<'_>,
    analysis: &Analysis,
    scale: Scale,
    zero: Nanos,
    phases: &[Phase],
    title: String,
) -> Chart {
    let mut y = BANDS + if phases.is_empty() { 0.0 } else { BAND_HEIGHT + 10.0 };
    let mut placed = Vec::new();
    for lane in lanes(index, analysis, &scale) {
        placed.push(Placed { y, h: LANE, lane });
        y += PITCH;
    }
    let latency = latency(index, &scale, y + 8.0);
    let bottom = latency.as_ref().map_or(y, |latency| latency.y + latency.h) + 6.0;
    Chart {
        title,
        width: WIDTH,
        height: bottom + 26.0,
        left: LEFT,
        right: RIGHT,
        bands: phases.iter().filter_map(|phase| band(phase, &scale, bottom)).collect(),
        lanes: placed,
        latency,
        marks: marks(analysis, &scale),
        ticks: scale.ticks(zero, TICKS),
        bottom,
        legend: false,
        own: analysis.own.iter().filter_map(|own| own.legend).collect(),
    }
}

fn band(phase: &Phase, scale: &Scale, bottom: f64) -> Option<Band> {
    let span = Segment::new(scale, phase.from, phase.to, "", &phase.name)?;
    let time = format!("{} s", phase.to.since(phase.from));
    Some(Band {
        x: span.x,
        w: span.w,
        y: BANDS,
        h: px(bottom - BANDS),
        label: span.label,
        time: fitting(&time, span.w),
        title: format!("{}: {time}", phase.name),
    })
}

/// The steps, and takeovers that no fault of the drill explains.
fn marks(analysis: &Analysis, scale: &Scale) -> Vec<Mark> {
    let steps = analysis.steps.iter().map(|step| {
        let what = step.words();
        let at = Nanos((step.earliest.0 + step.latest.0) / 2);
        let class = if step.kind.is_fault() { "cut" } else { "heal" };
        (at, class, format!("{what}: {}", step.node))
    });
    let of_clients =
        analysis.client_steps.iter().map(|step| (step.called, "heal", format!("{}: client", step.step)));
    let alarms = analysis
        .false_takeovers
        .iter()
        .map(|alarm| (alarm.at, "alarm", format!("false failover to {}", alarm.by)));
    let inside = |(at, _, _): &(Nanos, &str, String)| *at >= scale.from && *at <= scale.to;
    let mut all: Vec<_> = steps.chain(of_clients).chain(alarms).filter(inside).collect();
    all.sort();
    let mark = |(place, (at, class, label)): (usize, (Nanos, &'static str, String))| {
        let x = scale.x(at);
        // Near the right edge, a text is on the left of its line; neighbouring texts alternate in height.
        let anchor = if x > RIGHT - 160.0 { "end" } else { "start" };
        Mark { x, y: if place % 2 == 0 { 14.0 } else { 29.0 }, anchor, class, label }
    };
    all.into_iter().enumerate().map(mark).collect()
}
