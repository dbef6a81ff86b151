//! The steps of a drill that a client did: scripts outside of the nodes.

use serde::Serialize;

use crate::model::StepName;
use crate::record::{Nanos, Record, StepPhase, What};

/// A step that a client did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientStep {
    /// Its name.
    pub step: StepName,
    /// When it was started.
    pub called: Nanos,
    /// When it returned; `None` if it never did.
    pub returned: Option<Nanos>,
    /// How it ended, if it ended well.
    pub seen: Option<String>,
    /// Its error, if it failed.
    pub failure: Option<String>,
}

/// The steps that a client did, in order.
pub fn client_steps(record: &Record) -> Vec<ClientStep> {
    let mut all: Vec<ClientStep> = Vec::new();
    for event in &record.events {
        let What::Step { step, node: None, phase } = &event.what else { continue };
        match phase {
            StepPhase::Called => {
                let (step, called) = (step.clone(), event.t);
                all.push(ClientStep { step, called, returned: None, seen: None, failure: None });
            }
            StepPhase::Returned { failure, proof } => {
                if let Some(done) = all.iter_mut().rfind(|done| done.step == *step) {
                    // A file can say anything, and no step returns before it is called.
                    done.returned = Some(event.t.max(done.called));
                    done.seen = proof.as_ref().map(|proof| proof.seen.clone());
                    done.failure.clone_from(failure);
                }
            }
        }
    }
    all
}
