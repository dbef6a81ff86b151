//! Checkpoints of the bundled cluster: kept, restored, copied, interrupted, damaged.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;
#[path = "guests/taken_over.rs"]
mod taken_over;

use std::time::Duration;

use serde_json::Value;

use sandbox::{Sandbox, eventually};

const LAB: &str = "drbd-heartbeat";

#[test]
#[ignore = "needs root, and boots guests"]
fn a_cluster_comes_back_from_whatever_was_done_to_it() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("origin");
    forget_all(&sandbox);

    let cold = up(&sandbox, &name, &[]);
    assert_eq!(cold["from"], Value::Null, "there was nothing to restore");
    append(&sandbox, &name, "kept");
    let before = layers(&sandbox, &name);
    sandbox.lab(["checkpoint", "save", "with-a-row", "--note", "one row", "--lab", &name]).ok();
    assert_eq!(layers(&sandbox, &name), before, "a save puts nothing under a disk");
    append(&sandbox, &name, "after-the-save");

    // Warm: the state in which it came up, with nothing left to do.
    sandbox.lab(["down", &name]).ok();
    let warm = up(&sandbox, &name, &[]);
    assert!(warm["from"].as_str().is_some_and(|from| from.starts_with("drbd-heartbeat.start-")), "{warm}");
    assert_eq!(ledger(&sandbox, &name), Vec::<String>::new());
    let plan = sandbox.lab(["plan", LAB, "--as", &name, "--format", "json"]).ok().json();
    assert_eq!(plan["steps"], Value::Array(Vec::new()), "after a restore there is nothing to do");
    assert_eq!(time_off(&sandbox, &name), 0, "the guests' clocks are right");

    // Without power, and with a split brain: a reset repairs both.
    virsh(&sandbox, &name, &["destroy", "node1"]);
    reset(&sandbox, &name);
    split_the_brain(&sandbox, &name);
    reset(&sandbox, &name);

    // A named checkpoint has the row of its moment, and not the one after it. Another node holds the address
    // meanwhile, and the clients do not go on asking that one.
    virsh(&sandbox, &name, &["destroy", "node1"]);
    let answers = |limit: &str| {
        let curl =
            ["client", "--lab", &name, "--", "curl", "-sSf", "--max-time", limit, "http://192.168.0.100/"];
        sandbox.lab(curl).status == Some(0)
    };
    eventually("a takeover", Duration::from_secs(90), || answers("2"));
    sandbox.lab(["checkpoint", "restore", "with-a-row", "--lab", &name]).ok();
    assert!(answers("8"), "the clients ask who has the address");
    assert_eq!(ledger(&sandbox, &name), ["kept"]);
    healthy(&sandbox, &name);

    a_killed_save(&sandbox, &name);
    a_killed_restore(&sandbox, &name);
    a_truncated_file(&sandbox, &name);

    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
    sandbox.lab(["checkpoint", "rm", "with-a-row"]).ok();
}

#[test]
#[ignore = "needs root, and boots guests"]
fn copies_answer_as_themselves_and_a_changed_parameter_boots() {
    let mut sandbox = Sandbox::enter();
    let names = [sandbox.instance("class-1"), sandbox.instance("class-2")];
    // Neither this lab nor the changed one may have a start from an earlier run.
    forget_all(&sandbox);
    sandbox.lab(["up", LAB, "--as", "test-class", "--copies", "2"]).ok();
    append(&sandbox, &names[0], "only-in-the-first");
    assert_eq!(ledger(&sandbox, &names[0]), ["only-in-the-first"]);
    assert_eq!(ledger(&sandbox, &names[1]), Vec::<String>::new());
    // Each receives the packets of its own nodes and no others: what one sends, the other's bridge does not
    // count.
    let before = packets(&sandbox, &names[1]);
    let flood = ["ping", "-q", "-c", "200", "-i", "0.002", "192.168.0.101"];
    sandbox.lab([&["client", "--lab", &names[0], "--"][..], &flood].concat()).ok();
    assert!(packets(&sandbox, &names[1]) < before + 150, "the second copy heard the first one's traffic");
    taken_over::owns_nothing_but_itself(&sandbox, &names[0], &names[1]);
    taken_over::keys_are_apart(&sandbox, [&names[0], &names[1]]);
    let listed = sandbox.lab(["list", "--format", "json"]).ok().json()["instances"].clone();
    let standing: Vec<&str> =
        listed.as_array().unwrap().iter().filter_map(|row| row["instance"].as_str()).collect();
    assert!(names.iter().all(|name| standing.contains(&name.as_str())), "{listed}");
    a_damaged_start_is_left_to_those_that_live_on_it(&mut sandbox, &names[0]);
    sandbox.lab(["down", &names[0], &names[1]]).ok();

    let changed = sandbox.instance("changed");
    let up = sandbox.lab(["up", LAB, "--as", &changed, "--set", "deadtime=3s"]).ok();
    assert!(up.stderr.contains("ha.deadtime: 2s → 3s"), "{}", up.stderr);
    sandbox.lab(["down", &changed]).ok();
    assert_eq!(sandbox.traces(&changed), Vec::<String>::new());
}

