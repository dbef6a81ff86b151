//! Reads a ledger outside of a drill: whether writes of an earlier drill are still there.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::base::nonces::Nonces;
use crate::base::threads;
use crate::model::Lab;
use crate::model::drill::Load;
use crate::probe::web::ledger;
use crate::probe::{Ledger, read_ledger_apart};
use crate::provider::Provider;

/// The time limit for the page of a ledger.
const LIMIT: Duration = Duration::from_secs(20);

/// The numbers of a range that the ledger of a load holds now, each as often as it is there. With nonces,
/// only writes that carry their own count.
///
/// # Errors
/// Why it cannot be read.
pub fn writes_there(
    provider: &dyn Provider,
    program: &Path,
    lab: &Lab,
    load: &Load,
    (numbers, nonces): (Range<u64>, Option<Nonces>),
) -> Result<Vec<u64>, String> {
    let address =
        lab.address(&load.address).ok_or_else(|| format!("there is no address {}", load.address))?;
    let page = ledger::page(&load.kind).map_err(|error| error.to_string())?.to_owned();
    if let Some(model) = provider.model() {
        let all = model.cluster(lab).read(&page, address.ip)?;
        return Ok(all.into_iter().filter(|number| numbers.contains(number)).collect());
    }
    let ledger = Ledger { ip: address.ip, port: load.port, page, numbers, nonces, limit: LIMIT };
    // The thread stays in the network of the lab's clients, so it is one of its own.
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            provider.enter()?;
            read_ledger_apart(program, ledger, &Arc::new(AtomicBool::new(false)))
        });
        threads::end(reading).map_err(|error| error.to_string())
    })
}
