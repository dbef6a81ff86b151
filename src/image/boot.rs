//! What a directly booted image is started with.

/// The kernel's command line.
///
/// - `console`: what the host watches for [`phase`]s and shows when a boot fails.
/// - `quiet loglevel=4`: every line on the serial console costs time; warnings and worse are still there.
/// - `net.ifnames=0`: interfaces are called as the lab calls them.
/// - `systemd.tty.term.console=dumb`: else systemd asks the console for its size and waits for an answer.
/// - `mitigations=off lsm=capability cryptomgr.notests init_on_alloc=0 audit=0`: a lab runs nobody else's code. No guards
///   against it, no self-tests of ciphers, no zeroing of memory that is overwritten anyway.
/// - `no_timer_check`: on a busy machine the check fails under emulation, and the kernel gives up.
pub const CMDLINE: &str = "console=ttyS0 root=/dev/vda rw quiet loglevel=4 systemd.show_status=auto \
                           systemd.tty.term.console=dumb net.ifnames=0 mitigations=off lsm=capability \
                           cryptomgr.notests init_on_alloc=0 audit=0 no_timer_check";

/// How far a guest has come, as its console tells: `halab: kernel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BootPhase {
    /// The kernel runs, and with it the first process.
    Kernel,
    /// The disk is there and the guest knows who it is.
    Init,
    /// It answers over SSH.
    Ready,
    /// It stands still; the rest of the line says why.
    Failed,
}

/// The phase that a line of the console tells of, if it does.
pub fn phase(line: &str) -> Option<BootPhase> {
    match line.split_once("halab: ")?.1.trim_end() {
        "kernel" => Some(BootPhase::Kernel),
        "init" => Some(BootPhase::Init),
        "ready" => Some(BootPhase::Ready),
        rest if rest.starts_with("failed: ") => Some(BootPhase::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_read_from_the_console() {
        assert_eq!(phase("halab: kernel\r\n"), Some(BootPhase::Kernel));
        assert_eq!(phase("[    1.234] halab: ready"), Some(BootPhase::Ready));
        assert_eq!(phase("halab: failed: there is no disk"), Some(BootPhase::Failed));
        assert_eq!(phase("halab: seed"), None);
        assert_eq!(phase("login:"), None);
    }
}
