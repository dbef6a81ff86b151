//! Limits for calls of libvirt, which has none: it waits for a daemon's answer without a limit, and so does
//! the daemon for QEMU.
//!
//! A thread watches over an open connection. It checks regularly, on another connection, whether the daemon
//! still answers, and knows the deadline of each call that waits for QEMU. When one of these fails it hangs
//! up ([`Host::hang_up`]); libvirt then fails all pending calls of this program in that daemon.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::host::Host;

/// The limits of the watch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// The interval between two checks of the daemon.
    pub(super) pulse: Duration,
    /// How long the daemon may take to answer. An idle one needs a millisecond; the machine may be
    /// overloaded.
    pub(super) answer: Duration,
    /// How long QEMU may take for any command. A QEMU that gets no processor time needs seconds.
    pub(super) call: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { pulse: Duration::from_secs(5), answer: Duration::from_secs(30), call: Duration::from_secs(60) }
    }
}

/// The longest sleep of the thread while nothing is due.
const TICK: Duration = Duration::from_millis(100);

/// The watch over one connection; it ends with this value.
pub(super) struct Watch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    over: bool,
    /// The number of calls so far, and the deadlines of those in progress.
    calls: u64,
    due: BTreeMap<u64, Instant>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that waits for QEMU, until this value is dropped.
pub(super) struct Call {
    shared: Arc<Shared>,
    number: u64,
}

impl Call {
    /// Whether it took too long and was ended.
    pub(super) fn is_overdue(&self) -> bool {
        !self.shared.state().due.contains_key(&self.number)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.shared.state().due.remove(&self.number);
    }
}

impl Watch {
    /// Begins to watch over the connection to a host's daemon that is about to be opened.
    pub(super) fn over(host: &Host, patience: Patience) -> Self {
        let shared = Arc::<Shared>::default();
        let (host, watched) = (host.clone(), Arc::clone(&shared));
        let thread = std::thread::spawn(move || watched.watch(&host, patience));
        Self { shared, thread: Some(thread) }
    }

    /// Watches over a call that is about to be made, and must return within `limit`.
    pub(super) fn call(&self, limit: Duration) -> Call {
        let mut state = self.shared.state();
        state.calls += 1;
        let number = state.calls;
        state.due.insert(number, Instant::now() + limit);
        Call { shared: Arc::clone(&self.shared), number }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.state().over = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It only watches, so its panic has no consequences.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn watch(&self, host: &Host, patience: Patience) {
        let mut pulse = Instant::now() + patience.pulse;
        loop {
            let state = self.state();
            let (mut state, _) = self
                .changed
                .wait_timeout_while(state, TICK, |state| !state.over)
                .unwrap_or_else(PoisonError::into_inner);
            if state.over {
                return;
            }
            let now = Instant::now();
            let under_way = state.due.len();
            state.due.retain(|_, due| now < *due);
            let overdue = state.due.len() < under_way;
            drop(state);
            if overdue || (now >= pulse && !self.still_answers(host, patience.answer)) {
                host.hang_up();
            }
            if now >= pulse {
                pulse = Instant::now() + patience.pulse;
            }
        }
    }

    /// Whether the daemon answers; true also if the answer is no longer needed.
    fn still_answers(&self, host: &Host, limit: Duration) -> bool {
        let asked = Instant::now();
        host.answers_while(|| asked.elapsed() < limit && !self.state().over) || self.state().over
    }
}
