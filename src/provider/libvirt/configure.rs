//! Work inside guests: waiting for them, their files, the steps of stacks, and health.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::LibvirtProvider;
use crate::base::shell::quote;
use crate::base::text::hexadecimal;
use crate::guest::health::HttpCheck;
use crate::guest::keeper::Shell;
use crate::guest::line::Line;
use crate::guest::{Limits, Output, SshError, Target, console, line};
use crate::model::NodeName;
use crate::model::spec::{HealthCheck, Probe, Script};
use crate::model::spec::{ImageSpec, SeedSpec, StepSpec};
use crate::work::{Context, Progress, ProviderError};

/// How long things may take with KVM on an idle machine; an emulated guest gets a multiple
/// ([`crate::host::accel::Accelerator::patience`]).
const BOOT: Duration = Duration::from_secs(60);
pub(super) const STEP: Duration = Duration::from_secs(60);
const HEALTH: Duration = Duration::from_secs(60);

/// The number of lines of a console or of an output in an error.
const TAIL: usize = 15;

impl LibvirtProvider {
    pub(super) fn limits<'a>(&self, limit: Duration, context: &Context<'a>) -> Limits<'a> {
        Limits::within(limit * self.accelerator.patience(), context.cancel)
    }

    /// Turns an error of a guest's shell into one that names the work.
    pub(super) fn trouble(
        &self,
        what: String,
        node: &NodeName,
        limit: Duration,
        phase: &str,
        error: SshError,
    ) -> ProviderError {
        use crate::provider::Reach;
        match error {
            SshError::Cancelled => ProviderError::Cancelled,
            SshError::TimedOut => ProviderError::TimedOut {
                what,
                limit_s: (limit * self.accelerator.patience()).as_secs(),
                phase: phase.to_owned(),
                console: self.console_tail(node, TAIL).unwrap_or_default(),
            },
            error => ProviderError::Host { what: format!("{what} did not work"), source: Box::new(error) },
        }
    }

    /// The address of a node's shell, according to its seed.
    pub fn target(&self, node: &NodeName) -> Result<Target, ProviderError> {
        let seed = super::seed::find(&self.host.folder())?.remove(node);
        let nic = seed.and_then(|seed| seed.nics.last().cloned()).ok_or_else(|| ProviderError::Host {
            what: format!("there is no node {node}"),
            source: "it has no seed".into(),
        })?;
        let (keys, identity) = self.keys(node)?;
        let host_key = identity.host.public_blob().map_err(|source| ProviderError::Host {
            what: format!("the host key of {node} is not usable"),
            source: Box::new(source),
        })?;
        Ok(Target { address: SocketAddr::from((nic.ip, 22)), private_key: keys.client.private, host_key })
    }

    /// The shell of a node over SSH, for work whose errors are those of a shell.
    fn over_ssh(&self, node: &NodeName) -> Result<Shell, SshError> {
        let target = self.target(node).map_err(|error| SshError::Io(std::io::Error::other(error)))?;
        Ok(Shell::new(self.keeper(), target))
    }

    /// The line of a node: none if its image has no program at the other end.
    fn line(&self, node: &NodeName) -> Result<Option<std::path::PathBuf>, ProviderError> {
        let seed = super::seed::find(&self.host.folder())?.remove(node);
        let direct = match seed {
            Some(seed) => matches!(self.image(&seed.image)?.boot(), crate::image::Boot::Direct(_)),
            None => false,
        };
        Ok(if direct { Some(self.host.line(node)?) } else { None })
    }

    /// The same, open; none if no program listens at its other end.
    pub(super) fn open_line(
        &self,
        node: &NodeName,
        limits: Limits<'_>,
    ) -> Result<Option<Arc<Line>>, SshError> {
        match self.line(node).map_err(|error| SshError::Io(std::io::Error::other(error)))? {
            Some(socket) => self.lines.line(node, &socket, limits),
            None => Ok(None),
        }
    }

    /// Runs a short script on a node, over the fastest connection available.
    pub(super) fn run_briefly(
        &self,
        node: &NodeName,
        script: &str,
        limits: Limits<'_>,
    ) -> Result<Output, SshError> {
        if script.len() <= line::LONGEST_SCRIPT
            && let Some(line) = self.open_line(node, limits)?
        {
            return line.run(script, limits);
        }
        self.over_ssh(node)?.run(script, limits)
    }

    pub(super) fn ensure_image(&self, spec: &ImageSpec, context: &Context<'_>) -> Result<(), ProviderError> {
        crate::image::ensure(&self.state, &self.catalog, spec, context)?;
        Ok(())
    }

    pub(super) fn await_guest(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        let limits = self.limits(BOOT, context);
        let mut phase = "power on".to_owned();
        let file = self.console_file(node);
        let result = console::await_phase(&file, console::READY, limits, &mut |new| {
            phase = new.to_owned();
            (context.progress)(Progress::Phase(new.to_owned()));
        })
        .and_then(|()| {
            (context.progress)(Progress::Phase("shaking hands".to_owned()));
            self.reach(node, limits)
        });
        result.map_err(|error| self.trouble(format!("the boot of {node}"), node, BOOT, &phase, error))
    }

    /// Waits until scripts can be run in a guest that is ready, over the fastest connection available.
    fn reach(&self, node: &NodeName, limits: Limits<'_>) -> Result<(), SshError> {
        if self.open_line(node, limits)?.is_some() {
            return Ok(());
        }
        self.over_ssh(node)?.run("true", limits).map(drop)
    }

    /// Informs a guest that it was paused: sets its clock to that of the machine (its monotonic clock just
    /// continues), and reseeds the random numbers of its kernel, which would otherwise be the same in all
    /// copies.
    pub(super) fn wake(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        let limits = self.limits(STEP, context);
        let what = "setting the clock and random numbers".to_owned();
        let random = random()?;
        let output = loop {
            match self.tell_awake(node, &random, limits) {
                // On a busy machine a guest that was just restored may take longer than one attempt.
                Err(SshError::Connect { source, .. }) if source.kind() == std::io::ErrorKind::TimedOut => {
                    if let Err(error) = limits.check() {
                        break Err(error);
                    }
                }
                result => break result,
            }
        };
        let output = output.map_err(|error| self.trouble(what.clone(), node, STEP, &what, error))?;
        check(&what, node, &output)
    }

    fn tell_awake(&self, node: &NodeName, random: &str, limits: Limits<'_>) -> Result<Output, SshError> {
        if let Some(line) = self.open_line(node, limits)? {
            return line.wake(random, limits);
        }
        let shell = self.over_ssh(node)?;
        shell.run(&reseed(random), limits)?;
        // The time is read once the session is open, which takes a while with an emulated guest.
        shell.run(&set_clock(), limits)
    }

    pub(super) fn push_files(&self, spec: &SeedSpec, context: &Context<'_>) -> Result<(), ProviderError> {
        let limits = self.limits(STEP, context);
        let identity = self.keys(&spec.node)?.1;
        let files = crate::seed::live_files(spec, &identity);
        let gone = Script { title: "removing files that are no more".to_owned(), text: forget(spec) };
        self.run_script(gone.title.clone(), &spec.node, &gone, STEP, context)?;
        for file in files {
            (context.progress)(Progress::Phase(file.path.clone()));
            let what = format!("writing {}", file.path);
            let output = self
                .over_ssh(&spec.node)
                .and_then(|shell| shell.put(&file, limits))
                .map_err(|error| self.trouble(what.clone(), &spec.node, STEP, "writing", error))?;
            check(&what, &spec.node, &output)?;
        }
        Ok(())
    }

    pub(super) fn run_step(&self, spec: &StepSpec, context: &Context<'_>) -> Result<(), ProviderError> {
        let what = format!("{} ({})", spec.label(), spec.script.title);
        self.run_script(what, &spec.node, &spec.script, STEP, context)
    }

    fn run_script(
        &self,
        what: String,
        node: &NodeName,
        script: &Script,
        limit: Duration,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        let limits = self.limits(limit, context);
        (context.progress)(Progress::Phase(script.title.clone()));
        let output = self
            .run_briefly(node, &script.text, limits)
            .map_err(|error| self.trouble(what.clone(), node, limit, &script.title, error))?;
        check(&what, node, &output)
    }

    pub(super) fn await_health(
        &self,
        check: &HealthCheck,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        match (&check.probe, &check.node) {
            (Probe::Exec { script }, Some(node)) => {
                let limits = self.limits(HEALTH, context);
                (context.progress)(Progress::Phase(script.title.clone()));
                let output = self
                    .run_briefly(node, &script.text, limits)
                    .map_err(|error| self.trouble(check.title.clone(), node, HEALTH, &script.title, error))?;
                self::check(&check.title, node, &output)
            }
            (Probe::Exec { .. }, None) => Err(ProviderError::Host {
                what: check.title.clone(),
                source: "a script needs a node to run on".into(),
            }),
            (Probe::Http { ip, port, path, expect }, _) => {
                let last = std::sync::Mutex::new("nothing yet".to_owned());
                let hear = |reason: &str| {
                    *last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = reason.to_owned();
                    (context.progress)(Progress::Phase(reason.to_owned()));
                };
                HttpCheck { ip: *ip, port: *port, path, expect }
                    .wait(&self.keeper(), self.limits(HEALTH, context), &hear)
                    .map_err(|error| match error {
                        SshError::Cancelled => ProviderError::Cancelled,
                        SshError::TimedOut => ProviderError::TimedOut {
                            what: check.title.clone(),
                            limit_s: (HEALTH * self.accelerator.patience()).as_secs(),
                            phase: last.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone(),
                            console: String::new(),
                        },
                        error => ProviderError::Host { what: check.title.clone(), source: Box::new(error) },
                    })
            }
        }
    }
}

