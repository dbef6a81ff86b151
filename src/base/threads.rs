//! Threads that are over when they are said to be.

use std::thread::ScopedJoinHandle;

/// Waits until a thread is gone, and passes on its result, or its panic.
///
/// [`std::thread::scope`] alone waits only for what its threads were given to do. What they keep for themselves in native
/// libraries (libvirt's last error, OpenSSL's random numbers) is given back after that; and when the program ends
/// meanwhile, these libraries give back everything at the same time, some of it twice.
pub fn end<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
