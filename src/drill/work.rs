//! The work of a step on one node, or as a client, done on a thread of its own.

use std::io;
use std::time::Duration;

use super::as_client::as_client;
use super::heal::Healer;
use super::setup::Setup;
use crate::base::failure::chain;
use crate::fault::{Injection, InjectionId, mechanism};
use crate::injection::{heal, inject};
use crate::model::drill::{StackSetting, Step, StepAction, StepScript, Target};
use crate::model::{Lab, NodeName, Source};
use crate::provider::Power;
use crate::record::{Clock, Ending, Nanos, Proof};

/// How long the script of a step may take.
const LONGEST_SCRIPT: Duration = Duration::from_secs(120);

/// An action on a node, or of a client.
#[derive(Debug, Clone)]
pub enum Work {
    /// Inject a fault, which is in the journal.
    Inject(Box<Injection>),
    /// Heal faults; none, if they were healed already.
    Heal(Vec<Injection>),
    /// Switch it on, although no step had switched it off.
    PowerOn(NodeName),
    /// Run a script in it.
    Run(NodeName, StepScript),
    /// Run a script as a client.
    AsClient(StepScript),
    /// Configure a stack on it with other parameters.
    Set(NodeName, StackSetting),
}

impl Work {
    /// Determines the work of a step on a node, or as a client. From here on, a fault is in the journal.
    ///
    /// # Errors
    /// The step has no work there, or the journal cannot be written.
    pub fn of(
        lab: &Lab,
        healer: &mut Healer<'_>,
        step: &Step,
        node: Option<&NodeName>,
    ) -> Result<Self, Ending> {
        let given_up = |reason: String| Ending::GivenUp { reason };
        let Some(node) = node else {
            return match &step.action {
                StepAction::Run(script) => Ok(Self::AsClient(script.clone())),
                _ => Err(given_up("a client only runs scripts".to_owned())),
            };
        };
        match &step.action {
            StepAction::Inject(fault) => {
                let mechanism = mechanism(lab, node, fault);
                let mechanism = mechanism.map_err(|unfit| given_up(unfit.to_string()))?;
                let (id, fault) = (InjectionId::of_step(&step.name, node), fault.clone());
                let injection = Injection { id, node: node.clone(), fault, mechanism };
                let written = healer.begin(&injection);
                written.map_err(|error| Ending::Failed { reason: error.to_string() })?;
                Ok(Self::Inject(Box::new(injection)))
            }
            StepAction::Heal => {
                let Target::Step(other) = &step.target else {
                    return Err(given_up("it heals no step".to_owned()));
                };
                let entry = healer.journal.entry(&InjectionId::of_step(other, node));
                Ok(Self::Heal(entry.map(|entry| entry.injection.clone()).into_iter().collect()))
            }
            StepAction::Run(script) => Ok(Self::Run(node.clone(), script.clone())),
            StepAction::Set(setting) => Ok(Self::Set(node.clone(), setting.clone())),
            StepAction::PowerOn => match healer.journal.power_of(node) {
                taken if taken.is_empty() => Ok(Self::PowerOn(node.clone())),
                taken => Ok(Self::Heal(taken)),
            },
        }
    }

    /// Performs it, and verifies its effect. The time is that of the return from the action.
    pub fn run(&self, setup: &Setup<'_>, clock: Clock) -> (Nanos, Result<Proof, String>) {
        let mut at = None;
        let mut returned = || at = Some(clock.now());
        let result = match self {
            Work::Inject(injection) => {
                let result = inject(setup.provider, injection, setup.cancel, &mut returned);
                let source = injection.mechanism.proof_source();
                let proof =
                    result.map(|done| Proof { mechanism: Some(done.mechanism), seen: done.seen, source });
                proof.map_err(|error| chain(&error))
            }
            Work::Heal(injections) => {
                let mut seen = Vec::new();
                let healed = injections.iter().try_for_each(|injection| {
                    seen.push(heal(setup.provider, injection, &mut returned)?);
                    Ok::<_, crate::injection::InjectionError>(())
                });
                // The weakest of all sources of the observations.
                let sources = injections.iter().map(|injection| injection.mechanism.proof_source());
                let source = sources.max().unwrap_or(Source::Host);
                let proof = healed.map(|()| Proof { mechanism: None, seen: seen.join("; "), source });
                proof.map_err(|error| chain(&error))
            }
            Work::Run(node, script) => {
                let ran = (setup.run)(node, &script.text, LONGEST_SCRIPT, setup.cancel);
                returned();
                let seen = format!("steps/{} ended with 0", script.file);
                let proof = ran.map(|()| Proof { mechanism: None, seen, source: Source::Told });
                proof.map_err(|error| chain(error.as_ref()))
            }
            Work::AsClient(script) => {
                let ran = as_client(setup, &script.text, LONGEST_SCRIPT);
                returned();
                let seen = format!("steps/{} ended with 0", script.file);
                ran.map(|()| Proof { mechanism: None, seen, source: Source::Clients })
            }
            Work::Set(node, setting) => {
                let set = (setup.set)(node, setting, LONGEST_SCRIPT, setup.cancel);
                returned();
                let proof = set.map(|seen| Proof { mechanism: None, seen, source: Source::Told });
                proof.map_err(|error| chain(error.as_ref()))
            }
            Work::PowerOn(node) => {
                let on = setup.provider.power(node, Power::On);
                returned();
                let proof = on.map(|()| Proof {
                    mechanism: None,
                    seen: format!("{node} is on"),
                    source: Source::Host,
                });
                proof.map_err(|error| chain(&error))
            }
        };
        (at.unwrap_or_else(|| clock.now()), result)
    }

    /// Notes the outcome in the journal.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn note(&self, healer: &mut Healer<'_>, mechanism: Option<&str>) -> io::Result<()> {
        match self {
            Work::Inject(injection) => healer.journal.confirm(&injection.id, mechanism.unwrap_or_default()),
            Work::Heal(injections) => injections.iter().try_for_each(|own| healer.journal.end(&own.id)),
            Work::PowerOn(_) | Work::Run(..) | Work::AsClient(_) | Work::Set(..) => Ok(()),
        }
    }
}
