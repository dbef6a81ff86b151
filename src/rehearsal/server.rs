//! The server of a rehearsal: `lab serve`, in processes of its own, so that its cost is its own.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};

use super::usage::{self, Usage};
use crate::app::{AppError, Halab};

/// How long the server may take to end in order.
const ENDING: Duration = Duration::from_secs(10);

/// How often its end is looked for.
const TICK: Duration = Duration::from_millis(50);

/// A server that answers. It ends with this value.
pub struct Server {
    process: Child,
    /// `http://127.0.0.1:1234`
    pub root: String,
    /// The link that opens the page.
    pub link: String,
}

impl Server {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(halab: &Halab) -> Result<Self, AppError> {
        let failed = |error| AppError::failed("the server cannot be started").because(error);
        let program: PathBuf = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        command.arg("--state").arg(halab.state.root()).args(["serve", "--listen", "127.0.0.1:0"]);
        // The operations that the server begins inherit it.
        command.env("HALAB_PROVIDER", halab.provider.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Ctrl-C at the terminal ends the rehearsal, which then ends the server.
        command.process_group(0);
        // SAFETY: it is a single system call.
        unsafe {
            command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::TERM))?));
        }
        let mut process = command.spawn().map_err(failed)?;
        let mut link = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut link).map_err(failed)?;
        }
        let link = link.trim().to_owned();
        let root = link.split("/open").next().unwrap_or_default().to_owned();
        let server = Self { process, root, link };
        match server.link.is_empty() {
            false => Ok(server),
            true => Err(AppError::failed("the server ended at once").hint("`lab serve` says why")),
        }
    }

    /// What its processes have taken so far.
    pub fn usage(&self) -> Usage {
        usage::of_server(self.process.id())
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let end = Instant::now() + ENDING;
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        while Instant::now() < end && !self.has_ended() {
            std::thread::sleep(TICK);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
