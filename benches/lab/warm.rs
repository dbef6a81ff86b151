//! Checkpoints: a restore compared with a bare restore by libvirt, and many copies.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use halab::testing::base::netns;
use halab::testing::guest::Limits;
use halab::testing::guest::health::request;

use crate::run::{Lab, text, tool};

/// The guests of the bundled cluster.
const NODES: [&str; 2] = ["node1", "node2"];

/// Its virtual address.
const PAGE: Ipv4Addr = Ipv4Addr::new(192, 168, 0, 100);

/// The same guests, saved by libvirt alone. They must have been booted, not restored by halab.
pub struct Saved {
    uri: String,
    folder: PathBuf,
}

impl Saved {
    /// Saves the guests of an instance, together; they are off afterwards.
    pub fn of(lab: &Lab, instance: &str) -> Self {
        let uri = format!("qemu:///system?socket={}/libvirt-sock", lab.instance(instance).display());
        // The instance's daemon sees its own folder and nothing else of the machine's.
        let saved = Self { uri, folder: lab.instance(instance).join("saving") };
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

    /// The duration of their restore in parallel. They are off again afterwards.
    pub fn restore(&self) -> Duration {
        let start = Instant::now();
        let running = NODES.map(|node| {
            let mut command = Command::new("virsh");
            // They stay paused: any writes would not match the next save.
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

/// The time from the start of a `lab up` that restores the lab to the first page through the virtual address.
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

/// Requests the page until it is served. It runs in this process, with one socket at a time: a program for
/// each request would take processor time from the guests.
fn first_page(instance: &str, done: &AtomicBool) -> Instant {
    let namespace = Path::new("/run/netns").join(format!("lab-{instance}"));
    let pause = || std::thread::sleep(Duration::from_millis(5));
    while netns::enter(&namespace).is_err() && !done.load(Ordering::Relaxed) {
        pause();
    }
    ask_for_neighbours_often();
    let asks = || request((PAGE, 80).into(), "/", "", Limits::within(Duration::from_secs(2), done));
    while asks().is_err() && !done.load(Ordering::Relaxed) {
        pause();
        ask_for_neighbours_often();
    }
    Instant::now()
}

/// The kernel repeats an ARP request that was sent too early only after a second (`retrans_time_ms` of
/// arp(7)), which is longer than the time to be measured; a user's first request comes later.
fn ask_for_neighbours_often() {
    for network in fs_err::read_dir("/proc/sys/net/ipv4/neigh").into_iter().flatten().flatten() {
        // An interface that is just being created.
        let _ = fs_err::write(network.path().join("retrans_time_ms"), "10");
    }
}

/// The private memory of the machines of these instances, in MiB for each machine: pages that no other
/// process has mapped.
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
