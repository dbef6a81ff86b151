//! Evaluates a soak, a drill without faults: every takeover is false, and every failure is the lab's own.

use serde::Serialize;

use super::analysis::{FalseTakeover, Outage};
use super::index::{Index, good};
use super::log_events::{LogEvent, LogEventKind};
use super::statistics::{Rate, rate};
use crate::record::{Nanos, Stage, What};

/// The counts of a soak.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SoakSummary {
    /// Its length.
    pub length: Nanos,
    /// The rate at which nodes were declared dead or lost the address.
    pub takeovers: Rate,
    /// The number of late signs of life in the cluster manager's log.
    pub late: usize,
    /// Requests of all loads.
    pub requests: usize,
    /// Requests that were not answered correctly.
    pub failed: usize,
    /// The number of outages.
    pub outages: usize,
}

/// Counts the events during the soak; `None` if the drill is not one, or did not get that far.
pub fn summary(
    index: &Index<'_>,
    log_events: &[LogEvent<'_>],
    false_takeovers: &[FalseTakeover],
    outages: &[Outage],
) -> Option<SoakSummary> {
    index.record.header.drill.soak?;
    let (from, to) = span(index).filter(|(from, to)| to > from)?;
    let inside = |at: Nanos| at >= from && at < to;
    let mut requests = 0;
    let mut failed = 0;
    for sample in index.samples.values().flatten().filter(|sample| inside(sample.due)) {
        requests += 1;
        failed += usize::from(!good(sample));
    }
    let late = |log_event: &&LogEvent<'_>| {
        inside(log_event.t) && !log_event.earlier && matches!(log_event.kind, LogEventKind::Late { .. })
    };
    let length = to.since(from);
    let takeovers = false_takeovers.iter().filter(|takeover| inside(takeover.at)).count();
    Some(SoakSummary {
        length,
        takeovers: rate(takeovers, length.seconds() / 3600.0),
        late: log_events.iter().filter(late).count(),
        requests,
        failed,
        outages: outages.iter().filter(|outage| inside(outage.began)).count(),
    })
}

/// From the start of the stage to that of the next one, or to the end of the record.
fn span(index: &Index<'_>) -> Option<(Nanos, Nanos)> {
    let stages = index.record.events.iter().filter_map(|event| match &event.what {
        What::Stage { stage } => Some((event.t, *stage)),
        _ => None,
    });
    let mut rest = stages.skip_while(|(_, stage)| *stage != Stage::Soak);
    let (from, _) = rest.next()?;
    Some((from, rest.next().map_or(index.last, |(to, _)| to)))
}