/// A further instance boots, and does not delete the checkpoint that the others depend on to make it again.
fn a_damaged_start_is_left_to_those_that_live_on_it(sandbox: &mut Sandbox, standing: &str) {
    let third = sandbox.instance("class-3");
    let listed = sandbox.lab(["checkpoint", "list", "--format", "json"]).ok().json()["checkpoints"].clone();
    let used = |row: &&Value| {
        row["used_by"].as_array().is_some_and(|users| users.iter().any(|user| user == standing))
    };
    let start =
        listed.as_array().unwrap().iter().find(used).expect("a start")["checkpoint"].as_str().unwrap();
    let file = sandbox.state().join("checkpoints").join(start).join("memory/node1.state");
    let aside = file.with_extension("aside");
    fs_err::rename(&file, &aside).unwrap();
    let up = sandbox.lab(["up", LAB, "--as", &third]).ok();
    assert!(up.stderr.contains("node1.state is missing"), "{}", up.stderr);
    assert!(up.stderr.contains("depend on it"), "{}", up.stderr);
    fs_err::rename(&aside, &file).unwrap();
    assert_eq!(ledger(sandbox, standing), ["only-in-the-first"]);
    sandbox.lab(["down", &third]).ok();
}

/// Killed before and after the machines are switched off: the machines continue without a boot.
fn a_killed_save(sandbox: &Sandbox, name: &str) {
    let before = boots(sandbox, name);
    let streams = sandbox.folder(name).join("saving/node1.stream");
    let noted = sandbox.folder(name).join("saving.json");
    for trace in [streams, noted] {
        let mut save = sandbox.start(["checkpoint", "save", "killed", "--lab", name]);
        eventually("a trace of the save", Duration::from_secs(60), || trace.exists());
        save.kill().unwrap();
        save.wait().unwrap();
        sandbox.lab(["up", LAB, "--as", name]).ok();
        healthy(sandbox, name);
        assert_eq!(boots(sandbox, name), before, "the machines went on");
        assert_eq!(ledger(sandbox, name), ["kept"]);
        let listed = sandbox.lab(["checkpoint", "list"]).ok();
        assert!(!listed.stdout.contains(".killed"), "{}", listed.stdout);
    }
    sandbox.lab(["gc", "--yes"]).ok();
}

/// An instance after a killed restore is restored again.
fn a_killed_restore(sandbox: &Sandbox, name: &str) {
    let description = sandbox.folder(name).join("instance.json");
    let mut reset = sandbox.start(["reset", name]);
    eventually("a restore", Duration::from_secs(60), || {
        fs_err::read_to_string(&description).is_ok_and(|text| text.contains("\"restoring\":\"drbd"))
    });
    reset.kill().unwrap();
    reset.wait().unwrap();
    sandbox.lab(["up", LAB, "--as", name]).ok();
    healthy(sandbox, name);
    assert_eq!(ledger(sandbox, name), Vec::<String>::new());
}

fn a_truncated_file(sandbox: &Sandbox, name: &str) {
    let file = sandbox.state().join("checkpoints/drbd-heartbeat.with-a-row/memory/node2.ram");
    sandbox.lab(["checkpoint", "verify", "with-a-row"]).ok();
    let whole = fs_err::metadata(&file).unwrap().len();
    let handle = fs_err::OpenOptions::new().write(true).open(&file).unwrap().into_parts().0;
    handle.set_len(whole - 1).unwrap();
    let refused = sandbox.lab(["checkpoint", "restore", "with-a-row", "--lab", name]);
    assert_eq!(refused.status, Some(1));
    assert!(refused.stderr.contains("node2.ram has"), "{}", refused.stderr);
    healthy(sandbox, name);
    // Other content of the right length is detected by reading it, once the file differs from the one that
    // was read since the machine started.
    handle.set_len(whole).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&handle, b"not zero", whole - 4096).unwrap();
    let verified = sandbox.lab(["checkpoint", "verify", "with-a-row"]);
    let changed = "node2.ram has changed since it was saved";
    assert!(verified.stderr.contains(changed), "{}", verified.stderr);
    let refused = sandbox.lab(["checkpoint", "restore", "with-a-row", "--lab", name]);
    assert!(refused.status == Some(1) && refused.stderr.contains(changed), "{}", refused.stderr);
}

/// Removes the checkpoints of the lab, those that depend on others first. Other tests may have left some.
fn forget_all(sandbox: &Sandbox) {
    loop {
        let listed =
            sandbox.lab(["checkpoint", "list", "--format", "json"]).ok().json()["checkpoints"].clone();
        let of_the_lab: Vec<&Value> =
            listed.as_array().unwrap().iter().filter(|row| row["lab"] == LAB).collect();
        if of_the_lab.is_empty() {
            return;
        }
        let unused = of_the_lab.iter().filter(|row| row["used_by"] == serde_json::json!([]));
        let ids: Vec<&str> = unused.filter_map(|row| row["checkpoint"].as_str()).collect();
        assert_ne!(ids, Vec::<&str>::new(), "each is in use: {of_the_lab:#?}");
        for id in ids {
            sandbox.lab(["checkpoint", "rm", id]).ok();
        }
    }
}

