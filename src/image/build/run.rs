//! Runs the steps of a build, each in a sandbox, so that no process or mount can be left over.
//!
//! However a step ends – by itself, by a cancelled build, by SIGKILL of `lab` – its whole process tree ends
//! with it, and its mounts vanish with their namespace. Therefore the work folder of a killed build can be
//! deleted safely.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};

use crate::image::lock::CANCEL_CHECK;
use crate::image::{ImageError, cancelled};
use crate::work::{Context, Progress};

use super::inside::Inside;
use super::phase::Phases;
use super::sandbox::limits::Limits;
use super::sandbox::{Bind, Job, SUBCOMMAND, TREE, Task, View};
use crate::model::Bytes;

/// The number of lines of a failed step's log in its error.
const TAIL_LINES: usize = 15;

/// The longest line that a program may write; a longer one is cut into several. In bytes.
const LONGEST_LINE: u64 = 64 << 10;

/// The number of lines that wait to be read; then the program waits.
const WAITING_LINES: usize = 1000;

/// The largest log of a step, in bytes; a step that prints more is ended.
const LARGEST_LOG: u64 = 64 << 20;

/// How long a step without network may run, in seconds. The slowest one, the installation of many packages,
/// takes some minutes on a slow disk.
const LONGEST: u64 = 1800;

/// The most memory of a step, in bytes, and the part of the machine's memory that it may be.
const MEMORY: u64 = 4 << 30;
const MEMORY_PART: u64 = 2;

/// The most processes and threads of a step. Installing packages takes some dozens.
const PROCESSES: u32 = 1024;

/// What a step may write, in bytes, besides twice the size of the image's disk: packages and lists of them.
const BESIDES: u64 = 2 << 30;

/// The number of lines that [`BuildStep::read`] returns at most.
const MOST_LINES: usize = 10_000;

/// Where programs are.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The environment of all programs.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("PATH", PATH),
    ("HOME", "/root"),
    ("LC_ALL", "C.UTF-8"),
    ("DEBIAN_FRONTEND", "noninteractive"),
    // We make the initrd ourselves; generating Debian's would take longer than any other part of the build.
    ("INITRD", "No"),
];

/// Where the steps of a build work.
#[derive(Debug, Clone)]
pub struct Site {
    /// The file to which their output is appended, in the folder in which they work.
    pub log: PathBuf,
    /// The size of the image's disk.
    pub root_size: Bytes,
}

impl Site {
    /// What a step may take.
    fn limits(&self, network: bool) -> Limits {
        Limits {
            // A download waits for servers, and runs no script.
            seconds: (!network).then_some(LONGEST),
            memory: MEMORY.min(machine_memory() / MEMORY_PART),
            processes: PROCESSES,
            disk: self.root_size.0.saturating_mul(2).saturating_add(BESIDES),
        }
    }
}

/// The memory of this machine, in bytes.
fn machine_memory() -> u64 {
    let found = rustix::system::sysinfo();
    found.totalram.saturating_mul(found.mem_unit.into())
}

/// One step.
pub struct BuildStep {
    name: String,
    site: Site,
    view: View,
    network: bool,
    binds: Vec<Bind>,
    task: Task,
    /// The bytes that it will download, if known.
    download: Option<u64>,
}

impl BuildStep {
    fn new(name: impl Into<String>, site: &Site, view: View, task: Task) -> Self {
        Self {
            name: name.into(),
            site: site.clone(),
            view,
            network: false,
            binds: Vec::new(),
            task,
            download: None,
        }
    }

    /// A program of the machine, with a short description.
    pub fn tool(name: impl Into<String>, site: &Site, program: &str) -> Self {
        let task = Task::Program { words: vec![program.to_owned()], folder: "/".to_owned() };
        Self::new(name, site, View::Tools, task)
    }

    /// A program of a root tree.
    pub fn in_tree(name: impl Into<String>, site: &Site, tree: &Path, program: &str) -> Self {
        let task = Task::Program { words: vec![program.to_owned()], folder: "/".to_owned() };
        Self::new(name, site, View::Tree, task).bind(tree, TREE)
    }

    /// What this program does with a root tree.
    pub fn inside(name: impl Into<String>, site: &Site, tree: &Path, inside: Inside) -> Self {
        Self::new(name, site, View::Bare, Task::Inside(inside)).bind(tree, TREE)
    }

    /// Adds an argument.
    pub fn arg(self, argument: impl Into<String>) -> Self {
        self.args([argument])
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        if let Task::Program { words, .. } = &mut self.task {
            words.extend(arguments.into_iter().map(Into::into));
        }
        self
    }

    /// Starts the program in this folder of the sandbox.
    pub fn at(mut self, place: &str) -> Self {
        if let Task::Program { folder, .. } = &mut self.task {
            place.clone_into(folder);
        }
        self
    }

    /// Shows a folder or file of the machine, which the step can write to.
    pub fn bind(mut self, from: &Path, to: &str) -> Self {
        self.binds.push(Bind { from: from.to_owned(), to: to.to_owned(), writable: true });
        self
    }

