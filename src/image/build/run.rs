//! Runs the long programs of a build so that nothing of them can stay behind.
//!
//! Each runs in a mount and a process namespace of its own. Whatever ends it — its own end, a cancelled build,
//! SIGKILL of `lab` itself — its whole process tree ends with it, and its mounts vanish with the namespace. That is
//! what makes it safe to delete the work folder of a killed build without looking.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};

use crate::image::lock::CANCEL_CHECK;
use crate::image::{ImageError, cancelled};
use crate::work::Context;

use super::phase::Phases;

/// Lines of a failed step's log that its error shows.
const TAIL_LINES: usize = 15;

/// The wrapper: `setpriv` ties the tree to our life, `unshare` to its first process's.
const WRAPPER: [&str; 9] = [
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--propagation=private",
    "--pid",
    "--fork",
    "--kill-child",
];

/// One program to run.
pub struct Step {
    name: String,
    program: OsString,
    arguments: Vec<OsString>,
    log: PathBuf,
}

impl Step {
    /// A program, with what it does in a few words and the file that its output is appended to.
    pub fn new(name: impl Into<String>, program: impl AsRef<OsStr>, log: &Path) -> Self {
        Self {
            name: name.into(),
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            log: log.to_owned(),
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Runs it to its end and reports the phases that its output tells of.
    ///
    /// # Errors
    /// When it cannot be started, fails, or the user asks to stop.
    pub fn run(self, context: &Context<'_>) -> Result<(), ImageError> {
        if !on_path(&self.program) {
            return Err(ImageError::NoProgram { program: self.program.to_string_lossy().into_owned() });
        }
        (context.progress)(crate::work::Progress::Phase(self.name.clone()));
        let mut log = fs_err::OpenOptions::new().create(true).append(true).open(&self.log)?;
        writeln!(log, "== {}", self.name)?;
        let (status, tail) = self.watch(&mut log, context)?;
        if cancelled(context) {
            return Err(ImageError::Cancelled);
        }
        if status.success() {
            return Ok(());
        }
        Err(ImageError::Step { step: self.name, status, log: self.log, tail: tail.join("\n") })
    }

    /// Runs it; its status and the last lines of its output.
    fn watch(
        &self,
        log: &mut impl Write,
        context: &Context<'_>,
    ) -> Result<(ExitStatus, Vec<String>), ImageError> {
        let (output, input) = std::io::pipe()?;
        let mut command = Command::new(WRAPPER[0]);
        command
            .args(&WRAPPER[1..])
            .arg("--")
            .arg(&self.program)
            .args(&self.arguments)
            .env("LC_ALL", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive")
            // Our initrd is made by us; Debian's would take longer than anything else in the build.
            .env("INITRD", "No")
            .env_remove("TMPDIR")
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input);
        let mut child = command.spawn()?;
        // The command holds our ends of the pipe; without them its end is seen as the end of the output.
        drop(command);
        let (send, lines) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
        let mut phases = Phases::default();
        let mut tail: Vec<String> = Vec::new();
        let mut killed = false;
        loop {
            match lines.recv_timeout(CANCEL_CHECK) {
                Ok(line) => {
                    writeln!(log, "{line}")?;
                    if let Some(progress) = phases.read(&line) {
                        (context.progress)(progress);
                    }
                    tail.push(line);
                    if tail.len() > TAIL_LINES {
                        tail.remove(0);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if cancelled(context) && !killed => {
                    killed = true;
                    child.kill()?;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let status = child.wait()?;
        // It has reached the end of the output, so it is at its end too.
        drop(reader.join());
        Ok((status, tail))
    }
}

/// Whether a program can be found.
fn on_path(program: &OsStr) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
