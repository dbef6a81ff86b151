//! The command in an environment of its own, and the possible traces of an instance on the machine.

#![expect(clippy::print_stderr, reason = "each command is shown with its time, as these tests take minutes")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

/// Images stay here between runs: they are named by what is in them, so that a stale one is never used. Only
/// root can make anything in the folder above it, so that no other user can have put something here.
const STATE: &str = "/var/lib/halab-tests";

/// One test's use of the machine.
pub struct Sandbox {
    /// Locked: guests are heavy, so that only one test of all test programs may have any.
    _turn: File,
    instances: Vec<String>,
}

/// The result of a command.
#[derive(Debug)]
pub struct Ran {
    pub command: String,
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// # Panics
    /// If the command did not succeed; the message contains its whole output.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, Some(0), "`{}` failed\n{}\n{}", self.command, self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("`{}` printed no JSON ({error}): {}", self.command, self.stdout))
    }
}

impl Sandbox {
    /// Waits for its turn.
    ///
    /// # Panics
    /// If the tests do not run as root.
    pub fn enter() -> Self {
        assert!(rustix::process::geteuid().is_root(), "guests need root: sudo make test");
        fs_err::create_dir_all(STATE).unwrap();
        let turn = fs_err::File::create(Path::new(STATE).join("tests.lock")).unwrap().into_parts().0;
        // The lock ends with the test, however it ends.
        flock(&turn, FlockOperation::LockExclusive).unwrap();
        Self { _turn: turn, instances: Vec::new() }
    }

    /// Names an instance; it is taken down when the test ends, however it ends.
    pub fn instance(&mut self, name: &str) -> String {
        let name = format!("test-{name}");
        self.instances.push(name.clone());
        self.lab(["down", &name, "--purge"]);
        name
    }

    pub fn command<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(&self, arguments: I) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.args(arguments).env_clear().env("PATH", path).env("HALAB_STATE", STATE).env("NO_COLOR", "1");
        command.env("HOME", "/root").stdin(Stdio::null());
        command
    }

    pub fn lab<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(&self, arguments: I) -> Ran {
        Self::finish(self.command(arguments))
    }

    /// The command behind another one, such as `nsenter`.
    pub fn run_in<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(
        &self,
        front: &[&str],
        arguments: I,
    ) -> Ran {
        Self::finish(self.command_in(front, arguments))
    }

    /// Starts the command behind another one, which becomes it.
    pub fn start_in<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(
        &self,
        front: &[&str],
        arguments: I,
    ) -> Child {
        let mut command = self.command_in(front, arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command starts")
    }

    fn command_in<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(
        &self,
        front: &[&str],
        arguments: I,
    ) -> Command {
        let inner = self.command(arguments);
        let mut command = Command::new(front[0]);
        command.args(&front[1..]).arg(inner.get_program()).args(inner.get_args()).env_clear();
        command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
        command
    }

    fn finish(mut command: Command) -> Ran {
        let text = format!("{command:?}");
        let start = Instant::now();
        let output = command.output().expect("the command starts");
        let took = start.elapsed();
        let text = text[text.find("/lab\"").unwrap_or(0)..].to_owned();
        eprintln!("{:6.1} s  {text}", took.as_secs_f64());
        Ran {
            command: text,
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn start<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(&self, arguments: I) -> Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts")
    }

    pub fn state(&self) -> &'static Path {
        Path::new(STATE)
    }

    pub fn folder(&self, instance: &str) -> PathBuf {
        self.state().join("instances").join(instance)
    }

    /// The remains of an instance on the machine.
    pub fn traces(&self, instance: &str) -> Vec<String> {
        let mut traces = Vec::new();
        let folder = self.folder(instance);
        let namespace = format!("lab-{instance}");
        for path in [folder.clone(), Path::new("/run/netns").join(&namespace)] {
            if path.exists() {
                traces.push(format!("file {}", path.display()));
            }
        }
        let mounts = fs_err::read_to_string("/proc/mounts").unwrap_or_default();
        traces.extend(
            mounts.lines().filter(|line| line.contains(&namespace)).map(|line| format!("mount {line}")),
        );
        let marker = folder.display().to_string();
        for entry in fs_err::read_dir("/proc").unwrap().flatten() {
            let line = fs_err::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            if line.contains(&marker) {
                traces.push(format!("process {line}"));
            }
        }
        traces
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        for name in &self.instances {
            self.lab(["down", name.as_str(), "--purge"]);
        }
    }
}

/// Waits for an effect of another process.
#[track_caller]
pub fn eventually(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !is_so() {
        assert!(Instant::now() < end, "{what} did not come about within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
