//! A machine's memory to files and back, over QEMU's own migration.
//!
//! libvirt's save and restore read all memory from one stream. Here the memory is a file that a restored machine maps, copy on write, so
//! that copies share what they have not changed and a restore reads nothing that the machine still has; only processors and devices are migrated.
//! libvirt has no words for that, so QEMU is asked through libvirt's own passage to its monitor.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use virt::domain::Domain;

use crate::provider::libvirt::LibvirtProvider;
use crate::provider::libvirt::monitor::failed;
use crate::work::ProviderError;

/// How long the memory of one machine may take to be written or read. A slow disk with a large machine on it.
const LIMIT: Duration = Duration::from_secs(300);

/// How long a migration may take to end once it is cancelled.
const ABANDON_LIMIT: Duration = Duration::from_secs(30);

/// How often QEMU is asked how far it is; its events do not reach us through libvirt.
const POLL: Duration = Duration::from_millis(3);

/// As fast as it can, in bytes a second. QEMU's own default is that of a network.
const BANDWIDTH: u64 = 1 << 40;

/// What of a machine is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    /// Its RAM too.
    All,
    /// Not its RAM, which is a file that it shares.
    WithoutRam,
}

fn prepare(provider: &LibvirtProvider, domain: &Domain, parts: Parts) -> Result<(), ProviderError> {
    let ignore = json!({ "capability": "x-ignore-shared", "state": parts == Parts::WithoutRam });
    provider.ask(domain, "migrate-set-capabilities", json!({ "capabilities": [ignore] }))?;
    // A machine that is loaded would tell all switches five times where it is now. It is where it was, and ours learn quickly.
    let parameters = json!({ "max-bandwidth": BANDWIDTH, "announce-rounds": 0 });
    provider.ask(domain, "migrate-set-parameters", parameters).map(|_| ())
}

/// Writes the memory of a machine that stands still. It can go on afterwards.
pub(super) fn write(
    provider: &LibvirtProvider,
    domain: &Domain,
    parts: Parts,
    file: &Path,
    cancel: &AtomicBool,
) -> Result<(), ProviderError> {
    prepare(provider, domain, parts)?;
    provider.ask(domain, "migrate", json!({ "uri": format!("file:{}", file.display()) }))?;
    let written = finish(provider, domain, "save a machine's memory", cancel);
    match written {
        Ok(()) => Ok(()),
        // What went wrong first is what there is to tell.
        Err(error) => abandon(provider, domain).and(Err(error)),
    }
}

/// Ends what may be left of a migration by a command that was killed: it would stop the machine again at its end, and
/// QEMU lets no machine go on in the middle of its last part.
pub(in crate::provider::libvirt) fn abandon(
    provider: &LibvirtProvider,
    domain: &Domain,
) -> Result<(), ProviderError> {
    let end = Instant::now() + ABANDON_LIMIT;
    let mut asked = false;
    loop {
        let found = provider.ask(domain, "query-migrate", Value::Null)?;
        match found["status"].as_str() {
            None | Some("none" | "completed" | "failed" | "cancelled") => return Ok(()),
            Some(status) if Instant::now() > end => {
                let why = format!("QEMU is still at: {status}");
                return Err(failed("cannot end the save of a machine's memory", why));
            }
            Some(_) if asked => std::thread::sleep(POLL),
            Some(_) => {
                // One that has ended meanwhile cannot be cancelled, and need not be.
                let _ = provider.ask(domain, "migrate_cancel", Value::Null);
                asked = true;
            }
        }
    }
}

/// Reads what was written into a machine that was started to wait for it.
pub(super) fn read(
    provider: &LibvirtProvider,
    domain: &Domain,
    parts: Parts,
    file: &Path,
    cancel: &AtomicBool,
) -> Result<(), ProviderError> {
    prepare(provider, domain, parts)?;
    provider.ask(domain, "migrate-incoming", json!({ "uri": format!("file:{}", file.display()) }))?;
    finish(provider, domain, "load a machine's memory", cancel)
}

fn finish(
    provider: &LibvirtProvider,
    domain: &Domain,
    what: &str,
    cancel: &AtomicBool,
) -> Result<(), ProviderError> {
    let end = Instant::now() + LIMIT;
    loop {
        let found = provider.ask(domain, "query-migrate", Value::Null)?;
        match found["status"].as_str() {
            Some("completed") => return Ok(()),
            Some("failed" | "cancelled") => {
                return Err(failed(
                    &format!("cannot {what}"),
                    found["error-desc"].as_str().unwrap_or("QEMU does not say why"),
                ));
            }
            _ if cancel.load(Ordering::Relaxed) => return Err(ProviderError::Cancelled),
            status if Instant::now() > end => {
                return Err(failed(
                    &format!("cannot {what} within {} s", LIMIT.as_secs()),
                    format!("QEMU is at: {}", status.unwrap_or("nothing")),
                ));
            }
            _ => std::thread::sleep(POLL),
        }
    }
}
