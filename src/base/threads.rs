//! Joining threads completely, and work on all processors.

use std::any::Any;
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

/// How far the priority of a thread can be lowered.
const LOWEST: i32 = 19;

/// Waits until a thread has ended, and returns its result or resumes its panic.
///
/// [`std::thread::scope`] alone waits only for the closures. The thread-local data of native libraries
/// (libvirt's last error, OpenSSL's random numbers) are freed after that; if the program ends in between,
/// these libraries free their data concurrently, some of it twice.
pub fn end<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Does work; a panic of it is an error, with its message.
///
/// # Errors
/// The message of the panic.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // What the work has left behind is given up by its caller.
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    done.map_err(|panic| format!("panicked: {}", words(panic.as_ref())))
}

/// The message of a panic.
pub fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// The results of pure work on each of several things, in their order, made on all processors.
pub fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let count = std::thread::available_parallelism().map_or(1, NonZero::get).min(things.len());
    if count <= 1 {
        return things.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let one = || {
        let mut done = Vec::new();
        while let place = next.fetch_add(1, Ordering::Relaxed)
            && let Some(thing) = things.get(place)
        {
            done.push((place, work(thing)));
        }
        done
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(one)).collect();
        threads.into_iter().flat_map(end).collect()
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, result)| result).collect()
}

/// Does work in a thread that others on the same processor go before, and waits for it.
pub fn behind_others<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        end(scope.spawn(|| {
            // Where this is refused, the work still has to be done.
            let _ = rustix::process::nice(LOWEST);
            work()
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_things() {
        let things: Vec<u64> = (0..1000).collect();
        assert_eq!(map(&things, |thing| thing * 2), things.iter().map(|thing| thing * 2).collect::<Vec<_>>());
        assert!(map(&[] as &[u64], |thing| *thing).is_empty());
    }

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| panic!("number {}", 3)), Err::<(), _>("panicked: number 3".to_owned()));
    }

    #[test]
    fn only_the_thread_of_the_work_is_put_behind() {
        let nice = || rustix::process::nice(0).unwrap();
        let own = nice();
        assert_eq!(behind_others(nice), LOWEST);
        assert_eq!(nice(), own);
    }
}
