//! The lanes of calls in drawings.

use super::{CallsSummary, StreamRow, users};
use crate::model::LoadName;
use crate::probe::call::{Medium, Way};
use crate::record::Nanos;
use crate::report::own::{OwnLane, OwnSpan};

/// The largest number of voices in a drawing.
const MOST_VOICES: usize = 6;

/// The period over which the quality of a voice is judged.
const SECOND: Nanos = Nanos::millis(1000);

/// The quality of each voice as its users perceive it, second by second. If there are too many lines, the
/// first ones are drawn.
pub fn lanes(all: &[CallsSummary]) -> Vec<OwnLane> {
    let streams = all.iter().flat_map(|calls| {
        let voices = calls.streams.iter().filter(|stream| stream.medium == Medium::Voice);
        voices.map(|stream| (&calls.load, stream))
    });
    streams.take(MOST_VOICES).map(lane).collect()
}

fn lane((load, stream): (&LoadName, &StreamRow)) -> OwnLane {
    let rated: Vec<(Nanos, f64)> =
        stream.seconds.iter().filter_map(|second| Some((second.from, second.quality.rating?))).collect();
    let runs = rated.chunk_by(|one, two| users(one.1) == users(two.1) && two.0.since(one.0) <= SECOND);
    let spans = runs.filter_map(|run| {
        let ((from, rating), (last, _)) = (run.first()?, run.last()?);
        // G.109: from 70 on most users are content, below 50 a voice is not recommended.
        let class = match rating {
            70.0.. => "good",
            50.0.. => "starting",
            _ => "bad",
        };
        Some(OwnSpan { from: *from, to: last.plus(SECOND), class, label: users(*rating) })
    });
    OwnLane { name: voice_name(load, stream), spans: spans.collect() }
}

fn voice_name(load: &LoadName, stream: &StreamRow) -> String {
    let way = match stream.way {
        Way::There => " there",
        Way::Back => " back",
        Way::Around => "",
    };
    format!("{load} {}{way}", stream.line + 1)
}
