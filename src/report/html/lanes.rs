//! The lanes of a timeline: power of nodes, holders of addresses, and answers to clients.

use serde::Serialize;

use super::scale::{LEFT, Scale, px};
use crate::model::NodeName;
use crate::record::{Nanos, Sample, What};
use crate::report::analysis::{Analysis, StepKind};
use crate::report::index::{Index, good};
use crate::report::own::OwnLane;

/// The approximate width of a letter, in units of the view box.
const LETTER: f64 = 6.6;

/// A row of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lane {
    pub name: String,
    pub segments: Vec<Segment>,
}

/// A period in one state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    pub x: f64,
    pub w: f64,
    /// Its CSS class.
    pub class: String,
    /// The CSS class of its text: light on a strong colour.
    pub text: &'static str,
    /// Its label, if it fits.
    pub label: String,
    /// Its tooltip.
    pub title: String,
}

impl Segment {
    /// A period in a state; `None` if it is outside the scale.
    pub fn new(scale: &Scale, from: Nanos, to: Nanos, class: &str, label: &str) -> Option<Self> {
        let (begin, end) = scale.clip(from, to)?;
        let x = scale.x(begin);
        let w = px((scale.x(end) - x).max(0.6));
        let title = format!("{label}, {from} to {to} s ({} s)", to.since(from));
        let pale = matches!(class, "on" | "off" | "starting" | "");
        let (class, label) = (class.to_owned(), fitting(label, w));
        Some(Self { x, w, class, text: if pale { "in" } else { "inv" }, label, title })
    }
}

/// The text if it fits, else the empty string.
pub fn fitting(text: &str, width: f64) -> String {
    let fits = text.chars().count() as f64 * LETTER + 6.0 <= width;
    if fits { text.to_owned() } else { String::new() }
}

