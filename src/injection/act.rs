//! Injects and heals faults, each with its proof.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::FaultJournal;
use crate::fault::{Goal, Injection, Mechanism};
use crate::provider::Faults;
use crate::work::{Context, ProviderError};

/// The pause between two observations.
const PAUSE: Duration = Duration::from_millis(50);

/// Why a fault is not in force, or not healed.
#[derive(Debug, thiserror::Error)]
pub enum InjectionError {
    /// The provider failed.
    #[error("{what} failed")]
    Refused {
        /// The fault: `link-down on node1`.
        what: String,
        /// The cause.
        #[source]
        source: ProviderError,
    },
    /// The fault was injected, but nothing shows that it is in force.
    #[error("{what} was injected, but is not in force after {} s: {seen}", .limit.as_secs())]
    Unproven {
        /// The fault.
        what: String,
        /// The observation.
        seen: String,
        /// How long the proof was tried.
        limit: Duration,
    },
    /// The fault was healed, but its effect is still visible.
    #[error("{what} was healed, but is still in force after {} s: {seen}", .limit.as_secs())]
    Unhealed {
        /// The fault.
        what: String,
        /// The observation.
        seen: String,
        /// How long the proof was tried.
        limit: Duration,
    },
    /// The journal cannot be written.
    #[error("the fault journal cannot be written")]
    Journal(#[from] io::Error),
}

/// A fault in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// Its mechanism.
    pub mechanism: String,
    /// The proof.
    pub seen: String,
}

/// The result of healing a fault.
#[derive(Debug)]
pub struct Healed {
    /// The fault.
    pub injection: Injection,
    /// The proof that it is healed, or the error.
    pub result: Result<String, InjectionError>,
}

/// Injects a fault, which must be in the journal already, and proves that it is in force. `returned` is
/// called after the injection, before the proof.
///
/// # Errors
/// When it cannot be injected, or is not in force in time. It may be partly in force and must be healed.
pub fn inject(
    provider: &dyn Faults,
    injection: &Injection,
    cancel: &AtomicBool,
    returned: &mut dyn FnMut(),
) -> Result<Injected, InjectionError> {
    let context = Context { progress: &|_| {}, cancel };
    let refused = |source| InjectionError::Refused { what: injection.to_string(), source };
    let done = provider.inject(injection, &context);
    returned();
    let mechanism = done.map_err(refused)?;
    let limit = injection.mechanism.proof_limit();
    match watch(provider, injection, Goal::InForce, limit, &context) {
        Ok(seen) => Ok(Injected { mechanism, seen }),
        Err(seen) => Err(InjectionError::Unproven { what: injection.to_string(), seen, limit }),
    }
}

/// Heals a fault and proves that no effect is left. It does not change the journal.
///
/// # Errors
/// When it cannot be healed, or an effect is left.
pub fn heal(
    provider: &dyn Faults,
    injection: &Injection,
    returned: &mut dyn FnMut(),
) -> Result<String, InjectionError> {
    // Healing comes first, even when the user cancels.
    let never = AtomicBool::new(false);
    let context = Context { progress: &|_| {}, cancel: &never };
    let refused = |source| InjectionError::Refused { what: format!("healing {injection}"), source };
    let limit = injection.mechanism.healing_limit();
    let until = Instant::now() + limit;
    // A starting guest refuses connections, so try again.
    let mut result = provider.heal(injection, &context);
    while result.is_err() && Instant::now() < until && matches!(injection.mechanism, Mechanism::Script(_)) {
        std::thread::sleep(PAUSE * 10);
        result = provider.heal(injection, &context);
    }
    returned();
    result.map_err(refused)?;
    watch(provider, injection, Goal::Healed, limit, &context).map_err(|seen| InjectionError::Unhealed {
        what: injection.to_string(),
        seen,
        limit,
    })
}

/// Heals everything in the journal, the newest first; one that cannot be healed stops none of the others and
/// stays in the journal.
pub fn heal_all(provider: &dyn Faults, journal: &mut FaultJournal) -> Vec<Healed> {
    let mut results = Vec::new();
    for entry in journal.active().to_vec().into_iter().rev() {
        let injection = entry.injection;
        if journal.entry(&injection.id).is_none() {
            // It ended with the power of its node.
            continue;
        }
        let healed = heal(provider, &injection, &mut || {});
        let result = healed.and_then(|seen| Ok(journal.end(&injection.id).map(|()| seen)?));
        results.push(Healed { injection, result });
    }
    results
}

/// Observes until the state is as expected; otherwise returns the last observation.
fn watch(
    provider: &dyn Faults,
    injection: &Injection,
    wanted: Goal,
    limit: Duration,
    context: &Context<'_>,
) -> Result<String, String> {
    let until = Instant::now() + limit;
    loop {
        let seen = match provider.look(injection, wanted, context) {
            Ok(look) if look.holds => return Ok(look.seen),
            Ok(look) => look.seen,
            Err(error) => crate::base::failure::chain(&error),
        };
        if Instant::now() >= until || context.cancel.load(Ordering::Relaxed) {
            return Err(seen);
        }
        std::thread::sleep(PAUSE);
    }
}