/// 32 bytes of the machine's own randomness, in hexadecimal.
fn random() -> Result<String, ProviderError> {
    let bytes = crate::base::random::bytes::<32>().map_err(super::files::io("cannot draw random numbers"))?;
    Ok(hexadecimal(&bytes))
}

/// Seeds the random numbers of a kernel and makes it use the seed at once (`RNDRESEEDCRNG` of `random(4)`).
/// The device that reports a copy to the guest does that too, if the kernel has a driver for it; those of
/// Debian 12 have none. Runs in the background: it takes less time than opening a connection.
fn reseed(random: &str) -> String {
    let draw = "nice -n 19 perl -e 'open R, \">\", \"/dev/urandom\"; ioctl R, 0x5207, 0'";
    format!("printf %s {random} >/dev/urandom\n{draw} >/dev/null 2>&1 &")
}

/// Sets the clock to the present time.
fn set_clock() -> String {
    let now = jiff::Timestamp::now();
    format!("date --set=@{}.{:09} >/dev/null", now.as_second(), now.subsec_nanosecond())
}

/// Deletes the files in the guest that came from an earlier seed and are not in this one.
fn forget(spec: &SeedSpec) -> String {
    let kept: String = spec.files.iter().map(|file| format!("{}\n", file.path)).collect();
    format!(
        "list={}\n[ -f \"$list\" ] || exit 0\nprintf %s {} | sort >\"$list.kept\"\n\
         sort \"$list\" | comm -23 - \"$list.kept\" | while read -r file; do rm -f \"$file\"; done\nrm -f \"$list.kept\"",
        crate::seed::APPLIED_FILES,
        quote(&kept)
    )
}

/// A script that ends with anything but 0 has failed.
pub(super) fn check(what: &str, node: &NodeName, output: &Output) -> Result<(), ProviderError> {
    if output.status == 0 {
        return Ok(());
    }
    Err(ProviderError::Script {
        what: what.to_owned(),
        node: node.clone(),
        status: output.status,
        output: output.tail(TAIL),
    })
}
