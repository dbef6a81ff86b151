//! Faults of whole machines.

use std::path::PathBuf;

use rustix::process::Signal;

use crate::base::growing;
use crate::fault::proof::is_starved;
use crate::fault::{Goal, Look};
use crate::guest::console;
use crate::inventory::GuestState;
use crate::model::NodeName;
use crate::model::fault::PauseClock;
use crate::provider::Power;
use crate::provider::libvirt::LibvirtProvider;
use crate::provider::libvirt::guest::state;
use crate::work::{Context, ProviderError};

/// Makes the kernel panic after the session has closed, and disables the restart after a panic, which the
/// images would perform after some seconds.
const PANIC: &str = "echo 0 >/proc/sys/kernel/panic\necho 1 >/proc/sys/kernel/sysrq\n\
     (sleep 0.2; echo c >/proc/sysrq-trigger) </dev/null >/dev/null 2>&1 &\n";

/// The message of a kernel that panics.
const PANICS: &str = "Kernel panic";

/// The end of a console in which a panic is looked for, in bytes.
const PANIC_END: u64 = 4 << 20;

impl LibvirtProvider {
    pub(super) fn kill_power(&self, node: &NodeName) -> Result<String, ProviderError> {
        self.switch_power(node, Power::Cut)?;
        Ok("SIGKILL of QEMU".to_owned())
    }

    pub(in crate::provider::libvirt) fn shut_down(
        &self,
        node: &NodeName,
        context: &Context<'_>,
    ) -> Result<String, ProviderError> {
        if self.process(node).is_some() {
            self.tell_inside(node, "shutting down", "systemctl --no-block poweroff", context)?;
        }
        self.lines.forget(node);
        Ok("systemctl poweroff in the guest".to_owned())
    }

    pub(super) fn crash(&self, node: &NodeName, context: &Context<'_>) -> Result<String, ProviderError> {
        if !self.has_crashed(node)?.0 {
            self.tell_inside(node, "crashing the kernel", PANIC, context)?;
        }
        self.lines.forget(node);
        Ok("sysrq-c in the guest".to_owned())
    }

    pub(super) fn start_again(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        self.switch_power(node, Power::Cut)?;
        self.start_guest(node, context.cancel)
    }

    pub(super) fn is_off(&self, node: &NodeName) -> Result<(bool, String), ProviderError> {
        let state = state(&self.own_guest(node)?)?;
        let off = matches!(state, GuestState::Off | GuestState::Crashed) && self.process(node).is_none();
        Ok((off, format!("{node} is {}", if off { "off" } else { "on" })))
    }

    /// Whether the kernel has panicked since the power was switched on.
    pub(super) fn has_crashed(&self, node: &NodeName) -> Result<(bool, String), ProviderError> {
        // A kernel that has panicked says no more, so the end of the console is enough.
        let text = growing::tail(&self.console_file(node), PANIC_END).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let since = text.rsplit(console::POWER_ON).next().unwrap_or_default();
        let line = since.lines().find(|line| line.contains(PANICS));
        Ok(match line {
            Some(line) => (true, line.trim().to_owned()),
            None => (false, "no panic on the console".to_owned()),
        })
    }

    pub(super) fn freeze(&self, node: &NodeName, clock: PauseClock) -> Result<String, ProviderError> {
        match clock {
            PauseClock::Frozen => {
                let domain = self.guest_to_ask(node)?.ok_or_else(|| off(node))?;
                if state(&domain)? != GuestState::Paused {
                    self.suspend(node, &domain)?;
                }
                Ok("QMP stop".to_owned())
            }
            PauseClock::Running => {
                let process = self.process(node).ok_or_else(|| off(node))?;
                process.signal(Signal::STOP)?;
                Ok("SIGSTOP of QEMU".to_owned())
            }
        }
    }

    pub(super) fn is_frozen(
        &self,
        node: &NodeName,
        clock: PauseClock,
    ) -> Result<(bool, String), ProviderError> {
        let frozen = match clock {
            PauseClock::Frozen => state(&self.own_guest(node)?)? == GuestState::Paused,
            PauseClock::Running => self.process(node).is_some_and(|process| process.is_stopped()),
        };
        Ok((frozen, format!("{node} {}", if frozen { "stands still" } else { "runs" })))
    }

    /// Whether a machine's process is stopped permanently, and not just alternately.
    pub(in crate::provider::libvirt) fn is_stopped(&self, node: &NodeName) -> bool {
        self.process(node).is_some_and(|process| process.is_stopped())
            && !crate::host::starve::goes_on(&self.starver(node))
    }

    pub(in crate::provider::libvirt) fn thaw(&self, node: &NodeName) -> Result<(), ProviderError> {
        if let Some(process) = self.process(node) {
            process.signal(Signal::CONT)?;
        }
        let domain = self.own_guest(node)?;
        if state(&domain)? == GuestState::Paused {
            self.resume(node, &domain)?;
        }
        Ok(())
    }

    fn starver(&self, node: &NodeName) -> PathBuf {
        self.host.folder().join(format!("starve-{node}.json"))
    }

    pub(super) fn starve(&self, node: &NodeName, share: u32) -> Result<String, ProviderError> {
        let process = self.process(node).ok_or_else(|| off(node))?;
        crate::host::starve::begin(process, share, &self.starver(node))?;
        Ok("SIGSTOP and SIGCONT of QEMU in alternation".to_owned())
    }

    /// Samples the process for a second.
    pub(super) fn look_at_starving(&self, node: &NodeName, share: u32, wanted: Goal) -> Look {
        let goes_on = crate::host::starve::goes_on(&self.starver(node));
        let Some(process) = self.process(node) else {
            return Look { holds: wanted == Goal::Healed && !goes_on, seen: format!("{node} is off") };
        };
        let (running, looks) = crate::host::starve::watch(process);
        let seen = format!("{node} ran in {running} of {looks} looks");
        let holds = match wanted {
            Goal::InForce => goes_on && is_starved(running, looks, share),
            Goal::Healed => !goes_on && running == looks,
        };
        Look { holds, seen }
    }

    pub(super) fn feed(&self, node: &NodeName) -> Result<(), ProviderError> {
        Ok(crate::host::starve::end(self.process(node), &self.starver(node))?)
    }
}

/// The error for a machine that is off and so cannot have this fault.
pub(super) fn off(node: &NodeName) -> ProviderError {
    ProviderError::Host { what: format!("nothing can be done to {node}"), source: "it is off".into() }
}
