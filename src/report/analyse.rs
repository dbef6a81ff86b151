//! Computes the figures of a drill from its record.

use super::analysis::{Analysis, Grading, Subject};
use super::index::{Index, packets};
use super::verdict::Evidence;
use super::{
    answerers, causes, client_steps, clients, false_takeovers, figures, grading, holder, log_events,
    measures, own, probes, ramps, soak, timelines, writes,
};
use crate::model::drill::SettleGoal;
use crate::record::Verdict;
use crate::record::{Header, Nanos, Record};

/// Computes every figure of a drill from its record. Pure: the same record always gives the same figures.
pub fn analyse(record: &Record) -> Analysis {
    let packets = packets(record);
    let index = Index::new(record, &packets);
    let drill = &record.header.drill;
    let service = drill.service();
    let samples = service.map_or(&[][..], |load| index.samples_of(&load.name));
    let steps = causes::steps(&index);
    let response = clients::usual_response(samples, &steps);
    let log_events = log_events::log_events(&record.header.lab, &index.lines);
    let false_takeovers = false_takeovers::false_takeovers(&index, &steps, &log_events);
    let found = |load| causes::outages(&index, load, &steps, &false_takeovers, response);
    let outages = service.map_or_else(Vec::new, found);
    let timelines = timelines::timelines(&index, &steps, &outages, &false_takeovers, &log_events);
    let figures = figures::figures(&index, &steps, &timelines, &outages);
    let clients: Vec<_> =
        drill.loads.iter().map(|load| clients::summary(&index, load, &steps, &outages)).collect();
    let ledgers = drill.loads.iter().filter(|load| load.kind.is_writes());
    let writes: Vec<_> = ledgers.map(|load| writes::summary(&index, load, &steps)).collect();
    let holders: Vec<_> = drill
        .addresses()
        .into_iter()
        .map(|address| holder::summary(address, index.rounds_of(address)))
        .collect();
    let probes = probes::probes(&index, &steps);
    let measures = measures::measures(record);
    let ramps = ramps::ramps(&index);
    let own = own::reports(&index, &steps);
    let overloads = clients::overloads(&index, &steps, &outages);
    let evidence = Evidence {
        index: &index,
        steps: &steps,
        log_events: &log_events,
        figures: &figures,
        outages: &outages,
        false_takeovers: &false_takeovers,
        clients: &clients,
        overloads: &overloads,
        writes: &writes,
        holders: &holders,
        measures: &measures,
        ramps: &ramps,
    };
    let settles = drill.settle.until.contains(&SettleGoal::Redundant);
    let redundant = settles.then(|| index.checked_by().origin());
    let invariants = evidence.invariants();
    let reasons = evidence.reasons(&invariants);
    let mut analysis = Analysis {
        subject: subject(&record.header, index.last),
        verdict: reasons.first().map_or(Verdict::Pass, |reason| reason.verdict),
        availability: service.and_then(|load| clients::availability(load, samples, &outages, index.steady())),
        measured_from: samples.first().map_or(Nanos(0), |sample| sample.due),
        measured_to: service
            .zip(samples.last())
            .map_or(index.last, |(load, sample)| sample.due.plus(Nanos(load.interval_ns()))),
        measures,
        ramps,
        soak: soak::summary(&index, &log_events, &false_takeovers, &outages),
        reasons,
        steps,
        client_steps: client_steps::client_steps(record),
        figures,
        outages,
        false_takeovers,
        timelines,
        probes,
        own,
        overloads,
        clients,
        writes,
        holders,
        invariants,
        false_names: answerers::false_names(&index),
        grading: Grading::default(),
    };
    analysis.grading = grading::grading(&analysis, redundant);
    analysis
}

fn subject(header: &Header, length: Nanos) -> Subject {
    Subject {
        drill: header.drill.name.clone(),
        title: header.drill.title.clone(),
        lab: header.lab.name.clone(),
        lab_digest: header.lab_digest.clone(),
        drill_digest: header.drill_digest.clone(),
        instance: header.instance.clone(),
        settings: header.settings.clone(),
        seed: header.seed,
        accelerator: header.accelerator.clone(),
        simulated: header.simulated,
        host: header.host.clone(),
        started: header.started,
        length,
    }
}
