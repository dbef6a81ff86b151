//! What the report of one run says, as a document.

mod answers;
mod calls;
mod clients;
mod figures;
mod outages;
mod pages;
mod probes;
mod ramps;
mod safety;
mod soak;
mod throughput;
mod timelines;

use super::analysis::{Analysis, Subject};
use super::document::{Document, Drawing, Section, Statement};
use crate::base::words::several;

pub use answers::{DOWN, LOST, SAFE};
pub use soak::{FALSE_FAILOVERS, rate};

/// The whole report of a run.
pub fn document(analysis: &Analysis) -> Document {
    let subject = &analysis.subject;
    Document {
        title: format!("Drill {} of lab {}", subject.drill, subject.lab),
        subtitle: subject.title.clone(),
        facts: facts(subject),
        verdict: analysis.verdict.into(),
        reasons: analysis.reasons.iter().map(Statement::from).collect(),
        answers: answers::answers(analysis),
        sections: sections(analysis),
        provenance: provenance(subject),
    }
}

fn sections(analysis: &Analysis) -> Vec<Section> {
    let mut all = Vec::new();
    if analysis.availability.is_some() {
        all.push(Section::new("Timeline").drawing(Drawing::Run));
    }
    all.extend(figures::section(analysis));
    all.extend(analysis.ramps.iter().map(ramps::section));
    all.extend(throughput::section(&analysis.measures));
    all.extend(analysis.soak.iter().map(soak::section));
    all.extend(safety::invariants(analysis));
    all.extend(safety::writes(analysis));
    all.extend(timelines::sections(analysis));
    all.extend(outages::section(analysis));
    all.extend(pages::section(&analysis.page_timings));
    all.extend(probes::section(&analysis.probes));
    all.extend(analysis.calls.iter().map(calls::section));
    all.extend(clients::logins(&analysis.logins));
    all.extend(clients::requests(analysis));
    all.extend(clients::timekeeping(analysis));
    all
}

fn facts(subject: &Subject) -> Vec<String> {
    let mut facts = vec![started(subject.started), format!("{} s", subject.length)];
    facts.push(format!("{} on {}", subject.accelerator, several(subject.host.cpus, "processor")));
    facts.extend(subject.settings.iter().cloned());
    facts
}

/// When a drill began, as every report has it.
pub fn started(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn provenance(subject: &Subject) -> Vec<[String; 2]> {
    let host = &subject.host;
    [
        ("instance", subject.instance.to_string()),
        ("lab digest", subject.lab_digest.short().to_owned()),
        ("drill digest", subject.drill_digest.short().to_owned()),
        ("seed", subject.seed.to_string()),
        ("host kernel", host.kernel.clone()),
        ("host load at the start", host.load.clone()),
    ]
    .map(|(name, value)| [name.to_owned(), value])
    .to_vec()
}
