//! Further tests of the bundled labs: the papers' profiles, the other releases, and long tests.

#[path = "guests/drilled.rs"]
mod drilled;
#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use drilled::{drilled, passed, passes};
use sandbox::Sandbox;

/// The exit status of a drill that failed (`lab help`).
const FAILED: i32 = 10;

/// The differences of Debian 13 from 12: MariaDB 11.8, PHP 8.4, another kernel and DRBD, keepalived 2.3,
/// nginx 1.26. The labs between them use every package.
const TRIXIE: &str = "image=debian-13";

/// A loop that keeps a processor busy, as other work of the machine may, until it is dropped.
struct Busy(std::process::Child);

impl Busy {
    fn begin() -> Self {
        let mut command = std::process::Command::new("timeout");
        command.args(["1200", "sh", "-c", "while :; do :; done"]);
        Self(command.spawn().expect("the loop starts"))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        // `timeout` passes the signal on to the loop; if it were killed, it could not.
        let ended = std::process::Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = (ended, self.0.wait());
    }
}

#[test]
#[ignore = "needs root, and boots guests"]
fn redundant_web_goes_on_after_a_power_cut() {
    passes("redundant-web", &[], "power-cut");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn drbd_heartbeat_goes_on_on_debian_13() {
    passes("drbd-heartbeat", &[TRIXIE], "power-cut");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn single_server_is_away_until_it_is_back() {
    passes("single-server", &[], "power-cut");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn nginx_pair_goes_on_after_a_power_cut_of_a_balancer() {
    passes("nginx-pair", &[], "balancer-power-cut");
}

/// The paper's tables of synchronisation with small files, to verify that they can be made.
#[test]
#[ignore = "needs root, and boots guests"]
fn drbd_heartbeat_measures_its_mirror() {
    let mut sandbox = Sandbox::enter();
    let text = include_str!("../labs/drbd-heartbeat/drills/synchronisation.toml");
    let sizes = ["64MiB", "256MiB", "100MiB", "500MiB", "1GiB"];
    let small = sizes.iter().fold(text.to_owned(), |text, size| {
        text.replace(&format!("size   = \"{size}\""), "size = \"10MiB\"\ntimes = 2")
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("synchronisation.toml");
    fs_err::write(&file, small).unwrap();
    let ran = drilled(&mut sandbox, "drbd-heartbeat", &[], file.to_str().unwrap());
    assert_eq!(ran.status, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let report = ran.json();
    let measures = report["measures"].as_array().expect("measurements");
    assert_eq!(measures.len(), 8);
    for measure in measures {
        assert_eq!(measure["runs"].as_array().map(Vec::len), Some(2), "{measure}");
        assert_eq!(measure["unsynced"], 0, "{measure}");
    }
}

/// A replica trusts a link for a minute after its other end has lost its power; the lab must not be
/// considered redundant in that time, or the databases are compared before they can be equal.
#[test]
#[ignore = "needs root, and boots guests"]
fn redundant_web_as_in_the_paper_is_equal_when_it_says_so() {
    passes("redundant-web", &["profile=paper"], "power-cut");
}

/// Uploads in progress at the beginning of the shutdown are sent or refused, never acknowledged and lost, and
/// both nodes never hold the address, even on a slow machine.
#[test]
#[ignore = "needs root, and boots guests"]
fn ucarp_rsync_loses_nothing_in_an_orderly_stop_beside_a_busy_loop() {
    let mut sandbox = Sandbox::enter();
    let busy = Busy::begin();
    let ran = drilled(&mut sandbox, "ucarp-rsync", &[], "graceful-stop");
    drop(busy);
    passed(&ran);
    let report = ran.json();
    for result in report["invariants"].as_array().expect("invariants") {
        assert_ne!(result["verdict"], "fail", "{result}");
    }
}

/// UCARP depends on the wall clock, which jumps when a lab is restored.
#[test]
#[ignore = "needs root, and boots guests"]
fn a_restored_backup_of_ucarp_stays_a_backup() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("ucarp-restored");
    sandbox.lab(["up", "ucarp-rsync", "--as", &name, "--set", "profile=paper"]).ok();
    // After the first restore, the saved moment is longer ago than a backup waits.
    for _ in 0..3 {
        sandbox.lab(["reset", &name]).ok();
        // It checks the clock about once a second.
        let log = ["exec", "--lab", &name, "node2", "--", "sh", "-c", "sleep 2; cat /var/log/ha-log"];
        let log = sandbox.lab(log).ok().stdout;
        // Once at its first start, and once since it was restored.
        assert_eq!(log.matches("state: BACKUP").count(), 2, "{log}");
        assert!(!log.contains("state: MASTER"), "{log}");
    }
    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
}

#[test]
#[ignore = "needs root, and boots guests"]
fn ucarp_rsync_as_in_the_paper_loses_writes_and_says_so() {
    let mut sandbox = Sandbox::enter();
    let ran = drilled(&mut sandbox, "ucarp-rsync", &["profile=paper"], "power-cut");
    assert_eq!(ran.status, Some(FAILED), "{}\n{}", ran.stdout, ran.stderr);
    let report = ran.json();
    let writes = report["writes"].as_array().expect("writes");
    let uploads = writes.iter().find(|writes| writes["load"] == "uploads").expect("uploads");
    // The first server has the address again, and the writes to the other one in between are lost.
    assert!(uploads["lost_after_cut"].as_u64() > Some(0), "{uploads}");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn redundant_web_goes_on_on_debian_13() {
    passes("redundant-web", &[TRIXIE], "power-cut");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn nginx_cluster_goes_on_on_debian_13() {
    passes("nginx-cluster", &[TRIXIE], "server-power-cut");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn ucarp_rsync_goes_on_on_debian_13() {
    passes("ucarp-rsync", &[TRIXIE], "power-cut");
}
