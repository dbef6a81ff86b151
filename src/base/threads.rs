//! Joining threads completely.

use std::thread::ScopedJoinHandle;

/// Waits until a thread has ended, and returns its result or resumes its panic.
///
/// [`std::thread::scope`] alone waits only for the closures. The thread-local data of native libraries
/// (libvirt's last error, OpenSSL's random numbers) are freed after that; if the program ends in between,
/// these libraries free their data concurrently, some of it twice.
pub fn end<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
