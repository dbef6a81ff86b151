//! `lab fault inject`

use std::time::{Duration, Instant};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::faults::{self, unhealed, unwritable};
use crate::app::instances;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::diagnostic::suggestion;
use crate::fault::{self, Injection, InjectionId, Row, Said, Unknown, build, mechanism, unknown_names};
use crate::injection::{self, FaultJournal};
use crate::model::fault::Fault;
use crate::model::{InstanceName, Lab, Millis, NodeName};
use crate::provider::Provider;

/// How often cancellation is checked while a fault is held.
const NAP: Duration = Duration::from_millis(50);

/// Injects a fault into a node. It is recorded before it is injected, and verified afterwards; a fault that
/// cannot be verified is healed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Inject {
    /// The node.
    pub node: NodeName,
    /// The fault.
    #[schemars(with = "String", extend("enum" = words()))]
    pub fault: &'static Row,
    /// The options of the fault.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub keys: Said,
    /// Heal the fault after this time. Default: it stays in force until it is healed.
    #[serde(default)]
    pub hold: Option<Millis>,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

fn words() -> Vec<&'static str> {
    fault::all().map(|row| row.word).collect()
}

/// The result of an injection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Injected {
    /// The id of the fault for `lab fault heal`.
    pub id: String,
    /// Whether it is still in force; not if it was held and healed.
    pub in_force: bool,
}

impl Request for Inject {
    type Outcome = Injected;
    const NAME: &'static str = "fault inject";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Injected, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let Locked { instance, provider, .. } = &Locked::acquire(job, &name, "lab fault inject")?;
        instances::node(instance, &self.node)?;
        let fault = fault(self, &instance.lab)?;
        let mechanism = mechanism(&instance.lab, &self.node, &fault).map_err(|unfit| {
            AppError::usage(format!("`{}` cannot be done to {}", self.fault, self.node)).because(unfit)
        })?;
        let mut journal = faults::journal(job, &name)?;
        let taken: Vec<InjectionId> =
            journal.active().iter().map(|entry| entry.injection.id.clone()).collect();
        let id = InjectionId::by_hand(&fault, &self.node, &taken);
        let injection = Injection { id, node: self.node.clone(), fault, mechanism };
        job.at_risk(format!("`lab heal {name}` heals what was broken"));
        in_force(&injection, provider.as_ref(), &mut journal, job)?;
        let hold = self.fault.lasts(&self.keys).or(self.hold);
        if let Some(hold) = hold {
            held(&injection, hold, provider.as_ref(), &mut journal, job)?;
        }
        Ok(Injected { id: injection.id.to_string(), in_force: hold.is_none() })
    }
}

/// The fault of the request.
fn fault(request: &Inject, lab: &Lab) -> Result<Fault, AppError> {
    if let (Some(ends), Some(_)) = (request.fault.ends, request.hold) {
        return Err(AppError::usage(format!("`{}` ends by itself", request.fault))
            .hint(format!("write --{} instead of --hold", ends.after)));
    }
    if let Some(Unknown { what, name, known, .. }) = unknown_names(lab, &request.keys).into_iter().next() {
        let message = format!("there is no {what} `{name}` in {}", lab.name);
        return Err(AppError::not_found(message).hint(suggestion(&name, what, known)));
    }
    build(request.fault, &request.keys).map_err(|problems| {
        let mut error = AppError::usage(format!("`{}` cannot be done like this", request.fault));
        for problem in problems {
            let (key, example) = (problem.key, problem.key.example);
            let help = problem.help.replace(&key.in_file(example), &key.as_option(example));
            error = error.detail(problem.message, "").hint(help);
        }
        error
    })
}

/// Injects it; a fault that cannot be verified is healed again.
fn in_force(
    injection: &Injection,
    provider: &dyn Provider,
    journal: &mut FaultJournal,
    job: &Job,
) -> Result<(), AppError> {
    journal.begin(injection, "lab fault inject").map_err(unwritable)?;
    match injection::inject(provider, injection, job.cancel(), &mut || {}) {
        Ok(done) => {
            journal.confirm(&injection.id, &done.mechanism).map_err(unwritable)?;
            job.say(format!("{injection}, by {}: {}", done.mechanism, done.seen));
            Ok(())
        }
        Err(error) => {
            let why = AppError::failed(format!("{injection} is not in force")).because(error);
            // The reason must not be lost if healing fails as well.
            match healed(injection, provider, journal, job) {
                Ok(()) => Err(why),
                Err(left) => Err(why.detail("and its effects could not be healed", left.line())),
            }
        }
    }
}

fn healed(
    injection: &Injection,
    provider: &dyn Provider,
    journal: &mut FaultJournal,
    job: &Job,
) -> Result<(), AppError> {
    let seen =
        injection::heal(provider, injection, &mut || {}).map_err(|error| unhealed(injection, error))?;
    journal.end(&injection.id).map_err(unwritable)?;
    job.say(format!("healed {injection}: {seen}"));
    Ok(())
}

/// Waits for the duration of the fault, or until the operation is cancelled, and heals it.
fn held(
    injection: &Injection,
    hold: Millis,
    provider: &dyn Provider,
    journal: &mut FaultJournal,
    job: &Job,
) -> Result<(), AppError> {
    let until = Instant::now() + hold.duration();
    while Instant::now() < until && !job.asked_to_stop() {
        std::thread::sleep(NAP.min(until.saturating_duration_since(Instant::now())));
    }
    healed(injection, provider, journal, job)?;
    if job.asked_to_stop() { Err(AppError::stopped()) } else { Ok(()) }
}
