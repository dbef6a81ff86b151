//! The kernel command line for direct boot.

/// The kernel's command line.
///
/// - `console`: the host reads boot phases from it (`guest/console.rs`) and shows it when a boot fails.
/// - `quiet loglevel=4`: every line on the serial console costs time; warnings and errors are still printed.
/// - `net.ifnames=0`: interfaces have the names that the lab uses.
/// - `systemd.tty.term.console=dumb`: otherwise systemd queries the console for its size and waits for an
///   answer.
/// - `mitigations=off lsm=capability cryptomgr.notests init_on_alloc=0 audit=0`: a lab runs only trusted
///   code, so it needs no mitigations, no cipher self-tests and no zeroing of memory before its use.
/// - `no_timer_check`: on a busy machine this check can fail under emulation, and the kernel panics.
pub const CMDLINE: &str = "console=ttyS0 root=/dev/vda rw quiet loglevel=4 systemd.show_status=auto \
                           systemd.tty.term.console=dumb net.ifnames=0 mitigations=off lsm=capability \
                           cryptomgr.notests init_on_alloc=0 audit=0 no_timer_check";
