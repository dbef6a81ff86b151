//! What is done before machines are saved, so that they are quick when they are restored.
//!
//! An emulated machine translates anew whatever it runs after a restore, so what it need not run then is time won.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::each;
use crate::base::netns;
use crate::desired::Desired;
use crate::guest::health::HttpCheck;
use crate::guest::{Limits, SshError};
use crate::model::NodeName;
use crate::model::spec::Probe;
use crate::provider::libvirt::LibvirtProvider;
use crate::work::{Context, ProviderError};

/// How long a node may take to end what it has begun, on a machine with hardware virtualization.
const REST: Duration = Duration::from_secs(5);

/// Waits until systemd has nothing to do. It has no command that waits for that once a machine has booted.
/// In a guest of which we hear no more it ends by itself, or each restore would go on with it.
const JOBS_END: &str = "looked=0
while [ $looked -lt 50 ] && [ -n \"$(systemctl list-jobs --no-legend)\" ]; do
    looked=$((looked + 1))
    sleep 0.1
done";

/// How long a node may take until its shells wait, on a machine with hardware virtualization.
const SHELLS: Duration = Duration::from_secs(5);

/// How long a page may take, on a machine with hardware virtualization.
const PAGE: Duration = Duration::from_secs(2);

/// How many ask for a page at the same time: more than the workers of our web servers, by default.
const VISITORS: usize = 16;

impl LibvirtProvider {
    /// Makes ready for a save what can be; what cannot is only slower afterwards.
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

    /// Waits for what was begun in a node and is nobody's condition for being healthy: every restore would go on with it.
    fn come_to_rest(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        if_it_works(self.run_briefly(node, JOBS_END, self.limits(REST, context)))
    }

    /// Asks for each page that a health check asks for, so often at the same time that each worker answers once and has its
    /// connection to the database from then on.
    fn visit(&self, desired: &Desired) {
        let (netns, limit) = (&self.host.netns(), PAGE * self.accelerator.patience());
        let never = &AtomicBool::new(false);
        std::thread::scope(|scope| {
            let mut visitors = Vec::new();
            for check in &desired.checks {
                let Probe::Http { ip, port, path, expect } = &check.probe else { continue };
                let check = HttpCheck { ip: *ip, port: *port, path, expect };
                for _ in 0..VISITORS {
                    visitors.push(scope.spawn(move || {
                        let ask = || check.ask(Limits::within(limit, never)).is_ok();
                        netns::enter(netns).is_ok_and(|()| ask())
                    }));
                }
            }
            for visitor in visitors {
                crate::base::threads::end(visitor);
            }
        });
    }

    /// Has shells wait for the scripts of the health checks.
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
