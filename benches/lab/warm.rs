//! Checkpoints: a restore beside what libvirt itself needs to restore the same guests, and many copies.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use halab::testing::base::netns;
use halab::testing::guest::Limits;
use halab::testing::guest::health::HttpCheck;

use crate::run::{Lab, text, tool};

/// The guests of the bundled cluster.
const NODES: [&str; 2] = ["node1", "node2"];

/// Its virtual address.
const PAGE: Ipv4Addr = Ipv4Addr::new(192, 168, 0, 100);

/// The same guests, saved by libvirt alone. They must have been booted, not restored by us.
pub struct Saved {
    uri: String,
    folder: PathBuf,
}

impl Saved {
    /// Saves the guests of an instance, together; they are off then.
    pub fn of(lab: &Lab, instance: &str) -> Self {
        let uri = format!("qemu:///system?socket={}/libvirt-sock", lab.instance(instance).display());
        let saved = Self { uri, folder: lab.state.join("raw") };
        fs_err::create_dir_all(&saved.folder).expect("a folder");
        for node in NODES {
            tool("virsh", &["-q", "-c", &saved.uri, "suspend", node]);
        }
        for node in NODES {
            tool("virsh", &["-q", "-c", &saved.uri, "save", node, text(&saved.file(node))]);
        }
        saved
    }

    fn file(&self, node: &str) -> PathBuf {
        self.folder.join(format!("{node}.save"))
    }

    /// How long their restore takes, side by side. They are off again afterwards.
    pub fn restore(&self) -> Duration {
        let start = Instant::now();
        let running = NODES.map(|node| {
            let mut command = Command::new("virsh");
            // They stand still: what they would write does not fit what was saved the next time.
            command.args(["-q", "-c", &self.uri, "restore", text(&self.file(node)), "--paused"]);
            command.stdout(Stdio::null()).spawn().expect("virsh starts")
        });
        for mut child in running {
            assert!(child.wait().expect("virsh ends").success(), "virsh restore");
        }
        let took = start.elapsed();
        for node in NODES {
            tool("virsh", &["-q", "-c", &self.uri, "destroy", node]);
        }
        took
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        let _ = fs_err::remove_dir_all(&self.folder);
    }
}

/// How long after the beginning of a `lab up` that restores the lab its page first came through the virtual
/// address.
pub fn page(lab: &Lab, instance: &str) -> Duration {
    let done = AtomicBool::new(false);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let page = scope.spawn(|| first_page(instance, &done).duration_since(start));
        lab.time(&["up", "drbd-heartbeat", "--as", instance]);
        done.store(true, Ordering::Relaxed);
        page.join().expect("it ends")
    })
}

/// Asks until the page is there. In this process, by one socket at a time: a program for each question would
/// take from the guests the processor that they need for the answer.
fn first_page(instance: &str, done: &AtomicBool) -> Instant {
    let namespace = Path::new("/run/netns").join(format!("lab-{instance}"));
    let pause = || std::thread::sleep(Duration::from_millis(5));
    while netns::enter(&namespace).is_err() && !done.load(Ordering::Relaxed) {
        pause();
    }
    let check = HttpCheck { ip: PAGE, port: 80, path: "/", expect: "" };
    ask_for_neighbours_often();
    while check.ask(Limits::within(Duration::from_secs(2), done)).is_err() && !done.load(Ordering::Relaxed) {
        pause();
        ask_for_neighbours_often();
    }
    Instant::now()
}

/// A question that comes before the machines do is asked again by the kernel after a second
/// (`retrans_time_ms` of arp(7)), which is longer than what is measured here; a user's first question comes
/// later.
fn ask_for_neighbours_often() {
    for network in fs_err::read_dir("/proc/sys/net/ipv4/neigh").into_iter().flatten().flatten() {
        // One that is just being made.
        let _ = fs_err::write(network.path().join("retrans_time_ms"), "10");
    }
}

/// What the machines of instances have of their own, in MiB for each machine: what no other process has
/// mapped too.
pub fn own_memory(lab: &Lab, instances: &[String]) -> u64 {
    let mut kib = 0;
    let mut machines = 0;
    for entry in fs_err::read_dir("/proc").expect("processes").flatten() {
        let line = fs_err::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let ours = |name: &String| line.contains(&format!("{}/", lab.instance(name).display()));
        if line.contains("qemu-system") && instances.iter().any(ours) {
            let rollup = fs_err::read_to_string(entry.path().join("smaps_rollup")).unwrap_or_default();
            let dirty = rollup.lines().find_map(|line| line.strip_prefix("Private_Dirty:"));
            kib += dirty
                .and_then(|text| text.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok())
                .unwrap_or(0);
            machines += 1;
        }
    }
    assert!(machines > 0, "no machine was found");
    kib / 1024 / machines
}