    /// Shows a folder or file of the machine.
    pub fn show(mut self, from: &Path, to: &str) -> Self {
        self.binds.push(Bind { from: from.to_owned(), to: to.to_owned(), writable: false });
        self
    }

    /// Gives the program the machine's network, and its caller's environment for settings of a proxy.
    pub fn with_network(mut self) -> Self {
        self.network = true;
        self
    }

    /// Says how many bytes it will download.
    pub fn downloads(mut self, bytes: u64) -> Self {
        self.download = Some(bytes);
        self
    }

    /// Runs it to its end, reporting the phases found in its output.
    ///
    /// # Errors
    /// When it cannot be started, fails, or the user cancels.
    pub fn run(self, context: &Context<'_>) -> Result<(), ImageError> {
        self.read(context).map(drop)
    }

    /// Runs it to its end, and returns the last lines of its output, at most [`MOST_LINES`].
    ///
    /// # Errors
    /// When it cannot be started, fails, or the user cancels.
    pub fn read(self, context: &Context<'_>) -> Result<Vec<String>, ImageError> {
        if let (View::Tools, Task::Program { words, .. }) = (self.view, &self.task) {
            words.first().map_or(Ok(()), |program| on_path(program))?;
        }
        (context.progress)(Progress::Phase(self.name.clone()));
        let mut log = fs_err::OpenOptions::new().create(true).append(true).open(&self.site.log)?;
        writeln!(log, "== {}", self.name)?;
        let (status, lines) = self.watch(&mut log, context)?;
        if cancelled(context) {
            return Err(ImageError::Cancelled);
        }
        if status.success() {
            return Ok(lines);
        }
        let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
        Err(ImageError::Step { step: self.name, status, log: self.site.log, tail })
    }

    /// Starts `lab` as the parent of the sandbox.
    fn start(&self, output: std::io::PipeWriter) -> Result<std::process::Child, ImageError> {
        let work = self.site.log.parent().unwrap_or(Path::new("/")).to_owned();
        // The path follows a program that was replaced since it started. The folder in the command line says
        // to a person who looks at processes what it is for.
        let mut command = Command::new("/proc/self/exe");
        command.arg(SUBCOMMAND).arg(&work);
        if !self.network {
            command.env_clear();
        }
        command
            .envs(ENVIRONMENT)
            .env_remove("TMPDIR")
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output);
        let job = Job {
            parent: std::process::id(),
            work,
            view: self.view,
            network: self.network,
            binds: self.binds.clone(),
            limits: self.site.limits(self.network),
            task: self.task.clone(),
        };
        let job = serde_json::to_vec(&job).map_err(std::io::Error::from)?;
        let mut child = command.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // If it has ended, its status and output say why.
            drop(input.write_all(&job));
        }
        Ok(child)
    }

    /// Runs it and returns its status and the last lines of its output.
    fn watch(
        &self,
        log: &mut impl Write,
        context: &Context<'_>,
    ) -> Result<(ExitStatus, Vec<String>), ImageError> {
        let (output, input) = std::io::pipe()?;
        let mut child = self.start(input)?;
        let (send, lines) = mpsc::sync_channel(WAITING_LINES);
        let reader = std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Ok(Some(line)) = next_line(&mut output) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let mut phases = Phases::downloading(self.download);
        let mut last = std::collections::VecDeque::new();
        let mut logged = 0;
        let mut killed = false;
        let is_flood = |logged: u64| logged > LARGEST_LOG;
        loop {
            match lines.recv_timeout(CANCEL_CHECK) {
                Ok(line) => {
                    logged += line.len() as u64 + 1;
                    if !is_flood(logged) {
                        writeln!(log, "{line}")?;
                    }
                    if let Some(progress) = phases.read(&line) {
                        (context.progress)(progress);
                    }
                    last.push_back(line);
                    if last.len() > MOST_LINES {
                        last.pop_front();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if (cancelled(context) || is_flood(logged)) && !killed {
                killed = true;
                child.kill()?;
            }
        }
        let status = child.wait()?;
        // It has read to the end of the output, so it ends now.
        drop(reader.join());
        if is_flood(logged) {
            let line = format!("the step was ended: it printed more than {}", Bytes(LARGEST_LOG));
            writeln!(log, "{line}")?;
            last.push_back(line);
        }
        Ok((status, last.into()))
    }
}

/// The next line, or a piece of a very long one; `None` at the end.
fn next_line(output: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    if output.take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

/// Refuses a program that is not installed.
fn on_path(program: &str) -> Result<(), ImageError> {
    let found = std::env::split_paths(PATH).any(|folder| folder.join(program).is_file());
    if found { Ok(()) } else { Err(ImageError::NoProgram { program: program.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_an_end_comes_in_pieces() {
        let text = [vec![b'x'; LONGEST_LINE as usize + 3], b"\nnext\n\nlast".to_vec()].concat();
        let mut output = BufReader::new(text.as_slice());
        let mut lengths = Vec::new();
        while let Some(line) = next_line(&mut output).unwrap() {
            lengths.push(line.len());
        }
        assert_eq!(lengths, [LONGEST_LINE as usize, 3, 4, 0, 4]);
    }
}
