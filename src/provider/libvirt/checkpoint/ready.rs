//! Preparations before machines are saved, so that they respond fast after a restore.
//!
//! An emulated machine has to translate all code again that it runs after a restore, so code that need not
//! run then saves time.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::each;
use crate::desired::Desired;
use crate::guest::health::HttpCheck;
use crate::guest::{Limits, SshError};
use crate::model::NodeName;
use crate::model::spec::Probe;
use crate::provider::libvirt::LibvirtProvider;
use crate::work::{Context, ProviderError};

/// How long a node may take to finish pending work, on a machine with hardware virtualization.
const REST: Duration = Duration::from_secs(5);

/// Waits until systemd has no jobs. There is no command that waits for that once a machine has booted. If the
/// connection to the guest is lost, the script ends by itself; otherwise each restore would resume it.
const JOBS_END: &str = "looked=0
while [ $looked -lt 50 ] && [ -n \"$(systemctl list-jobs --no-legend)\" ]; do
    looked=$((looked + 1))
    sleep 0.1
done";

/// How long a node may take until its shells wait, on a machine with hardware virtualization.
const SHELLS: Duration = Duration::from_secs(5);

/// How long a page may take, on a machine with hardware virtualization.
const PAGE: Duration = Duration::from_secs(2);

/// The number of simultaneous requests for a page: more than the default number of workers of the web
/// servers.
const VISITORS: usize = 16;

impl LibvirtProvider {
    /// Prepares a save as far as possible; a failed preparation only makes the restore slower.
    ///
    /// # Errors
    /// [`ProviderError::Cancelled`].
    pub(super) fn make_ready(
        &self,
        nodes: &[NodeName],
        desired: &Desired,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        if !nodes.is_empty() {
            self.visit(desired);
        }
        each(nodes, |node| {
            self.come_to_rest(node, context)?;
            self.shells_wait(node, context)
        })
    }

    /// Waits for pending work in a node that no health check waits for: otherwise every restore would resume
    /// it.
    fn come_to_rest(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        if_it_works(self.run_briefly(node, JOBS_END, self.limits(REST, context)))
    }

    /// Requests each page of a health check, with as many simultaneous requests as are needed for each worker
    /// to answer once and to keep its connection to the database from then on.
    fn visit(&self, desired: &Desired) {
        let (keeper, limit) = (&self.keeper(), PAGE * self.accelerator.patience());
        let never = &AtomicBool::new(false);
        std::thread::scope(|scope| {
            let mut visitors = Vec::new();
            for check in &desired.checks {
                let Probe::Http { ip, port, path, expect } = &check.probe else { continue };
                let check = HttpCheck { ip: *ip, port: *port, path, expect };
                for _ in 0..VISITORS {
                    // A page that does not come is that of a service which is not healthy; the checks say so.
                    visitors
                        .push(scope.spawn(move || check.ask(keeper, Limits::within(limit, never)).is_ok()));
                }
            }
            for visitor in visitors {
                crate::base::threads::end(visitor);
            }
        });
    }

    /// Keeps shells waiting for the scripts of the health checks.
    fn shells_wait(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        let limits = self.limits(SHELLS, context);
        let line = self.open_line(node, limits);
        if_it_works(line.and_then(|line| line.map(|line| line.prepare(limits)).transpose()))
    }
}

fn if_it_works<T>(done: Result<T, SshError>) -> Result<(), ProviderError> {
    match done {
        Err(SshError::Cancelled) => Err(ProviderError::Cancelled),
        _ => Ok(()),
    }
}
