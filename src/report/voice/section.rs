//! Telephone calls and the quality of their voices.

use super::super::document::{Cell, Section, columns};
use super::super::numbers::{response, seconds};
use super::{CallsSummary, Classes, StepCalls, StreamRow, users};
use crate::base::words::several;
use crate::probe::call::{Callee, Medium, Plan, Way};
use crate::record::Nanos;

/// The interpretation of the figures.
const WHAT_IT_IS: &str = "MOS-CQE is computed by the E-model (ITU-T G.107) from delay and loss, not by listening. A figure of the \
     whole stream hides outages: read the silence and the worst second as well.";

pub fn section(summary: &CallsSummary) -> Section {
    let heads = columns(
        "stream | sent> | lost> | late> | delay> | jitter> | R> | MOS-CQE> | before> | worst 1 s> | silence>",
    );
    let rows = summary.streams.iter().map(row).collect();
    Section::new(title(summary)).notes(what_became(summary)).table(heads, rows).notes(remarks(summary))
}

/// `Calls of talk (2 to the echo, G.711)`
fn title(summary: &CallsSummary) -> String {
    let Plan { calls, to, video_kbps, .. } = &summary.plan;
    let to = match to {
        Callee::Echo => "to the echo",
        Callee::Phone => "from phone to phone",
    };
    let video = video_kbps.map_or_else(String::new, |kbps| format!(", video of {kbps} kbit/s"));
    format!("Calls of {} ({calls} {to}, G.711{video})", summary.load)
}

/// The outcome of calls.
fn what_became(summary: &CallsSummary) -> Vec<String> {
    let mut lines: Vec<String> = summary.steps.iter().filter(|step| step.up > 0).map(step).collect();
    let slowest = summary.calls.iter().map(|call| call.set_up).max();
    let mut line = match slowest {
        Some(slowest) => {
            format!("{} set up, the slowest in {}", several(summary.calls.len(), "call"), response(slowest))
        }
        None => "No call was set up".to_owned(),
    };
    let failed: usize = summary.failed.values().sum();
    if failed > 0 {
        let kinds: Vec<String> =
            summary.failed.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
        line += &format!("; {} failed: {}", several(failed, "attempt"), kinds.join(", "));
    }
    lines.push(line + ".");
    lines
}

fn step(step: &StepCalls) -> String {
    let mut parts = Vec::new();
    if step.undisturbed > 0 {
        parts.push(format!("{} undisturbed", step.undisturbed));
    }
    if !step.recovered.is_empty() {
        parts.push(format!("{} continued after {} of silence", step.recovered.len(), span(&step.recovered)));
    }
    if !step.dropped.is_empty() {
        let again: Vec<Nanos> = step.dropped.iter().copied().flatten().collect();
        let mut part = format!("{} dropped", step.dropped.len());
        if !again.is_empty() {
            part += &format!(", audio was back in new calls after {}", span(&again));
        }
        if again.len() < step.dropped.len() {
            part += &format!(", {} never", step.dropped.len() - again.len());
        }
        parts.push(part);
    }
    format!("Of {} at step {}: {}.", several(step.up, "call"), step.step, parts.join("; "))
}

/// `3.100 s to 3.230 s`, or a single time.
fn span(times: &[Nanos]) -> String {
    let (least, most) = (times.iter().min().copied(), times.iter().max().copied());
    match (least, most) {
        (Some(least), Some(most)) if least != most => format!("{} to {}", seconds(least), seconds(most)),
        (_, most) => seconds(most.unwrap_or_default()),
    }
}

/// A row of the table of voices.
fn row(stream: &StreamRow) -> Vec<Cell> {
    let quality = &stream.whole.quality;
    let before = stream.before.as_ref().and_then(|before| before.quality.mos_cqe);
    let known = |value: Option<String>| value.unwrap_or_default();
    let came = |value: f64, digits: usize| quality.came().then(|| format!("{value:.digits$} ms"));
    let silence = stream.longest_silence();
    let cells = [
        name(stream),
        quality.sent.to_string(),
        format!("{:.2} %", quality.lost as f64 / quality.sent.max(1) as f64 * 100.0),
        quality.late.to_string(),
        known(came(quality.delay_ms, 1)),
        known(came(quality.jitter_ms, 2)),
        known(quality.rating.map(|rating| format!("{rating:.1}"))),
        known(quality.mos_cqe.map(|score| format!("{score:.2}"))),
        known(before.map(|score| format!("{score:.2}"))),
        known(
            stream
                .worst_second()
                .and_then(|second| second.quality.mos_cqe)
                .map(|score| format!("{score:.2}")),
        ),
        silence.map_or_else(String::new, |silence| {
            format!("{}{}", if silence.ended { "" } else { "≥ " }, seconds(silence.length))
        }),
    ];
    cells.map(Cell::from).to_vec()
}

fn name(stream: &StreamRow) -> String {
    let way = match stream.way {
        Way::There => " there",
        Way::Back => " back",
        Way::Around => "",
    };
    let medium = match stream.medium {
        Medium::Voice => "voice",
        Medium::Video => "video",
    };
    format!("line {} {medium}{way}", stream.line + 1)
}

/// Notes below the table.
fn remarks(summary: &CallsSummary) -> Vec<String> {
    let mut lines = Vec::new();
    let voices = || summary.streams.iter().filter(|stream| stream.medium == Medium::Voice);
    let mut rated: Vec<(&str, usize)> = Vec::new();
    let ratings = voices().flat_map(|stream| &stream.seconds).filter_map(|second| second.quality.rating);
    let mut ratings: Vec<f64> = ratings.collect();
    ratings.sort_by(|one, two| two.total_cmp(one));
    for class in ratings.into_iter().map(users) {
        match rated.last_mut() {
            Some((last, number)) if *last == class => *number += 1,
            _ => rated.push((class, 1)),
        }
    }
    let seconds: Vec<String> = rated.iter().map(|(class, number)| format!("{number} {class}")).collect();
    if !seconds.is_empty() {
        lines.push(format!("Seconds of all voices by class of ITU-T G.109: {}.", seconds.join(", ")));
    }
    let before = voices().filter_map(|stream| Some((name(stream), stream.before.as_ref()?.classes?)));
    lines.extend(classed(before).iter().map(|line| format!("Before the first step: {line}.")));
    let whole = voices().filter_map(|stream| Some((name(stream), stream.whole.classes?)));
    lines.extend(classed(whole).iter().map(|line| format!("Whole drill: {line}.")));
    if voices().next().is_some() {
        let delay = match summary.plan.to {
            Callee::Echo => "half of the round trip",
            Callee::Phone => "one way; both ends use one clock",
        };
        let buffer = summary.plan.buffer;
        lines.push(format!(
            "Before: before the first step. Silence: the longest. Delay: {delay}; R uses the shortest delay, 20 ms of a packet \
             and {buffer} of jitter buffer. A packet that comes later counts as lost; the receiver conceals losses (G.711, \
             Appendix I). {WHAT_IT_IS}"
        ));
    }
    lines
}

/// The classes of voices, with equal ones grouped.
fn classed(voices: impl Iterator<Item = (String, Classes)>) -> Vec<String> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (name, classes) in voices {
        let [loss, delay, jitter] = classes.tiphon;
        let text = format!(
            "{} (G.109); loss {loss}, delay {delay}, jitter {jitter}, index {:.2} (TIPHON); delay {} (G.114)",
            classes.g109, classes.tiphon_index, classes.g114
        );
        match found.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(name),
            None => found.push((text, vec![name])),
        }
    }
    found.into_iter().map(|(text, names)| format!("{}: {text}", names.join(", "))).collect()
}
