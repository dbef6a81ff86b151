//! `lab down` on the embedded host of a real libvirt daemon, without guests. Requires root and libvirtd.

#[path = "guests/control_groups.rs"]
mod control_groups;

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use halab::model::guard::Guard;
use halab::model::spec::HostSpec;
use halab::testing::base::process::Process;
use halab::testing::host::{Accelerator, Host};
use halab::testing::state::StateDir;

/// More than enough for an action of a second, but finite.
const BOUNDED: Duration = Duration::from_secs(120);

/// An instance of which only the embedded host was created.
struct HalfMade {
    folder: tempfile::TempDir,
    host: Host,
    name: String,
}

impl HalfMade {
    /// Starts it as `lab up` does.
    fn start(name: &str) -> Self {
        assert!(rustix::process::geteuid().is_root(), "an embedded host needs root: sudo make test");
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path());
        let name = format!("{name}-{}", std::process::id());
        let program = Path::new(env!("CARGO_BIN_EXE_lab"));
        let host = Host::new(&state, &name.parse().unwrap()).supervised_by(program);
        let half_made = Self { folder, host, name };
        let spec = HostSpec { lab: "incomplete".parse().unwrap(), guard: Guard::default() };
        half_made.host.create(&spec, Accelerator::Tcg, &AtomicBool::new(false)).unwrap();
        half_made
    }

    fn daemon(&self) -> Process {
        let supervisor = self.host.supervisor().unwrap();
        halab::testing::host::process::find_beside(&supervisor, "libvirtd").unwrap()
    }

    /// Takes it down, and checks that nothing is left.
    fn down(&self) {
        let begun = Instant::now();
        let supervisor = self.supervisors();
        let mut down = Command::new(env!("CARGO_BIN_EXE_lab"));
        run(down.arg("--state").arg(self.folder.path()).args(["down", &self.name]));
        assert!(begun.elapsed() < BOUNDED);
        assert!(!self.host.netns().exists());
        assert!(!self.host.folder().exists());
        assert!(supervisor.iter().all(|process| !process.is_alive()));
    }

    fn supervisors(&self) -> Vec<Process> {
        let words = ["__host".into(), "run".into(), self.host.folder().into()];
        let found = halab::testing::host::process::running(&words);
        assert_eq!(found.len(), 1);
        found
    }
}

impl Drop for HalfMade {
    fn drop(&mut self) {
        // A failed test leaves nothing either.
        let _ = self.host.destroy();
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs root and libvirtd"]
fn a_daemon_that_stands_still_is_taken_down() {
    let half_made = HalfMade::start("stopped");
    assert!(half_made.host.find().unwrap().unwrap().alive);
    half_made.daemon().signal(rustix::process::Signal::STOP).unwrap();
    let begun = Instant::now();
    assert!(!half_made.host.find().unwrap().unwrap().alive, "its socket accepts, and it does not answer");
    assert!(begun.elapsed() < BOUNDED);
    half_made.down();
}

#[test]
#[ignore = "needs root and libvirtd"]
fn the_instance_of_another_state_folder_is_left_alone() {
    let half_made = HalfMade::start("owned");
    let (folder, never) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
    let program = Path::new(env!("CARGO_BIN_EXE_lab"));
    let other = Host::new(&StateDir::at(folder.path()), &half_made.name.parse().unwrap());
    let other = other.supervised_by(program);
    let spec = HostSpec { lab: "incomplete".parse().unwrap(), guard: Guard::default() };
    let refused = other.create(&spec, Accelerator::Tcg, &never).unwrap_err().to_string();
    assert!(refused.contains(&half_made.host.folder().display().to_string()), "{refused}");
    // As the unwinding of `lab up` does, and `lab down`.
    other.destroy().unwrap();
    assert!(half_made.host.find().unwrap().unwrap().alive);
    half_made.down();
    // Its name is free again.
    other.create(&spec, Accelerator::Tcg, &never).unwrap();
    other.destroy().unwrap();
    assert!(!other.netns().exists());
}

#[test]
#[ignore = "needs root and libvirtd"]
fn no_process_number_leads_to_the_daemon() {
    let half_made = HalfMade::start("socket");
    let socket = fs_err::canonicalize(half_made.host.socket()).unwrap();
    let folder = fs_err::canonicalize(half_made.host.folder()).unwrap();
    assert!(socket.starts_with(&folder), "{}", socket.display());
    UnixStream::connect(&socket).unwrap();
    // The watch over the disk's space asks the daemon from the inside.
    let supervisor = half_made.host.supervisor().unwrap();
    let inside = "qemu:///system?socket=/run/libvirt/sockets/libvirt-sock";
    let pid = supervisor.pid.to_string();
    run(Command::new("nsenter").args(["-t", &pid, "-m", "-p", "virsh", "-c", inside, "list"]));
    // Its number may now become another process's.
    supervisor.kill_and_wait(BOUNDED).unwrap();
    assert_eq!(UnixStream::connect(&socket).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert!(half_made.host.uri().is_none());
    half_made.host.destroy().unwrap();
}

#[test]
#[ignore = "needs root and control groups"]
fn limits_are_tried_and_leave_no_group() {
    use halab::testing::base::cgroup::ControlGroup;
    let name = format!("halab-trial-{}", std::process::id());
    ControlGroup::named(&name).trial().unwrap();
    assert_eq!(ControlGroup::list(&name), Vec::<String>::new());
}

#[test]
#[ignore = "needs root and libvirtd"]
fn the_holders_of_addresses_are_forgotten() {
    let half_made = HalfMade::start("neighbours");
    let name = half_made.host.netns_name();
    let ip = |arguments: &str| {
        let output = Command::new("ip").args(["-n", &name]).args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    ip("link add name public type bridge");
    ip("link set public up");
    ip("address add 192.168.0.110/24 dev public");
    for (number, state) in ["reachable", "stale", "delay", "probe"].iter().enumerate() {
        ip(&format!("neigh add 192.168.0.10{number} lladdr 52:54:00:00:00:01 nud {state} dev public"));
    }
    assert_eq!(ip("neigh show dev public").lines().count(), 4);
    half_made.host.forget_neighbours().unwrap();
    assert_eq!(ip("neigh show dev public"), "");
    half_made.host.forget_neighbours().expect("there may be none");
    half_made.down();
}

#[test]
#[ignore = "needs root and libvirtd"]
fn a_host_whose_files_are_damaged_is_taken_down() {
    let half_made = HalfMade::start("damaged");
    for file in ["host.json", "instance.json", "supervisor.json", "journal.jsonl"] {
        fs_err::write(half_made.host.folder().join(file), "").unwrap();
    }
    half_made.down();
}
