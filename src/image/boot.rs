//! What a directly booted image is started with.

/// The kernel's command line.
///
/// - `console`: what the host watches for phases (`guest/console.rs`) and shows when a boot fails.
/// - `quiet loglevel=4`: every line on the serial console costs time; warnings and worse are still there.
/// - `net.ifnames=0`: interfaces are called as the lab calls them.
/// - `systemd.tty.term.console=dumb`: else systemd asks the console for its size and waits for an answer.
/// - `mitigations=off lsm=capability cryptomgr.notests init_on_alloc=0 audit=0`: a lab runs nobody else's code. No guards
///   against it, no self-tests of ciphers, no zeroing of memory that is overwritten anyway.
/// - `no_timer_check`: on a busy machine the check fails under emulation, and the kernel gives up.
pub const CMDLINE: &str = "console=ttyS0 root=/dev/vda rw quiet loglevel=4 systemd.show_status=auto \
                           systemd.tty.term.console=dumb net.ifnames=0 mitigations=off lsm=capability \
                           cryptomgr.notests init_on_alloc=0 audit=0 no_timer_check";
