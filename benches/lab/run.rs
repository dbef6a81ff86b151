//! Runs the command in a state folder of its own.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub struct Lab {
    pub state: PathBuf,
}

impl Lab {
    pub fn new(state: &str) -> Self {
        Self { state: state.into() }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.args(arguments).env("HALAB_STATE", &self.state).stdin(Stdio::null());
        command
    }

    /// The duration of a command, which must succeed.
    pub fn time(&self, arguments: &[&str]) -> Duration {
        let start = Instant::now();
        let output = self.command(arguments).output().expect("the command starts");
        let took = start.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "lab {}: {said}", arguments.join(" "));
        took
    }

    /// The output of a command, as JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output =
            self.command(arguments).arg("--format").arg("json").output().expect("the command starts");
        serde_json::from_slice(&output.stdout).expect("the command prints JSON")
    }

    pub fn forget_images(&self) {
        let _ = fs_err::remove_dir_all(self.state.join("images"));
    }

    pub fn instance(&self, name: &str) -> PathBuf {
        self.state.join("instances").join(name)
    }
}

/// Runs a tool of the machine, which must succeed.
pub fn tool(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("the tool starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {}: {said}", arguments.join(" "));
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("our own paths are text")
}

pub fn median(times: Vec<Duration>) -> Duration {
    median_of(times, Duration::cmp)
}

pub fn median_of<T: Copy>(mut values: Vec<T>, order: fn(&T, &T) -> Ordering) -> T {
    values.sort_by(order);
    values[values.len() / 2]
}

pub fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
