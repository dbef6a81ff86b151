//! The events after each step, in order.

use super::analysis::{
    Bound, Estimate, FalseTakeover, Outage, OutageLabel, Row, StepDone, StepKind, Timeline,
};
use super::holder::{holder_at, moved_after};
use super::index::{Index, good};
use super::log_events::{LogEvent, LogEventKind};
use super::theory;
use crate::model::drill::{Load, SettleGoal};
use crate::model::{Manager, NodeName, Source};
use crate::record::{Nanos, Sample, What};

/// The timelines of all performed steps. Unplanned events, false takeovers and interruptions, are left out:
/// on an overloaded machine they are so frequent that the failover would be hard to find among them.
pub fn timelines(
    index: &Index<'_>,
    steps: &[StepDone],
    outages: &[Outage],
    false_takeovers: &[FalseTakeover],
    log_events: &[LogEvent<'_>],
) -> Vec<Timeline> {
    let planned =
        |log_event: &&LogEvent<'_>| !false_takeovers.iter().any(|takeover| takeover.tells(log_event));
    let log_events: Vec<_> = log_events.iter().filter(planned).cloned().collect();
    builders(index, steps, outages, &log_events).map(|builder| builder.build()).collect()
}

/// The first fault that made writes fail, and when one was acknowledged again.
pub fn first_write<'a>(
    index: &'a Index<'a>,
    steps: &'a [StepDone],
    outages: &'a [Outage],
) -> Option<(&'a StepDone, Nanos)> {
    let builders = builders(index, steps, outages, &[]);
    builders.filter(|builder| builder.step.kind.is_fault()).find_map(|builder| {
        let ledgers = index.record.header.drill.loads.iter().filter(|load| is_ledger(load));
        Some((builder.step, ledgers.filter_map(|load| builder.served_again(load)).min()?))
    })
}

fn is_ledger(load: &Load) -> bool {
    load.kind.is_writes()
}

/// A builder for each performed step.
fn builders<'a>(
    index: &'a Index<'a>,
    steps: &'a [StepDone],
    outages: &'a [Outage],
    log_events: &'a [LogEvent<'a>],
) -> impl Iterator<Item = Builder<'a>> {
    let ends = steps.iter().skip(1).map(|step| step.called).chain([Nanos(u64::MAX)]);
    let done = steps.iter().zip(ends).filter(|(step, _)| step.failure.is_none());
    done.map(move |(step, until)| Builder { index, step, outages, log_events, until })
}

/// The inputs of a timeline.
struct Builder<'a> {
    index: &'a Index<'a>,
    step: &'a StepDone,
    outages: &'a [Outage],
    log_events: &'a [LogEvent<'a>],
    until: Nanos,
}

