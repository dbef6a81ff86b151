//! The embedded host: a network namespace with a libvirt daemon in separate process and mount namespaces.
//!
//! Two instances can have the same domain names, addresses and paths without conflict. Every process of an
//! instance descends from one, the supervisor ([`supervise`]), which is process 1 of its namespace: when it
//! dies, the kernel kills all others.

pub mod accel;
mod answer;
mod consoles;
mod daemon;
mod devices;
mod error;
mod filesystem;
mod guard;
mod hang_up;
mod neighbours;
pub mod process;
mod registry;
pub mod space;
pub mod starve;
pub mod supervise;
mod uplink;
mod user;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub use error::HostError;
pub use guard::{is_possible as can_guard, rules::ruleset as guard_rules};
pub use uplink::Uplink;
pub use user::GuestUser;

use crate::base::process::Process;
use crate::inventory::HostFound;
use crate::model::spec::{Digest, HostSpec};
use crate::model::{InstanceName, NodeName};
use crate::state::StateDir;
use accel::Accelerator;
use registry::Registry;

/// The folder in which `ip netns` keeps named network namespaces.
const NETNS_FOLDER: &str = "/run/netns";

/// The registry of the names of network namespaces.
const NAMES: &str = "names";

/// How long all processes of the host may take to end once its process 1 is killed.
const END_LIMIT: Duration = Duration::from_secs(20);

/// How long the daemon of a running supervisor may take to listen.
const DAEMON_MOMENT: Duration = Duration::from_secs(5);

/// How long a listening daemon may take to answer. An idle one needs a millisecond; but the machine may be
/// overloaded, and a daemon declared dead is killed with all its guests.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The embedded host of an instance, which may not exist.
#[derive(Debug, Clone)]
pub struct Host {
    state: StateDir,
    instance: InstanceName,
    /// The program that supervises it; by default the running one.
    program: Option<PathBuf>,
}

impl Host {
    /// The host of an instance.
    pub fn new(state: &StateDir, instance: &InstanceName) -> Self {
        Self { state: state.clone(), instance: instance.clone(), program: None }
    }

    /// The same, supervised by this program, for callers that are not `lab`.
    #[must_use]
    pub fn supervised_by(self, program: &Path) -> Self {
        Self { program: Some(program.to_owned()), ..self }
    }

    /// The instance's folder.
    pub fn folder(&self) -> PathBuf {
        self.state.instance(&self.instance)
    }

    /// The file with a node's console output.
    pub fn console(&self, node: &NodeName) -> PathBuf {
        self.folder().join("console").join(format!("{node}.log"))
    }

    /// The socket of a node's virtio line.
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

    /// The file of its network namespace.
    pub fn netns(&self) -> PathBuf {
        Path::new(NETNS_FOLDER).join(self.netns_name())
    }

    /// The socket of its libvirt daemon.
    pub fn socket(&self) -> PathBuf {
        supervise::socket(&self.folder())
    }

    /// The URI for `virsh -c`; `None` while it is not running.
    pub fn uri(&self) -> Option<String> {
        self.supervisor()?;
        Some(format!("qemu:///system?socket={}", self.socket().display()))
    }

    /// The folder in which QEMU writes the memories of a save.
    pub fn saving(&self) -> PathBuf {
        self.folder().join("saving")
    }

    /// The folder of the checkpoints' files that its guests may open.
    pub fn given(&self) -> PathBuf {
        self.state.given(&self.instance)
    }

    /// The user of its guests; `None` before it was created.
    pub fn user(&self) -> Option<GuestUser> {
        GuestUser::of(&self.folder())
    }

    /// Ends all processes of its guests' user.
    ///
    /// # Errors
    /// When one does not end.
    pub fn end_guests(&self) -> Result<(), HostError> {
        match (self.supervisor(), self.user()) {
            (Some(supervisor), Some(user)) => process::end_all_of(&supervisor, user.number(), END_LIMIT),
            _ => Ok(()),
        }
    }

    /// Keeps libvirt's cache of QEMU's capabilities for the next host. Call it before a guest is started,
    /// whose QEMU could change the cache.
    ///
    /// # Errors
    /// When the copy cannot be written.
    pub fn keep_capabilities(&self, accelerator: Accelerator) -> Result<(), HostError> {
        let Some(supervisor) = self.supervisor() else { return Ok(()) };
        filesystem::keep_capabilities(&supervisor, &daemon::cache(&self.state, accelerator))
    }

    fn mark(&self) -> PathBuf {
        self.folder().join("host.json")
    }

