//! Performs a drill: opens the record, runs the engine, and heals all faults however the drill ends.

use std::path::{Path, PathBuf};

use super::node_access::NodeAccess;
use super::service::Service;
use super::slot::Slot;
use crate::app::error::AppError;
use crate::app::event;
use crate::app::faults;
use crate::app::job::Job;
use crate::app::lab;
use crate::app::locked::Locked;
use crate::drill::{self, Setup};
use crate::model::LoadName;
use crate::model::drill::Drill;
use crate::record::{Ending, Event, Header, Nanos, What, Writer, create_folder};

/// A drill that was performed.
pub struct Performed {
    /// Its record.
    pub record: PathBuf,
    /// How it ended.
    pub ending: Ending,
}

/// The drill to perform, and how.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The drill.
    pub drill: &'a Drill,
    /// The seed of its random choices.
    pub seed: u64,
    /// The folder of its record.
    pub records: &'a Path,
    /// Whether the traffic on the lab's networks is captured beside the record.
    pub capture: bool,
}

/// Performs a drill and returns the place of its record.
///
/// # Errors
/// When an earlier fault cannot be healed, or the record cannot be written.
pub fn perform(job: &Job, locked: &Locked, order: Order<'_>) -> Result<Performed, AppError> {
    let Order { drill, seed, records, capture } = order;
    let Locked { instance, provider, .. } = locked;
    let (name, provider) = (&instance.name, provider.as_ref());
    faults::heal(job, name, provider)?;
    let _slot = Slot::take(job, provider)?;
    let nodes = NodeAccess { provider };
    let catalog = lab::catalog_of(instance, job);
    job.at_risk(format!("`lab heal {name}` heals what was broken"));
    let (header, clock) =
        Header::begin(name, &instance.lab, drill, &instance.settings, provider.accelerator(), seed);
    let can = provider.capabilities();
    let header = if can.machines { header } else { header.of_a_simulation() };
    if capture && !can.captures {
        job.warn("simulated networks have no traffic to capture");
    }
    let unwritable = |error| AppError::failed("the record cannot be written").because(error);
    let folder = create_folder(records, &header).map_err(unwritable)?;
    let mut writer = Writer::create(&folder, &header).map_err(unwritable)?;
    let program = program()?;
    let setup = Setup {
        lab: &instance.lab,
        drill,
        seed,
        provider,
        program: &program,
        checks: &instance.desired.checks,
        health: &|check, time, cancel| nodes.health(check, time, cancel),
        run: &|node, script, time, cancel| nodes.run(node, script, time, cancel),
        set: &|node, setting, time, cancel| nodes.set(instance, &catalog, (node, setting), time, cancel),
        follow: &|node, command, cancel, hear| nodes.follow(node, command, cancel, hear),
        capture: (capture && can.captures).then_some(&*folder),
        heal_file: &faults::journal_file(&job.state, name),
        cancel: job.cancel(),
    };
    let (drill_name, title) = (drill.name.to_string(), drill.title.clone());
    job.emit(event::What::DrillBegins { instance: name.clone(), drill: drill_name, title });
    let mut teller = Teller::new(job, drill);
    let mut tell = |event: &_| teller.hear(event);
    let ending = match provider.model() {
        Some(model) => drill::simulate(&setup, model, job.pace, &mut writer, &mut tell),
        None => drill::run(&setup, clock, &mut writer, &mut tell),
    };
    let record = writer.finish().map_err(unwritable)?;
    job.emit(event::What::DrillEnds { record: record.display().to_string() });
    Ok(Performed { record, ending })
}

/// The executable of this process, which also runs its loads.
///
/// # Errors
/// When the system does not name it.
pub fn program() -> Result<PathBuf, AppError> {
    std::env::current_exe()
        .map_err(|error| AppError::failed("the path of this program is unknown").because(error))
}

/// How often the number of answered requests is emitted: a viewer sees an outage grow.
const COUNTED: Nanos = Nanos::millis(500);

/// Reports the progress of a drill. The outcome of each single request is in the record only.
struct Teller<'a> {
    job: &'a Job,
    /// The load that represents the service.
    load: Option<LoadName>,
    service: Service,
    /// The period of the drill in which requests were last counted.
    counted: u64,
}

impl<'a> Teller<'a> {
    fn new(job: &'a Job, drill: &Drill) -> Self {
        let load = drill.service().map(|load| load.name.clone());
        Self { job, load, service: Service::default(), counted: 0 }
    }

    fn hear(&mut self, event: &Event) {
        match &event.what {
            What::Sample(sample) if Some(&sample.load) == self.load.as_ref() => {
                if let Some(news) = self.service.hear(sample) {
                    self.job.emit(event::What::Service { at: sample.done, news });
                }
                let period = event.t.0 / COUNTED.0;
                if period > self.counted {
                    self.counted = period;
                    let Service { answered, failed, .. } = self.service;
                    let away = self.service.is_away();
                    self.job.emit(event::What::Requests { at: event.t, answered, failed, away });
                }
            }
            what if worth_telling(what) => {
                self.job.emit(event::What::Drill { event: Box::new(event.clone()) });
            }
            _ => {}
        }
    }
}

/// Whether an event is of interest during the drill; the others come by the hundred in a second.
fn worth_telling(what: &What) -> bool {
    matches!(
        what,
        What::Stage { .. }
            | What::Announced { .. }
            | What::Step { .. }
            | What::StepMissed { .. }
            | What::Check { .. }
            | What::Measured { .. }
            | What::RampStep { .. }
            | What::Goal { .. }
            | What::Healed { .. }
            | What::Captured { .. }
            | What::StreamLost { .. }
            | What::Flooded { .. }
            | What::Ended { .. }
    )
}
