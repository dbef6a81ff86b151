//! Keeps a probe on schedule on a machine that is busy with its guests.

use crate::record::Nanos;

/// The lowest real-time priority: above all that is not real-time, below the kernel's own threads.
const PRIORITY: libc::c_int = 1;

/// Requests real-time scheduling for the calling thread, and returns the policy that was granted: `fifo`, or
/// `normal` if the host does not allow it. The thread must spend its time waiting, never computing.
pub fn prefer() -> &'static str {
    let parameters = libc::sched_param { sched_priority: PRIORITY };
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // SAFETY: 0 is the calling thread, and the parameters are read during the call only.
    let status = unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
    if status == 0 { "fifo" } else { "normal" }
}

/// The processor time that the calling thread has spent.
pub fn spent() -> Nanos {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let part = |value: i64| u64::try_from(value).unwrap_or_default();
    Nanos(part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec))
}
