//! The other bundled labs: each comes up, passes its main drill, and is gone without a trace.

use crate::sandbox::{Ran, Sandbox};

/// The exit statuses of a drill that failed, and of one that proves nothing (`lab help`).
const FAILED: i32 = 10;
const INCONCLUSIVE: i32 = 11;

/// Brings a lab up, runs one of its drills, and takes it down. A run that proves nothing, because a shared machine
/// stalled, may be followed by a second.
#[track_caller]
fn drilled(sandbox: &mut Sandbox, lab: &str, settings: &[&str], drill: &str) -> Ran {
    let name = sandbox.instance(lab);
    let mut up = vec!["up", lab, "--as", &name, "--no-checkpoint"];
    up.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    sandbox.lab(up).ok();
    let run = |sandbox: &Sandbox| {
        let ran = sandbox.lab(["drill", "run", drill, "--lab", &name, "--format", "json"]);
        eprintln!("{}", sandbox.lab(["drill", "report", "--lab", &name]).stdout);
        ran
    };
    let mut ran = run(sandbox);
    if ran.status == Some(INCONCLUSIVE) {
        ran = run(sandbox);
    }
    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
    ran
}

#[track_caller]
fn passes(lab: &str, settings: &[&str], drill: &str) {
    let Some(mut sandbox) = Sandbox::enter() else { return };
    let ran = drilled(&mut sandbox, lab, settings, drill);
    assert_eq!(ran.status, Some(0), "{}\n{}", ran.stdout, ran.stderr);
}

/// The paper's tables of synchronisation with small files, to see that they can be made.
#[test]
fn drbd_heartbeat_measures_its_mirror() {
    let Some(mut sandbox) = Sandbox::enter() else { return };
    let text = include_str!("../../labs/drbd-heartbeat/drills/synchronisation.toml");
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

#[test]
fn redundant_web_goes_on_after_a_power_cut() {
    passes("redundant-web", &[], "power-cut");
}

/// A replica believes for a minute in a link whose other end has lost its power; the lab must not be taken for redundant
/// meanwhile, or the databases are compared before they can be equal.
#[test]
fn redundant_web_as_in_the_paper_is_equal_when_it_says_so() {
    passes("redundant-web", &["profile=paper"], "power-cut");
}

#[test]
fn ucarp_rsync_loses_nothing_in_a_power_cut() {
    passes("ucarp-rsync", &[], "power-cut");
}

/// The uploads that are under way when the shutdown begins are sent or refused, never acknowledged and forgotten.
#[test]
fn ucarp_rsync_loses_nothing_in_an_orderly_stop() {
    passes("ucarp-rsync", &[], "graceful-stop");
}

/// UCARP counts on the clock of the day, which jumps when a lab is restored.
#[test]
fn a_restored_backup_of_ucarp_stays_a_backup() {
    let Some(mut sandbox) = Sandbox::enter() else { return };
    let name = sandbox.instance("ucarp-restored");
    sandbox.lab(["up", "ucarp-rsync", "--as", &name, "--set", "profile=paper"]).ok();
    // After the first, the saved moment is longer ago than a backup waits.
    for _ in 0..3 {
        sandbox.lab(["reset", &name]).ok();
        // It looks at the clock once a second or so.
        let log = ["exec", "--lab", &name, "node2", "--", "sh", "-c", "sleep 2; cat /var/log/ha-log"];
        let log = sandbox.lab(log).ok().stdout;
        // Once at its first start, and once since it woke.
        assert_eq!(log.matches("state: BACKUP").count(), 2, "{log}");
        assert!(!log.contains("state: MASTER"), "{log}");
    }
    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
}

#[test]
fn ucarp_rsync_as_in_the_paper_loses_writes_and_says_so() {
    let Some(mut sandbox) = Sandbox::enter() else { return };
    let ran = drilled(&mut sandbox, "ucarp-rsync", &["profile=paper"], "power-cut");
    assert_eq!(ran.status, Some(FAILED), "{}\n{}", ran.stdout, ran.stderr);
    let report = ran.json();
    let writes = report["writes"].as_array().expect("writes");
    let uploads = writes.iter().find(|writes| writes["load"] == "uploads").expect("uploads");
    // The first server has the address again, and what came to the other one meanwhile is gone.
    assert!(uploads["lost_after_cut"].as_u64() > Some(0), "{uploads}");
}

#[test]
fn voip_cluster_goes_on_after_a_power_cut() {
    passes("voip-cluster", &[], "alpha-to-beta");
}

#[test]
fn nginx_cluster_goes_on_after_a_power_cut_of_a_server() {
    passes("nginx-cluster", &[], "server-power-cut");
}

#[test]
fn single_server_is_away_until_it_is_back() {
    passes("single-server", &[], "power-cut");
}

// What Debian 13 has otherwise than 12: MariaDB 11.8, PHP 8.4, a kernel and a DRBD of its own, keepalived 2.3, nginx 1.26. The
// labs between them use every package.
const TRIXIE: &str = "image=debian-13";

#[test]
fn drbd_heartbeat_goes_on_on_debian_13() {
    passes("drbd-heartbeat", &[TRIXIE], "power-cut");
}

#[test]
fn redundant_web_goes_on_on_debian_13() {
    passes("redundant-web", &[TRIXIE], "power-cut");
}

#[test]
fn nginx_cluster_goes_on_on_debian_13() {
    passes("nginx-cluster", &[TRIXIE], "server-power-cut");
}

#[test]
fn ucarp_rsync_goes_on_on_debian_13() {
    passes("ucarp-rsync", &[TRIXIE], "power-cut");
}