/// A name, shortened to fit on the left of the plot.
fn name(text: &str) -> String {
    let most = ((LEFT - 8.0) / LETTER) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// All lanes, from the machines to the clients.
pub fn lanes(index: &Index<'_>, analysis: &Analysis, scale: &Scale) -> Vec<Lane> {
    let lab = &index.record.header.lab;
    let mut lanes: Vec<Lane> =
        lab.nodes.iter().map(|node| power(&node.name, index, analysis, scale)).collect();
    lanes.extend(holders(index, analysis, scale));
    lanes.extend(clients(index, scale));
    lanes.extend(own(analysis, scale));
    lanes
}

/// The power of a node: on until a fault, and again when it is healed; starting until SSH works.
fn power(node: &NodeName, index: &Index<'_>, analysis: &Analysis, scale: &Scale) -> Lane {
    let mut changes: Vec<Change> = vec![(Nanos(0), "on", "on".to_owned())];
    for step in analysis.steps.iter().filter(|step| step.node == *node && step.failure.is_none()) {
        let at = Nanos((step.earliest.0 + step.latest.0) / 2);
        match step.kind {
            StepKind::Off if step.is_power_cut() => changes.push((at, "off", "no power".to_owned())),
            StepKind::Off => changes.push((at, "off", step.words())),
            StepKind::Contact | StepKind::Inside => changes.push((at, "starting", step.words())),
            StepKind::On => started(&mut changes, node, at, analysis),
            StepKind::Heal => changes.push((at, "on", "on".to_owned())),
        }
    }
    for event in &index.record.events {
        if let What::Healed { node: healed, failure: None, .. } = &event.what
            && healed == node
        {
            changes.push((event.t, "on", "healed".to_owned()));
        }
    }
    changes.sort_by_key(|change| change.0);
    let ends = changes.iter().skip(1).map(|change| change.0).chain([index.last]);
    let spans = changes.iter().zip(ends);
    let segments =
        spans.filter_map(|((from, class, label), to)| Segment::new(scale, *from, to, class, label)).collect();
    Lane { name: name(node.as_str()), segments }
}

/// The start of a state, its CSS class and its label.
type Change = (Nanos, &'static str, String);

fn started(changes: &mut Vec<Change>, node: &NodeName, at: Nanos, analysis: &Analysis) {
    let rows = analysis.timelines.iter().flat_map(|timeline| &timeline.rows);
    let reachable =
        rows.filter(|row| row.id == "reachable" && row.node.as_ref() == Some(node) && row.at > at);
    match reachable.map(|row| row.at).min() {
        Some(reached) => {
            changes.extend([(at, "starting", "starting".to_owned()), (reached, "on", "on".to_owned())])
        }
        None => changes.push((at, "on", "on".to_owned())),
    }
}

fn holders(index: &Index<'_>, analysis: &Analysis, scale: &Scale) -> Vec<Lane> {
    let nodes = &index.record.header.lab.nodes;
    let lane = |holder: &crate::report::HolderSummary| {
        let segment = |segment: &crate::report::HolderSegment| {
            let place = nodes.iter().position(|node| Some(&node.name) == segment.node.as_ref());
            let class = place.map_or("stranger".to_owned(), |place| format!("node{}", place % 4));
            let name = segment.node.as_ref().map_or_else(|| segment.mac.to_string(), NodeName::to_string);
            Segment::new(scale, segment.from, segment.to, &class, &name)
        };
        let mut segments: Vec<Segment> = holder.segments.iter().filter_map(segment).collect();
        let doubles = holder.doubles.iter().filter_map(|double| {
            let to = double.from.plus(double.length.value);
            Segment::new(scale, double.from, to, "double", &double.holders.join(" and "))
        });
        segments.extend(doubles);
        Lane { name: name(&format!("{} held by", holder.address)), segments }
    };
    analysis.holders.iter().map(lane).collect()
}

/// Whether each load was answered.
fn clients(index: &Index<'_>, scale: &Scale) -> Vec<Lane> {
    let loads = &index.record.header.drill.loads;
    let lane = |load: &crate::model::drill::Load| {
        let samples = index.samples_of(&load.name);
        let runs = samples.chunk_by(|one, two| good(one) == good(two));
        let mut segments = Vec::new();
        for run in runs {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let (class, label) = if good(first) { ("good", "answered") } else { ("bad", "failed") };
            let to = last.due.plus(Nanos(load.interval_ns()));
            segments.extend(Segment::new(scale, first.due, to, class, label));
        }
        Lane { name: name(&format!("{} clients", load.name)), segments: joined(segments, samples) }
    };
    loads.iter().map(lane).filter(|lane| !lane.segments.is_empty()).collect()
}

/// What kinds of loads have to show.
fn own(analysis: &Analysis, scale: &Scale) -> Vec<Lane> {
    let lane = |own: &OwnLane| {
        let segments = own
            .spans
            .iter()
            .filter_map(|span| Segment::new(scale, span.from, span.to, span.class, span.label));
        Lane { name: name(&own.name), segments: segments.collect() }
    };
    let lanes = analysis.own.iter().flat_map(|own| &own.lanes);
    lanes.map(lane).filter(|lane| !lane.segments.is_empty()).collect()
}

/// Draws a load that fails every other time as one answered span with marks, because a page could otherwise
/// have thousands of spans.
fn joined(segments: Vec<Segment>, samples: &[&Sample]) -> Vec<Segment> {
    if segments.len() < 400 || samples.is_empty() {
        return segments;
    }
    let bad = segments.iter().filter(|segment| segment.class == "bad");
    let mut kept: Vec<Segment> = Vec::new();
    for segment in bad {
        match kept.last_mut() {
            Some(last) if segment.x <= last.x + last.w + 0.5 => last.w = px(segment.x + segment.w - last.x),
            _ => kept.push(segment.clone()),
        }
    }
    let (first, last) = (segments[0].x, segments[segments.len() - 1].clone());
    let whole = Segment {
        x: first,
        w: px(last.x + last.w - first),
        class: "good".to_owned(),
        text: "inv",
        label: String::new(),
        title: "answered, except at the marks".to_owned(),
    };
    std::iter::once(whole).chain(kept).collect()
}