impl Builder<'_> {
    fn build(&self) -> Timeline {
        let zero = self.zero();
        let mut rows = self.log_rows();
        rows.extend(self.client_rows());
        rows.extend(self.other_loads());
        rows.extend(self.wire_row());
        rows.extend(self.host_rows());
        rows.retain(|row| row.at >= self.step.earliest && row.at < self.until);
        rows.sort_by_key(|row| row.at);
        let labels = self.own_outages().map(|outage| outage.label);
        let label = labels.min().unwrap_or(OutageLabel::Interruption);
        let (step, node) = (self.step.step.clone(), self.step.node.clone());
        let mut timeline = Timeline { step, label, node, zero, rows, phases: None };
        timeline.phases = timeline.split();
        timeline
    }

    /// The middle of the period in which the step took effect.
    fn zero(&self) -> Nanos {
        Nanos((self.step.earliest.0 + self.step.latest.0) / 2)
    }

    fn own_outages(&self) -> impl Iterator<Item = &Outage> {
        self.outages.iter().filter(|outage| outage.cause.as_ref() == Some(&self.step.step))
    }

    fn planned_outages(&self) -> impl Iterator<Item = &Outage> {
        self.own_outages().filter(|outage| outage.label.is_of_a_step())
    }

    /// From when on requests of another load can have failed because of the step; `None` when this cannot be
    /// distinguished from a false takeover. Such a request may have been sent its whole time-out earlier.
    fn consequences(&self, load: &Load) -> Option<Nanos> {
        let planned = self.planned_outages().map(|outage| outage.began).min();
        match planned {
            Some(began) => Some(began.since(load.timeout.into()).max(self.step.earliest)),
            None if self.own_outages().any(|outage| outage.false_takeover) => None,
            None => Some(self.step.earliest),
        }
    }

    fn log_rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let window = self.step.earliest..self.until;
        for log_event in self.log_events.iter().filter(|log_event| window.contains(&log_event.t)) {
            let (id, text) = words(&log_event.kind);
            let told = |row: &Row| row.id == id && row.node.as_ref() == Some(log_event.node);
            if rows.iter().any(told) {
                continue;
            }
            let mut row = row(&id, &text, Some(log_event.node), log_event.t, Source::Told);
            row.earlier = log_event.earlier;
            if self.step.is_power_cut() && self.notices(log_event) {
                row.theory = self.detection(log_event.node);
                row.outside = row.theory.is_some_and(|bound| bound.excludes(&self.since(&row)));
            }
            rows.push(row);
        }
        rows
    }

    /// Whether a log event shows that the node of the step is detected as dead. Where the nodes only elect a
    /// holder, the election of another shows it.
    fn notices(&self, log_event: &LogEvent<'_>) -> bool {
        match &log_event.kind {
            LogEventKind::Detected { peer } => peer == self.step.node.as_str(),
            LogEventKind::Elected => self.step.held && *log_event.node != self.step.node,
            LogEventKind::Late { .. }
            | LogEventKind::TakeoverBegan
            | LogEventKind::Mark { .. }
            | LogEventKind::InSync => false,
        }
    }

    fn detection(&self, by: &NodeName) -> Option<Bound> {
        // A lab may have several clusters; this is the one with both the node of the step and the other node.
        let lab = &self.index.record.header.lab;
        let managers = lab.addresses.iter().filter_map(|address| Manager::of(lab, &address.name));
        let both =
            |manager: &Manager| [by, &self.step.node].iter().all(|node| manager.members.contains(node));
        let own = managers.into_iter().find(both)?;
        Some(theory::detection(&own, Some(by)))
    }

    /// The time from the step to a row, over all possible times of the step's effect. A line that may be old
    /// gives no lower bound.
    fn since(&self, row: &Row) -> Estimate {
        let low = if row.earlier { Nanos(0) } else { row.at.since(self.step.latest) };
        let high = Some(row.at.since(self.step.earliest));
        Estimate { value: row.at.since(self.zero()), low, high }
    }

    fn client_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for outage in self.planned_outages() {
            rows.push(row("first-failure", "first failed request", None, outage.began, Source::Clients));
            if let Some(ended) = outage.ended {
                rows.push(row("first-answer", "first good answer", None, ended, Source::Clients));
            }
        }
        rows
    }

    /// When the other loads were served again, after failures.
    fn other_loads(&self) -> Vec<Row> {
        let drill = &self.index.record.header.drill;
        let service = drill.service().map(|load| &load.name);
        let ledgers = drill.loads.iter().filter(|load| is_ledger(load)).count();
        let mut rows = Vec::new();
        for load in drill.loads.iter().filter(|load| Some(&load.name) != service) {
            let (id, text) = if is_ledger(load) {
                let which = if ledgers > 1 { format!(" of {}", load.name) } else { String::new() };
                ("first-write".to_owned(), format!("first acknowledged write{which}"))
            } else {
                (format!("first-answer-{}", load.name), format!("first good answer of {}", load.name))
            };
            rows.extend(self.served_again(load).map(|at| row(&id, &text, None, at, Source::Clients)));
        }
        rows
    }

    /// When a load with failed requests was served again, whether or not another step came before that.
    fn served_again(&self, load: &Load) -> Option<Nanos> {
        let from = self.consequences(load)?;
        let until = self.planned_outages().filter_map(|outage| outage.ended).fold(self.until, Nanos::max);
        let samples = self.index.samples_of(&load.name);
        let own: Vec<&Sample> = samples.iter().copied().filter(|sample| sample.sent >= from).collect();
        let broken = own.iter().position(|sample| !good(sample)).filter(|at| own[*at].sent < until)?;
        own[broken..].iter().filter(|sample| good(sample)).map(|sample| sample.done).min()
    }

    fn wire_row(&self) -> Option<Row> {
        let service = self.index.record.header.drill.service()?;
        let rounds = self.index.rounds_of(&service.address);
        let from = match self.step.kind {
            StepKind::Off => Some(&self.step.node),
            _ => holder_at(rounds, self.step.called),
        };
        let answered = moved_after(rounds, from, self.step.earliest);
        let announced = self.index.record.events.iter().find_map(|event| match &event.what {
            What::Announced { address, node: Some(node), .. }
                if *address == service.address && Some(node) != from && event.t >= self.step.earliest =>
            {
                Some((event.t, node))
            }
            _ => None,
        });
        let (at, node) = [answered, announced].into_iter().flatten().min()?;
        let text = format!("answers ARP for VIP {}", service.address);
        Some(row("address-moved", &text, Some(node), at, Source::Wire))
    }

    fn host_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for event in &self.index.record.events {
            match &event.what {
                What::StreamOpened { node, .. }
                    if *node == self.step.node
                        && self.step.kind == StepKind::On
                        && event.t >= self.step.called
                        && !rows.iter().any(|row: &Row| row.id == "reachable") =>
                {
                    rows.push(row("reachable", "reachable over SSH", Some(node), event.t, Source::Host));
                }
                What::Goal { goal: SettleGoal::Redundant, reached: true } => {
                    rows.push(row(
                        "redundant",
                        "redundant again: every check passes",
                        None,
                        event.t,
                        self.index.checked_by(),
                    ));
                }
                _ => {}
            }
        }
        rows
    }
}

