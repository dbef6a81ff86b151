//! The embedded host: a network namespace and, inside a process and mount namespace, a libvirt daemon of its own.
//!
//! Two instances have the same domain names, addresses and paths and never meet. Everything of an instance is
//! a descendant of one process, the supervisor ([`supervise`]), which is process 1 of its namespace: when it
//! dies the kernel ends all of it.

pub mod accel;
mod answer;
mod daemon;
mod error;
mod hang_up;
pub mod process;
pub mod starve;
pub mod supervise;
mod uplink;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub use error::HostError;
pub use uplink::Uplink;

use crate::base::process::Process;
use crate::inventory::HostFound;
use crate::model::spec::HostSpec;
use crate::model::{InstanceName, NodeName};
use crate::state::StateDir;
use accel::Accelerator;

/// Where `ip netns` keeps the names of network namespaces.
const NETNS_FOLDER: &str = "/run/netns";

/// How long the end of everything in the host may take once its process 1 is killed.
const END_LIMIT: Duration = Duration::from_secs(20);

/// How long a daemon whose supervisor lives may take until it listens.
const DAEMON_MOMENT: Duration = Duration::from_secs(5);

/// How long a daemon that listens may take for an answer. One that has no other work needs a millisecond; but the machine
/// may be overloaded, and one that is taken for dead is ended with all its guests.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The embedded host of an instance, whether it exists or not.
#[derive(Debug, Clone)]
pub struct Host {
    state: StateDir,
    instance: InstanceName,
}

impl Host {
    /// The host of an instance.
    pub fn new(state: &StateDir, instance: &InstanceName) -> Self {
        Self { state: state.clone(), instance: instance.clone() }
    }

    /// The instance's folder.
    pub fn folder(&self) -> PathBuf {
        self.state.instance(&self.instance)
    }

    /// The file that a node's console is written to.
    pub fn console(&self, node: &NodeName) -> PathBuf {
        self.folder().join("console").join(format!("{node}.log"))
    }

    /// The socket of a node's line, a virtio port.
    ///
    /// # Errors
    /// When its path is too long for a socket.
    pub fn line(&self, node: &NodeName) -> Result<PathBuf, HostError> {
        let path = self.folder().join("console").join(format!("{node}.line"));
        daemon::check_socket_path(&path)?;
        Ok(path)
    }

    /// The name of its network namespace, for `ip netns`.
    pub fn netns_name(&self) -> String {
        format!("lab-{}", self.instance)
    }

    /// The file that is its network namespace.
    pub fn netns(&self) -> PathBuf {
        Path::new(NETNS_FOLDER).join(self.netns_name())
    }

    /// The socket of its libvirt daemon.
    pub fn socket(&self) -> PathBuf {
        supervise::socket(&self.folder())
    }

    /// What `virsh -c` needs to reach it; none while it is not running: the way to the socket goes through its process, whose
    /// number another process, of another instance even, may have afterwards.
    pub fn uri(&self) -> Option<String> {
        self.supervisor()?;
        Some(format!("qemu:///system?socket={}", self.socket().display()))
    }

    fn mark(&self) -> PathBuf {
        self.folder().join("host.json")
    }

    /// The host as it is found: none, dead, or alive. One whose mark is damaged does not know its lab.
    ///
    /// # Errors
    /// When its mark is there and cannot be read.
    pub fn find(&self) -> Result<Option<HostFound>, HostError> {
        let text = match fs_err::read(self.mark()) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let lab = serde_json::from_slice::<HostSpec>(&text).ok().map(|spec| spec.lab);
        Ok(Some(HostFound { lab, alive: self.answers() }))
    }

    /// Whether the daemon answers. One whose supervisor lives may be on its way up (whoever started it was killed, or it
    /// is being started again), so it is given a moment.
    fn answers(&self) -> bool {
        let end = Instant::now() + DAEMON_MOMENT;
        while self.supervisor().is_some() {
            let asked = Instant::now();
            if self.answers_while(|| asked.elapsed() < ANSWER_LIMIT) {
                return true;
            }
            if Instant::now() > end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Whether the daemon answers before `goes_on` says no.
    pub fn answers_while(&self, goes_on: impl Fn() -> bool) -> bool {
        answer::answers(&self.socket(), goes_on)
    }

    /// The supervisor, if it lives.
    pub fn supervisor(&self) -> Option<Process> {
        Process::read(&supervise::pid_file(&self.folder())).filter(Process::is_alive)
    }

    /// Ends this program's connections to the daemon, so that what waits for its answers fails. libvirt has no way to
    /// give such a wait up.
    pub fn hang_up(&self) {
        if let Some(supervisor) = self.supervisor() {
            hang_up::on(&supervisor, supervise::SOCKET_NAME);
        }
    }

    /// Makes the host, or revives it; returns once its daemon answers.
    ///
    /// # Errors
    /// When a namespace cannot be made, or the daemon does not come up.
    pub fn create(
        &self,
        spec: &HostSpec,
        accelerator: Accelerator,
        cancel: &AtomicBool,
    ) -> Result<(), HostError> {
        if self.answers() {
            // The mark may be damaged.
            return self.put_mark(spec);
        }
        self.end_supervisor()?;
        let folder = self.folder();
        daemon::check_socket_path(&self.socket())?;
        // What a host that died left behind, but for its disks and seeds. What its daemon knew died with it.
        self.end_namespace()?;
        daemon::prepare(&folder, &self.state)?;
        self.put_mark(spec)?;
        run(Command::new("ip").args(["netns", "add", &self.netns_name()]))?;
        run(Command::new("ip").args(["-n", &self.netns_name(), "link", "set", "lo", "up"]))?;
        daemon::start(self, accelerator, cancel)
    }

    /// Ends the host and everything in it, and deletes the instance's folder. Absence is fine.
    ///
    /// # Errors
    /// When a process would not end, or the folder cannot be deleted.
    pub fn destroy(&self) -> Result<(), HostError> {
        self.end_supervisor()?;
        self.end_namespace()?;
        delete_tree(&self.folder())
    }

    fn put_mark(&self, spec: &HostSpec) -> Result<(), HostError> {
        Ok(crate::base::write::atomically(&self.mark(), &serde_json::to_vec(spec).unwrap_or_default())?)
    }

    /// Ends the supervisor, whether its file names it or is damaged, and so all that is in its process namespace, whatever
    /// that does.
    fn end_supervisor(&self) -> Result<(), HostError> {
        let unnamed = process::running(&supervise::command_line(&self.folder()));
        for supervisor in self.supervisor().into_iter().chain(unnamed) {
            supervisor.kill_and_wait(END_LIMIT)?;
        }
        Ok(())
    }

    /// Ends whoever is left in the network namespace, and the namespace with its bridges.
    fn end_namespace(&self) -> Result<(), HostError> {
        if self.netns().exists() {
            process::end_all_in(&self.netns(), END_LIMIT)?;
            Uplink::of(self).remove()?;
            run(Command::new("ip").args(["netns", "delete", &self.netns_name()]))?;
        }
        Ok(())
    }
}

/// Deletes a folder and all that is in it; absence is fine.
fn delete_tree(path: &Path) -> Result<(), HostError> {
    match fs_err::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Runs a tool of the machine to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), HostError> {
    let text = format!("{command:?}").replace('"', "");
    let output = command.stdin(Stdio::null()).output().map_err(|source| HostError::Tool {
        tool: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(HostError::Command { command: text, said: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
}
