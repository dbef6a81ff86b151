//! Injecting and healing, each with its proof.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Journal;
use crate::fault::{Injection, Mechanism, Wanted};
use crate::provider::Faults;
use crate::work::{Context, ProviderError};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Why a fault is not in force, or not healed.
#[derive(Debug, thiserror::Error)]
pub enum InjectionError {
    /// The provider could not do it.
    #[error("{what} could not be done")]
    Refused {
        /// What: `link-down on node1`.
        what: String,
        /// Why.
        #[source]
        source: ProviderError,
    },
    /// It was done, and nothing shows that it is in force.
    #[error("{what} was done, and is not in force after {} s: {seen}", .limit.as_secs())]
    Unproven {
        /// What.
        what: String,
        /// What is seen instead.
        seen: String,
        /// How long it was looked for.
        limit: Duration,
    },
    /// It was healed, and something of it is left.
    #[error("{what} was healed, and is not gone after {} s: {seen}", .limit.as_secs())]
    Unhealed {
        /// What.
        what: String,
        /// What is seen of it.
        seen: String,
        /// How long it was looked for.
        limit: Duration,
    },
    /// The journal cannot be written.
    #[error("what is to be healed cannot be written down")]
    Journal(#[from] io::Error),
}

/// A fault that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// By which mechanism.
    pub mechanism: String,
    /// The proof.
    pub seen: String,
}

/// A fault that was to be healed.
#[derive(Debug)]
pub struct Healed {
    /// The fault.
    pub injection: Injection,
    /// What shows that it is gone, or why it is not.
    pub result: Result<String, InjectionError>,
}

/// Injects a fault, which must be in the journal already, and makes sure that it is in force. `returned` is called as
/// soon as it was done, before the proof.
///
/// # Errors
/// When it cannot be done, or is not in force in time. It may be so in part: heal it.
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
    match watch(provider, injection, Wanted::InForce, limit, &context) {
        Ok(seen) => Ok(Injected { mechanism, seen }),
        Err(seen) => Err(InjectionError::Unproven { what: injection.to_string(), seen, limit }),
    }
}

/// Heals a fault and makes sure that nothing is left of it. The journal is not touched.
///
/// # Errors
/// When it cannot be healed, or something of it is left.
pub fn heal(
    provider: &dyn Faults,
    injection: &Injection,
    returned: &mut dyn FnMut(),
) -> Result<String, InjectionError> {
    // Whatever the user wants, it is healed first.
    let never = AtomicBool::new(false);
    let context = Context { progress: &|_| {}, cancel: &never };
    let refused = |source| InjectionError::Refused { what: format!("healing {injection}"), source };
    let limit = injection.mechanism.healing_limit();
    let until = Instant::now() + limit;
    // A guest that is just starting refuses to be asked, so it is asked again.
    let mut result = provider.heal(injection, &context);
    while result.is_err() && Instant::now() < until && matches!(injection.mechanism, Mechanism::Script(_)) {
        std::thread::sleep(PAUSE * 10);
        result = provider.heal(injection, &context);
    }
    returned();
    result.map_err(refused)?;
    watch(provider, injection, Wanted::Healed, limit, &context).map_err(|seen| InjectionError::Unhealed {
        what: injection.to_string(),
        seen,
        limit,
    })
}

/// Heals everything in the journal, the newest first; one that cannot be healed stops none of the others and stays in
/// the journal.
pub fn heal_all(provider: &dyn Faults, journal: &mut Journal) -> Vec<Healed> {
    let mut results = Vec::new();
    for entry in journal.active().to_vec().into_iter().rev() {
        let injection = entry.injection;
        if journal.entry(&injection.id).is_none() {
            // It had ended with the power of its node.
            continue;
        }
        let healed = heal(provider, &injection, &mut || {});
        let result = healed.and_then(|seen| Ok(journal.end(&injection.id).map(|()| seen)?));
        results.push(Healed { injection, result });
    }
    results
}

/// Looks until it is as wanted; else what was seen last.
fn watch(
    provider: &dyn Faults,
    injection: &Injection,
    wanted: Wanted,
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
