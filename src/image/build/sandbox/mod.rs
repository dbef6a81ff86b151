//! The sandbox in which every program of a build runs (`lab __build`, internal).
//!
//! Packages and labs bring scripts, and a build runs them. A sandbox has its own user, mount, process, IPC,
//! host name and, but for downloads, network namespaces. Its root is an ordinary user of the machine, and its
//! root file system has only what [`view`] puts there. Nothing in it is reachable from it of the machine's
//! files, processes and services.
//!
//! ```text
//! lab ─▶ outer   root of the machine; writes the maps of users
//!          └▶ middle   makes the namespaces and the file system
//!               └▶ process 1   root of the sandbox only; does the task
//! ```
//!
//! Each of them is killed when its parent ends, and all processes of the sandbox end with its process 1, so
//! that none can be left over. Its mounts vanish with the namespace. The outer process ends all when the
//! sandbox exceeds one of its [`limits`].

pub mod limits;
mod processes;
mod tasks;
mod view;
mod written;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::base::failure;

use super::inside::Inside;
use limits::Limits;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__build";

/// The users and groups of a sandbox are these of the machine, beginning with its root. No other program
/// should use them: the range is above those of systemd's containers, of `/etc/subuid` and of directory
/// services.
pub const FIRST_ID: u32 = 2_100_000_000;

/// How many users and groups a sandbox has.
pub const IDS: u32 = 65_536;

/// The maximum size of a job, in bytes: scripts and a keyring.
const MOST: u64 = 64 << 20;

/// What is done in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The process that waits for it. The job ends with it.
    pub parent: u32,
    /// A folder of the machine. The sandbox's file system is mounted on it, in the sandbox's namespace only.
    pub work: PathBuf,
    /// What the file system has.
    pub view: View,
    /// Whether the network is the machine's; otherwise there is none.
    pub network: bool,
    /// Folders and files of the machine in it.
    pub binds: Vec<Bind>,
    /// What it may take.
    pub limits: Limits,
    /// What is done.
    pub task: Task,
}

/// What a sandbox's file system has besides its binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// A few devices.
    Bare,
    /// The machine's programs (`/usr`, read-only).
    Tools,
    /// The program sees the bind [`TREE`] as its root.
    Tree,
}

/// The name of the bind that has a root tree.
pub const TREE: &str = "tree";

/// Where a root tree has binds of these names, if the job has them.
const IN_TREE: [(&str, &str); 2] = [("lists", "var/lib/apt/lists"), ("archives", "var/cache/apt/archives")];

/// A folder or file of the machine in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    /// Its path on the machine; a link at its end is not followed.
    pub from: PathBuf,
    /// Its path below the sandbox's root.
    pub to: String,
    /// Whether the sandbox can write to it.
    pub writable: bool,
}

/// What is done in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// A program runs.
    Program {
        /// The program and its arguments.
        words: Vec<String>,
        /// The current folder.
        folder: String,
    },
    /// This program changes or reads a root tree.
    Inside(Inside),
}

/// Runs the hidden subcommand `__build WORK` with a job as JSON on its standard input; `None` for other
/// arguments.
///
/// Call it before any thread is started: it forks, and only a process with one thread can make a namespace
/// of users.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, subcommand, _work] = arguments else { return None };
    if subcommand != SUBCOMMAND {
        return None;
    }
    Some(read().and_then(|job| processes::run(&job)).unwrap_or_else(|error| {
        say(&failure::chain(&error));
        ExitCode::FAILURE
    }))
}

fn read() -> std::io::Result<Job> {
    let mut text = String::new();
    std::io::stdin().lock().take(MOST).read_to_string(&mut text)?;
    Ok(serde_json::from_slice(text.as_bytes())?)
}

/// Says what failed in an error of the system.
fn naming(what: &'static str) -> impl Fn(rustix::io::Errno) -> std::io::Error {
    move |error| std::io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}

/// Writes a line to the log of the build, which standard error leads to.
fn say(text: &str) {
    // Without a reader the message is lost.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Makes a folder in which a sandbox can write, if there is none.
///
/// # Errors
/// When it cannot be made.
pub fn folder(path: &Path) -> std::io::Result<()> {
    fs_err::create_dir_all(path)?;
    give(path)
}

/// Makes the root of sandboxes the owner of a file or folder.
///
/// # Errors
/// When the caller is not the machine's root.
pub fn give(path: &Path) -> std::io::Result<()> {
    fs_err::os::unix::fs::lchown(path, Some(FIRST_ID), Some(FIRST_ID))
}