    /// What its mark says: its specification, or none if it is damaged; `None` without a mark.
    fn read_mark(&self) -> Result<Option<Option<HostSpec>>, HostError> {
        match fs_err::read(self.mark()) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text).ok())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The state of the host: missing, dead, or alive. With a damaged mark its lab is unknown.
    ///
    /// # Errors
    /// When its mark exists and cannot be read.
    pub fn find(&self) -> Result<Option<HostFound>, HostError> {
        let Some(spec) = self.read_mark()? else { return Ok(None) };
        let guard = spec.as_ref().map(|spec| Digest::of(&spec.guard));
        Ok(Some(HostFound { lab: spec.map(|spec| spec.lab), guard, alive: self.answers() }))
    }

    /// Whether the daemon answers. If the supervisor is alive, the daemon may be starting (after its starter
    /// was killed, or during a restart), so this waits briefly.
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

    /// Whether the daemon answers before `goes_on` returns false.
    pub fn answers_while(&self, goes_on: impl Fn() -> bool) -> bool {
        answer::answers(&self.socket(), goes_on)
    }

    /// The supervisor, if it is alive.
    pub fn supervisor(&self) -> Option<Process> {
        Process::read(&supervise::pid_file(&self.folder())).filter(Process::is_alive)
    }

    /// Shuts down this program's connections to the daemon, so that pending calls fail; libvirt cannot cancel
    /// them.
    pub fn hang_up(&self) {
        if let Some(supervisor) = self.supervisor() {
            hang_up::on(&supervisor, supervise::SOCKET_NAME);
        }
    }

    /// Creates or revives the host; returns once its daemon answers.
    ///
    /// # Errors
    /// When a namespace cannot be created, or the daemon does not start.
    pub fn create(
        &self,
        spec: &HostSpec,
        accelerator: Accelerator,
        cancel: &AtomicBool,
    ) -> Result<(), HostError> {
        if self.answers() {
            // The mark may be damaged, or the rules may be others.
            self.guard(&spec.guard)?;
            return self.put_mark(spec);
        }
        self.end_supervisor()?;
        let folder = self.folder();
        daemon::check_socket_path(&self.socket())?;
        self.claim_name(cancel)?;
        // Remove the remains of a dead host, except its disks and seeds. The daemon's state was lost with it.
        self.end_namespace()?;
        fs_err::create_dir_all(&folder)?;
        let user = GuestUser::claim(&folder, cancel)?;
        daemon::prepare(&folder, &self.state, user)?;
        self.put_mark(spec)?;
        run(Command::new("ip").args(["netns", "add", &self.netns_name()]))?;
        self.guard(&spec.guard)?;
        run(Command::new("ip").args(["-n", &self.netns_name(), "link", "set", "lo", "up"]))?;
        daemon::start(self, accelerator, user, cancel)
    }

    /// Destroys the host with everything in it, and deletes the instance's folder. A missing host is no
    /// error.
    ///
    /// # Errors
    /// When a process does not end, or the folder cannot be deleted.
    pub fn destroy(&self) -> Result<(), HostError> {
        self.end_supervisor()?;
        if self.owner_of_name().is_none() {
            self.end_namespace()?;
            Registry::of(NAMES).remove(&self.netns_name())?;
        }
        if let Some(user) = self.user() {
            user.group().remove()?;
        }
        delete_tree(&self.folder())
    }

    fn put_mark(&self, spec: &HostSpec) -> Result<(), HostError> {
        Ok(crate::base::write::atomically(&self.mark(), &serde_json::to_vec(spec).unwrap_or_default())?)
    }

    /// Ends the supervisor, even if its file is damaged, and with it all processes in its namespace.
    fn end_supervisor(&self) -> Result<(), HostError> {
        let unnamed = process::running(&supervise::command_line(&self.folder()));
        for supervisor in self.supervisor().into_iter().chain(unnamed) {
            supervisor.kill_and_wait(END_LIMIT)?;
        }
        Ok(())
    }

    /// Ends all remaining processes in the network namespace, and deletes the namespace with its bridges.
    fn end_namespace(&self) -> Result<(), HostError> {
        if self.netns().exists() {
            process::end_all_in(&self.netns(), END_LIMIT)?;
        }
        Uplink::of(self).remove()?;
        if self.netns().exists() {
            run(Command::new("ip").args(["netns", "delete", &self.netns_name()]))?;
        }
        Ok(())
    }

    /// The instance's folder as other state folders see it.
    fn place(&self) -> PathBuf {
        let folder = self.folder();
        fs_err::canonicalize(&folder).unwrap_or(folder)
    }

    /// The instance of another state folder that the network namespace of this name belongs to; none if it is
    /// free or ours.
    fn owner_of_name(&self) -> Option<PathBuf> {
        let holder = Registry::of(NAMES).holder(&self.netns_name());
        let other = holder.filter(|holder| *holder != self.place() && holder.exists());
        other.filter(|_| self.netns().exists())
    }

    /// Claims the name of the network namespace, which all state folders of the machine share.
    fn claim_name(&self, cancel: &AtomicBool) -> Result<(), HostError> {
        let names = Registry::of(NAMES);
        let _lock = names.lock(cancel)?;
        if let Some(owner) = self.owner_of_name() {
            return Err(HostError::NameTaken { namespace: self.netns_name(), owner: Some(owner) });
        }
        // An earlier version did not claim names.
        let is_claimed = names.holder(&self.netns_name()).is_some();
        if self.netns().exists() && !is_claimed && !self.mark().exists() {
            return Err(HostError::NameTaken { namespace: self.netns_name(), owner: None });
        }
        fs_err::create_dir_all(self.folder())?;
        names.put(&self.netns_name(), &self.place())
    }
}

/// Deletes a folder recursively, if it exists.
fn delete_tree(path: &Path) -> Result<(), HostError> {
    match fs_err::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Runs a tool of the machine to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), HostError> {
    output(command).map(drop)
}

/// The same, and returns its output.
fn output(command: &mut Command) -> Result<String, HostError> {
    let text = format!("{command:?}").replace('"', "");
    let output = command.stdin(Stdio::null()).output().map_err(|source| HostError::Tool {
        tool: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(HostError::Command { command: text, said: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
}
