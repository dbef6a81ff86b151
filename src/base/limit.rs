//! A time limit for work that can only be cancelled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::threads;

/// How often the caller's own cancellation is checked.
const TICK: Duration = Duration::from_millis(50);

/// Runs work with a flag that is set when `limit` has passed or `cancel` is set.
pub fn within<T: Send>(
    limit: Duration,
    cancel: &AtomicBool,
    work: impl FnOnce(&AtomicBool) -> T + Send,
) -> T {
    let stop = AtomicBool::new(false);
    let end = Instant::now() + limit;
    std::thread::scope(|scope| {
        let (done, ended) = channel::<()>();
        let stop = &stop;
        let looking = scope.spawn(move || {
            // Nothing is ever sent: the channel closes when the work is done.
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if cancel.load(Ordering::Relaxed) || Instant::now() >= end {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        });
        let result = work(stop);
        drop(done);
        threads::end(looking);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(flag: &AtomicBool) -> bool {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && !flag.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        flag.load(Ordering::Relaxed)
    }

    #[test]
    fn the_flag_is_set_after_the_limit_or_when_the_caller_wishes() {
        let never = AtomicBool::new(false);
        assert!(within(Duration::from_millis(10), &never, wait));
        let now = AtomicBool::new(true);
        assert!(within(Duration::from_secs(3600), &now, wait));
        assert!(!within(Duration::from_secs(3600), &never, |flag| flag.load(Ordering::Relaxed)));
    }
}