fn row(id: &str, text: &str, node: Option<&NodeName>, at: Nanos, source: Source) -> Row {
    let (id, text, node) = (id.to_owned(), text.to_owned(), node.cloned());
    let origin = source.origin();
    Row { id, text, node, at, source, origin, earlier: false, theory: None, outside: false }
}

/// The permanent name of a log event, and its description.
fn words(kind: &LogEventKind) -> (String, String) {
    let (id, text) = match kind {
        LogEventKind::Detected { peer } => ("detected", format!("declares {peer} dead")),
        LogEventKind::Late { peer } => ("late", format!("receives a late heartbeat of {peer}")),
        LogEventKind::Elected => ("elected", "elects itself holder of the VIP".to_owned()),
        LogEventKind::TakeoverBegan => ("takeover", "starts the takeover".to_owned()),
        LogEventKind::InSync => ("in-sync", "DRBD up to date on both disks".to_owned()),
        LogEventKind::Mark { name } => {
            let text = match name.as_str() {
                "promote-begin" => "promotes DRBD to primary",
                "promoted" => "DRBD is primary",
                "mounted" => "file system mounted",
                "database-up" => "database started",
                "database-broken" => "database does not start from the copy",
                "database-hot-copy" => "database recovers: the copy is not of one point in time",
                "database-torn" => "tables of the copied database are damaged",
                "web-up" => "web server started",
                "address-up" => "VIP configured",
                "address-down" => "VIP removed",
                "web-down" => "web server stopped",
                "database-down" => "database stopped",
                "unmounted" => "file system unmounted",
                "demoted" => "DRBD is secondary",
                other => other,
            };
            return (name.clone(), text.to_owned());
        }
    };
    (id.to_owned(), text)
}
