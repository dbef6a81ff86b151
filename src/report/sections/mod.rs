//! The report of one run as a document.

mod answers;
mod clients;
mod figures;
mod outages;
mod probes;
mod ramps;
mod safety;
mod soak;
mod throughput;
mod timelines;
mod whose;

use super::analysis::Analysis;
use super::document::{Document, Drawing, Section, Statement};
use crate::base::words::several;
use crate::record::SIMULATED;

pub use answers::{DOWN, LOST, SAFE};
pub use clients::kinds;
pub use soak::{FALSE_FAILOVERS, rate};

/// The whole report of a run.
pub fn document(analysis: &Analysis) -> Document {
    let subject = &analysis.subject;
    let host = &subject.host;
    let mut facts = facts(subject.started, Some((&subject.accelerator, host.cpus)), &subject.settings);
    facts.insert(1, format!("{} s", subject.length));
    Document {
        title: format!("Drill {} of lab {}", subject.drill, subject.lab),
        subtitle: subject.title.clone(),
        facts,
        verdict: analysis.verdict.into(),
        reasons: analysis.reasons.iter().map(Statement::from).collect(),
        answers: answers::answers(analysis),
        sections: sections(analysis),
        provenance: provenance([
            ("instance", subject.instance.to_string()),
            ("lab digest", subject.lab_digest.short().to_owned()),
            ("drill digest", subject.drill_digest.short().to_owned()),
            ("seed", subject.seed.to_string()),
            ("host kernel", host.kernel.clone()),
            ("host load at the start", host.load.clone()),
        ]),
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
    all.extend(probes::section(&analysis.probes));
    all.extend(analysis.own.iter().flat_map(|own| &own.sections).cloned());
    all.extend(clients::requests(analysis));
    all.extend(clients::timekeeping(analysis));
    all.extend(whose::section(analysis));
    all
}

/// When, where and with which settings it ran. `ran_on`: the accelerator and the number of processors.
pub fn facts(at: jiff::Timestamp, ran_on: Option<(&str, usize)>, settings: &[String]) -> Vec<String> {
    let mut facts = vec![at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()];
    facts.extend(ran_on.map(|(accelerator, cpus)| match accelerator {
        SIMULATED => "simulated: a model answered, and no guest ran".to_owned(),
        accelerator => format!("{accelerator} on {}", several(cpus, "processor")),
    }));
    facts.extend(settings.iter().cloned());
    facts
}

/// How a series or a sweep ended; `stopped` is `None` if its file has no end.
pub fn ended(stopped: Option<bool>) -> &'static str {
    match stopped {
        Some(true) => ", then stopped",
        Some(false) => "",
        None => ", not ended",
    }
}

/// The data needed to repeat it.
pub fn provenance<const N: usize>(pairs: [(&str, String); N]) -> Vec<[String; 2]> {
    pairs.map(|(name, value)| [name.to_owned(), value]).to_vec()
}
