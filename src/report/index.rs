//! The events of a record, grouped by subject.

use std::collections::BTreeMap;

use crate::model::{AddressName, LoadName, NodeName, Source};
use crate::record::{
    Answer, Ending, Event, HolderAnswer, Nanos, Proof, Record, Sample, Stage, StepPhase, Stream, What,
};

/// A line of a node.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    pub t: Nanos,
    pub node: &'a NodeName,
    pub stream: Stream,
    pub text: &'a str,
    pub backlog: bool,
}

/// A query for the holder of an address, with its answers.
#[derive(Debug, Clone, Copy)]
pub struct Round<'a> {
    pub asked: Nanos,
    pub answers: &'a [HolderAnswer],
}

/// A request that was not sent.
#[derive(Debug, Clone, Copy)]
pub struct Drop<'a> {
    pub due: Nanos,
    pub reason: &'a str,
}

/// The events of a record, grouped by subject; each list is in the order of times.
#[derive(Debug)]
pub struct Index<'a> {
    pub record: &'a Record,
    /// By the time at which they were due, which is also the order of sending.
    pub samples: BTreeMap<&'a LoadName, Vec<&'a Sample>>,
    pub drops: BTreeMap<&'a LoadName, Vec<Drop<'a>>>,
    pub first_ids: BTreeMap<&'a LoadName, u64>,
    /// The processor time of each load's thread.
    pub processor: BTreeMap<&'a LoadName, Nanos>,
    /// The number of connections opened by loads that keep connections.
    pub connections: BTreeMap<&'a LoadName, u64>,
    pub rounds: BTreeMap<&'a AddressName, Vec<Round<'a>>>,
    pub lines: Vec<LogLine<'a>>,
    pub ending: Option<&'a Ending>,
    pub last: Nanos,
}

impl<'a> Index<'a> {
    /// Groups the events of a record. `packets` is the result of [`packets`] for it.
    pub fn new(record: &'a Record, packets: &'a [Sample]) -> Self {
        let mut index = Self {
            record,
            samples: BTreeMap::new(),
            drops: BTreeMap::new(),
            first_ids: BTreeMap::new(),
            processor: BTreeMap::new(),
            connections: BTreeMap::new(),
            rounds: BTreeMap::new(),
            lines: Vec::new(),
            ending: None,
            last: Nanos(0),
        };
        for event in &record.events {
            index.add(event);
        }
        for sample in packets {
            index.samples.entry(&sample.load).or_default().push(sample);
        }
        index.samples.values_mut().for_each(|list| list.sort_by_key(|sample| (sample.due, sample.seq)));
        index.drops.values_mut().for_each(|list| list.sort_by_key(|drop| drop.due));
        index.rounds.values_mut().for_each(|list| list.sort_by_key(|round| round.asked));
        index.lines.sort_by_key(|line| line.t);
        index
    }

    /// When the baseline began, after the lab had reached its steady state; else the start of the drill.
    pub fn baseline(&self) -> Nanos {
        let begins = |event: &&Event| matches!(event.what, What::Stage { stage: Stage::Baseline });
        self.record.events.iter().find(begins).map_or(Nanos(0), |event| event.t)
    }

    /// When the drill had seen a baseline without a failure and began its steps; `None` if it did not get
    /// that far.
    pub fn steady(&self) -> Option<Nanos> {
        let mut stages = self.record.events.iter().filter_map(|event| match &event.what {
            What::Stage { stage } => Some((event.t, *stage)),
            _ => None,
        });
        stages.by_ref().find(|(_, stage)| *stage == Stage::Baseline)?;
        stages.next().map(|(t, _)| t)
    }

    fn add(&mut self, event: &'a Event) {
        self.last = self.last.max(event.t);
        match &event.what {
            What::LoadStarted { load, first_id, .. } => {
                self.first_ids.extend(first_id.map(|id| (load, id)));
            }
            What::LoadEnded { load, processor, connections } => {
                self.processor.insert(load, *processor);
                self.connections.extend(connections.map(|number| (load, number)));
            }
            What::Sample(sample) => self.samples.entry(&sample.load).or_default().push(sample),
            What::Dropped { load, due, reason, .. } => {
                self.drops.entry(load).or_default().push(Drop { due: *due, reason });
            }
            What::Holder { address, asked, answers } => {
                self.rounds.entry(address).or_default().push(Round { asked: *asked, answers });
            }
            What::Line { node, stream, text, backlog } => {
                let (t, stream, backlog) = (event.t, *stream, *backlog);
                self.lines.push(LogLine { t, node, stream, text, backlog });
            }
            What::Ended { ending } => self.ending = Some(ending),
            _ => {}
        }
    }

    /// The weakest source of all health checks: that of the observation that all of them pass.
    pub fn checked_by(&self) -> Source {
        let sources = self.record.events.iter().filter_map(|event| match &event.what {
            What::Check { source, .. } => Some(*source),
            _ => None,
        });
        sources.max().unwrap_or(Source::Host)
    }

    /// The samples of a load.
    pub fn samples_of(&self, load: &LoadName) -> &[&'a Sample] {
        self.samples.get(load).map_or(&[], Vec::as_slice)
    }

    /// The queries for an address.
    pub fn rounds_of(&self, address: &AddressName) -> &[Round<'a>] {
        self.rounds.get(address).map_or(&[], Vec::as_slice)
    }

    /// The started steps on nodes: the times of the call and of its return, and the error.
    pub fn step_calls(&self) -> Vec<StepCall<'a>> {
        let mut calls: Vec<StepCall<'a>> = Vec::new();
        for event in &self.record.events {
            let What::Step { step, node: Some(node), phase } = &event.what else { continue };
            match phase {
                StepPhase::Called => {
                    calls.push(StepCall {
                        step,
                        node,
                        called: event.t,
                        returned: None,
                        failure: None,
                        proof: None,
                    });
                }
                StepPhase::Returned { failure, proof } => {
                    let own = |call: &&mut StepCall<'_>| call.step == step && call.node == node;
                    if let Some(call) = calls.iter_mut().rfind(own) {
                        // A file can say anything, and no step returns before it is called.
                        call.returned = Some(event.t.max(call.called));
                        call.failure = failure.as_deref();
                        call.proof = proof.as_ref();
                    }
                }
            }
        }
        calls
    }
}

/// A started step.
#[derive(Debug, Clone, Copy)]
pub struct StepCall<'a> {
    pub step: &'a crate::model::StepName,
    pub node: &'a NodeName,
    pub called: Nanos,
    pub returned: Option<Nanos>,
    pub failure: Option<&'a str>,
    pub proof: Option<&'a Proof>,
}

/// The packets of all loads, each as a sample.
pub fn packets(record: &Record) -> Vec<Sample> {
    let runs = record.events.iter().filter_map(|event| match &event.what {
        What::Packets(run) => Some(run.samples()),
        _ => None,
    });
    runs.flatten().collect()
}

/// Whether a request was answered correctly.
pub fn good(sample: &Sample) -> bool {
    sample.answer == Answer::Ok
}
