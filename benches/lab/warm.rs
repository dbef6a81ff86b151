//! Checkpoints: a restore beside what libvirt itself needs to restore the same guests, and many copies.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::run::{Lab, text, tool};

/// The guests of the bundled cluster.
const NODES: [&str; 2] = ["node1", "node2"];

/// Its virtual address.
const PAGE: &str = "http://192.168.0.100/";

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

/// How long `lab up` takes to restore the lab, and when its page first came through the virtual address.
pub fn restore(lab: &Lab, instance: &str) -> (Duration, Duration) {
    let done = AtomicBool::new(false);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let page = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) && !answers(instance) {
                std::thread::sleep(Duration::from_millis(5));
            }
            start.elapsed()
        });
        let up = lab.time(&["up", "drbd-heartbeat", "--as", instance]);
        done.store(true, Ordering::Relaxed);
        (up, page.join().expect("it ends"))
    })
}

fn answers(instance: &str) -> bool {
    let netns = format!("lab-{instance}");
    Path::new("/run/netns").join(&netns).exists()
        && Command::new("ip")
            .args(["netns", "exec", &netns, "curl", "-sf", "-o", "/dev/null", "-m", "2", PAGE])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

/// What the machines of instances have of their own, in MiB for each machine: what no other process has mapped too.
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
