//! Saves and loads a machine's memory with QEMU's own migration.
//!
//! libvirt's save and restore read all memory from one stream. Here the memory is a file that a restored
//! machine maps copy-on-write, so that copies share unchanged pages and a restore reads nothing that is still
//! in the page cache; only processors and devices are migrated. libvirt has no calls for that, so QEMU is
//! asked through libvirt's passthrough to its monitor.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use virt::domain::Domain;

use crate::provider::libvirt::LibvirtProvider;
use crate::provider::libvirt::monitor::failed;
use crate::work::ProviderError;

/// Time limit for writing or reading the memory of one machine: enough for a large machine on a slow disk.
const LIMIT: Duration = Duration::from_secs(300);

/// How long a migration may take to end after it was cancelled.
const ABANDON_LIMIT: Duration = Duration::from_secs(30);

/// How often the progress of QEMU is polled; its events are not passed on by libvirt.
const POLL: Duration = Duration::from_millis(3);

/// No limit in practice, in bytes a second. QEMU's own default is meant for a network.
const BANDWIDTH: u64 = 1 << 40;

/// The part of a machine that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    /// With its RAM.
    All,
    /// Without its RAM, which is a shared file.
    WithoutRam,
}

fn prepare(provider: &LibvirtProvider, domain: &Domain, parts: Parts) -> Result<(), ProviderError> {
    let ignore = json!({ "capability": "x-ignore-shared", "state": parts == Parts::WithoutRam });
    provider.ask(domain, "migrate-set-capabilities", json!({ "capabilities": [ignore] }))?;
    // A loaded machine would announce its location to all switches five times. It has not moved, and our
    // bridges learn quickly.
    let parameters = json!({ "max-bandwidth": BANDWIDTH, "announce-rounds": 0 });
    provider.ask(domain, "migrate-set-parameters", parameters).map(|_| ())
}

/// Writes the memory of a paused machine. The machine can be resumed afterwards.
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
        // The first error is the one to report.
        Err(error) => abandon(provider, domain).and(Err(error)),
    }
}

/// Ends a migration that a killed command may have left: it would stop the machine again at its end, and QEMU
/// resumes no machine during the last phase of a migration.
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
                // A migration that has ended in the meantime cannot be cancelled, and need not be.
                let _ = provider.ask(domain, "migrate_cancel", Value::Null);
                asked = true;
            }
        }
    }
}

/// Loads a saved state into a machine that was started to wait for it.
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
