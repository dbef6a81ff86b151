//! Starts machines, and handles QEMUs that never answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use virt::error::Error;

use super::LibvirtProvider;
use super::connect::refused;
use crate::base::threads;
use crate::model::NodeName;
use crate::work::ProviderError;

/// How long libvirt may wait for a new machine. On an idle machine it takes a tenth of a second.
const LIMIT: Duration = Duration::from_secs(30);

/// How long the machine's process is killed repeatedly before the connection to the daemon is given up.
const GRACE: Duration = Duration::from_secs(10);

/// How often the end of a start is polled.
const TICK: Duration = Duration::from_millis(100);

/// The number of attempts to start a machine.
const TRIES: u32 = 3;

impl LibvirtProvider {
    /// Starts a machine that is off by a call of libvirt, and again if its QEMU does not answer.
    ///
    /// libvirt waits for the first answer of a new QEMU without any limit. Once this answer did not come,
    /// with QEMU 10.0.2 on a heavily overloaded machine: the thread of its monitor slept, and the end of
    /// `qmp_capabilities` was still in its socket.
    ///
    /// # Errors
    /// An error of libvirt; [`ProviderError::TimedOut`] when no QEMU answered; [`ProviderError::Cancelled`].
    pub(super) fn launch<T>(
        &self,
        node: &NodeName,
        cancel: &AtomicBool,
        start: impl Fn() -> Result<T, Error>,
    ) -> Result<T, ProviderError> {
        for _ in 0..TRIES {
            // If the process cannot be killed, or another process is the cause, the call does not return.
            let end = |for_so_long| {
                if self.cut(node).is_err() || for_so_long >= LIMIT + GRACE {
                    self.host.hang_up();
                }
            };
            let (started, stuck) = watched(LIMIT, cancel, &start, end);
            if stuck && cancel.load(Ordering::Relaxed) {
                self.stop_guest(node)?;
                return Err(ProviderError::Cancelled);
            }
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
}

/// Makes a call, and ends it repeatedly while it takes longer than `limit` or was cancelled; returns whether
/// it was ended.
///
/// Once is not enough: the object of the call may not have existed yet.
fn watched<T>(
    limit: Duration,
    cancel: &AtomicBool,
    call: impl FnOnce() -> T,
    end: impl Fn(Duration) + Send,
) -> (T, bool) {
    let (called, returned) = mpsc::channel::<()>();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let mut ended = false;
            while returned.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if begun.elapsed() >= limit || cancel.load(Ordering::Relaxed) {
                    ended = true;
                    end(begun.elapsed());
                }
            }
            ended
        });
        let result = call();
        drop(called);
        (result, threads::end(watch))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    /// A call that returns after it was ended this number of times.
    fn waits_for(ends: &AtomicU32, needed: u32) {
        let until = Instant::now() + Duration::from_secs(60);
        while ends.load(Ordering::Relaxed) < needed && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_call_that_survives_its_first_end_is_ended_again() {
        let ends = AtomicU32::new(0);
        let end = |_| _ = ends.fetch_add(1, Ordering::Relaxed);
        let never = AtomicBool::new(false);
        let ((), ended) = watched(Duration::from_millis(10), &never, || waits_for(&ends, 3), end);
        assert!(ended);
        assert_eq!(ends.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_call_is_ended_when_the_user_wishes_and_not_before() {
        let ends = AtomicU32::new(0);
        let end = |_| _ = ends.fetch_add(1, Ordering::Relaxed);
        let (answer, ended) = watched(Duration::from_secs(3600), &AtomicBool::new(false), || 7, end);
        assert_eq!((answer, ended), (7, false));
        let ((), ended) =
            watched(Duration::from_secs(3600), &AtomicBool::new(true), || waits_for(&ends, 1), end);
        assert!(ended);
    }
}