fn up(sandbox: &Sandbox, name: &str, more: &[&str]) -> Value {
    sandbox.lab([&["up", LAB, "--as", name, "--format", "json"], more].concat()).ok().json()
}

fn reset(sandbox: &Sandbox, name: &str) {
    sandbox.lab(["reset", name]).ok();
    healthy(sandbox, name);
}

/// Every health check of the lab holds.
fn healthy(sandbox: &Sandbox, name: &str) {
    let status = sandbox.lab(["status", name, "--format", "json"]).ok().json()["instances"][0].clone();
    assert_eq!(status["healthy"], true, "{status:#}");
    assert!(status["checks"].as_array().is_some_and(|checks| !checks.is_empty()), "{status:#}");
}

fn exec(sandbox: &Sandbox, name: &str, node: &str, script: &str) -> String {
    sandbox.lab(["exec", "--lab", name, node, "--", "sh", "-c", script]).ok().stdout
}

fn boots(sandbox: &Sandbox, name: &str) -> Vec<String> {
    ["node1", "node2"].map(|node| exec(sandbox, name, node, "cat /proc/sys/kernel/random/boot_id")).into()
}

/// The files that each disk of the instance consists of, by their number.
fn layers(sandbox: &Sandbox, name: &str) -> Vec<usize> {
    let disks =
        fs_err::read_dir(sandbox.folder(name).join("disks")).unwrap().map(|entry| entry.unwrap().path());
    let mut disks: Vec<_> =
        disks.filter(|path| path.extension().is_some_and(|extension| extension == "qcow2")).collect();
    disks.sort();
    let count = |disk: &std::path::PathBuf| {
        let mut command = std::process::Command::new("qemu-img");
        command.args(["info", "-U", "--backing-chain", "--output", "json"]).arg(disk);
        let chain: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        chain.as_array().unwrap().len()
    };
    disks.iter().map(count).collect()
}

/// The number of nodes whose time differs from that of this machine.
fn time_off(sandbox: &Sandbox, name: &str) -> usize {
    let wrong = |node: &&&str| {
        let guest: i64 = exec(sandbox, name, node, "date +%s").trim().parse().unwrap();
        (jiff::Timestamp::now().as_second() - guest).abs() > 5
    };
    ["node1", "node2"].iter().filter(wrong).count()
}

fn page(sandbox: &Sandbox, name: &str, path: &str) -> String {
    let url = format!("http://192.168.0.100{path}");
    sandbox.lab(["client", "--lab", name, "--", "curl", "-sS", "--max-time", "20", &url]).ok().stdout
}

fn append(sandbox: &Sandbox, name: &str, row: &str) {
    let answer = page(sandbox, name, &format!("/append.php?id={row}"));
    assert!(answer.contains(&format!("ok {row}")), "{answer}");
}

fn ledger(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let text = page(sandbox, name, "/ledger.php");
    // Its last line counts the others.
    text.lines().filter(|line| !line.starts_with("end ")).map(str::to_owned).collect()
}

/// The number of packets that the instance's bridge has received.
fn packets(sandbox: &Sandbox, name: &str) -> u64 {
    let shown = sandbox.lab(["client", "--lab", name, "--", "cat", "/proc/net/dev"]).ok();
    // `public: BYTES PACKETS …`
    let line = shown.stdout.lines().find_map(|line| line.trim().strip_prefix("public:")).expect("a bridge");
    line.split_whitespace().nth(1).and_then(|count| count.parse().ok()).expect("a counter")
}

fn virsh(sandbox: &Sandbox, name: &str, words: &[&str]) {
    let uri = format!("qemu:///system?socket={}/libvirt-sock", sandbox.folder(name).display());
    let status = std::process::Command::new("virsh").args(["-q", "-c", &uri]).args(words).status().unwrap();
    assert!(status.success(), "virsh {words:?}");
}

/// Both nodes write to their own half of the mirror: DRBD will not connect them again by itself.
fn split_the_brain(sandbox: &Sandbox, name: &str) {
    for node in ["node1", "node2"] {
        exec(sandbox, name, node, "drbdadm disconnect r0");
    }
    exec(
        sandbox,
        name,
        "node2",
        "drbdadm primary --force r0; dd if=/dev/urandom of=/dev/drbd0 bs=4k count=1 seek=400000 oflag=direct; drbdadm secondary r0",
    );
    append(sandbox, name, "split");
    for node in ["node1", "node2"] {
        exec(sandbox, name, node, "drbdadm connect r0 || true");
    }
    // One of them may continue to wait for the other.
    let alone = |node: &&str| exec(sandbox, name, node, "cat /proc/drbd").contains("StandAlone");
    let split = || ["node1", "node2"].iter().any(alone);
    eventually("a split brain", Duration::from_secs(60), split);
}
