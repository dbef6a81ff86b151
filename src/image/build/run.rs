//! Runs the long programs of a build so that no process or mount can be left over.
//!
//! Each runs in its own mount and process namespaces. However it ends – by itself, by a cancelled build, by
//! SIGKILL of `lab` – its whole process tree ends with it, and its mounts vanish with the namespace.
//! Therefore the work folder of a killed build can be deleted safely.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};

use crate::image::lock::CANCEL_CHECK;
use crate::image::{ImageError, cancelled};
use crate::work::Context;

use super::phase::Phases;

/// The number of lines of a failed step's log in its error.
const TAIL_LINES: usize = 15;

/// The wrapper: `setpriv` kills it when we die, `unshare` kills the tree when its first process dies.
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
pub struct BuildStep {
    name: String,
    program: OsString,
    arguments: Vec<OsString>,
    log: PathBuf,
}

impl BuildStep {
    /// A program, with a short description and the file to which its output is appended.
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

    /// Runs it to its end, reporting the phases found in its output.
    ///
    /// # Errors
    /// When it cannot be started, fails, or the user cancels.
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

    /// Runs it and returns its status and the last lines of its output.
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
            // We make the initrd ourselves; generating Debian's would take longer than any other part of the
            // build.
            .env("INITRD", "No")
            .env_remove("TMPDIR")
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input);
        let mut child = command.spawn()?;
        // The command holds our ends of the pipe; dropping it lets the end of the program end the output.
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
        // It has read to the end of the output, so it ends now.
        drop(reader.join());
        Ok((status, tail))
    }
}

/// Whether a program is on the PATH.
fn on_path(program: &OsStr) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
