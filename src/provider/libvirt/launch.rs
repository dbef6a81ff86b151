//! Machines that are started, and QEMUs that never answer.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use virt::error::Error;

use super::LibvirtProvider;
use super::connect::refused;
use crate::base::threads;
use crate::model::NodeName;
use crate::work::ProviderError;

/// How long libvirt may wait for a new machine. On a machine that has little else to do it is a tenth of a second.
const LIMIT: Duration = Duration::from_secs(30);

/// How often a machine is started before it is given up.
const TRIES: u32 = 3;

impl LibvirtProvider {
    /// Starts a machine that is off by a call of libvirt, and again if its QEMU does not answer.
    ///
    /// libvirt waits for the first answer of a new QEMU without any limit. It was seen once not to come,
    /// with QEMU 10.0.2 on a machine that had far more to do than processors for it: the thread of its monitor slept, and the
    /// end of `qmp_capabilities` was still in its socket.
    ///
    /// # Errors
    /// What libvirt refused; or that no QEMU answered.
    pub(super) fn launch<T>(
        &self,
        node: &NodeName,
        start: impl Fn() -> Result<T, Error>,
    ) -> Result<T, ProviderError> {
        for _ in 0..TRIES {
            let (started, stuck) = self.watched(node, &start);
            match started {
                Ok(machine) if !stuck => return Ok(machine),
                Err(error) if !stuck => return Err(refused(format!("start {node}"))(error)),
                _ => {}
            }
            self.stop_guest(node)?;
            self.append_to_console(node, "halab: QEMU did not answer, and is started again\n")?;
        }
        Err(ProviderError::TimedOut {
            what: format!("QEMU of {node}"),
            limit_s: LIMIT.as_secs(),
            phase: format!("started {TRIES} times, and it never answered libvirt"),
            console: String::new(),
        })
    }

    /// Calls libvirt, and kills the machine's process if that takes too long: then the call fails.
    fn watched<T>(&self, node: &NodeName, start: impl Fn() -> Result<T, Error>) -> (Result<T, Error>, bool) {
        let (called, returned) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let watch = scope.spawn(move || {
                let stuck = returned.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
                // A process that cannot be killed leaves the call where it is.
                stuck && self.cut(node).is_ok()
            });
            let started = start();
            drop(called);
            (started, threads::end(watch))
        })
    }
}
