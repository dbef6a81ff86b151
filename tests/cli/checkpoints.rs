//! Checkpoints, resets and copies on the simulated host.

use crate::sandbox::Sandbox;

#[test]
fn the_second_up_restores_what_the_first_left() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    sandbox.ok(&["down"]);
    assert!(sandbox.run(&["plan", "./pair"]).contains("restore  from checkpoint pair.start-"));
    assert!(sandbox.run(&["up", "./pair"]).contains("restoring pair from its checkpoint of"));
    assert!(sandbox.run(&["up", "./pair"]).contains("nothing to do"));
    sandbox.ok(&["down"]);
    assert!(sandbox.run(&["up", "./pair", "--cold"]).contains("bringing pair up"));
}

#[test]
fn a_changed_lab_boots_and_says_why() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair", "--no-checkpoint"]);
    assert!(sandbox.run(&["checkpoint", "list"]).contains("there is no checkpoint"));
    sandbox.ok(&["down"]);
    sandbox.ok(&["up", "./pair"]);
    sandbox.ok(&["down"]);
    let text = fs_err::read_to_string(sandbox.path().join("pair/lab.toml")).unwrap();
    sandbox.write("pair/lab.toml", &text.replace("[defaults]", "[defaults]\ncpus = 2"));
    let up = sandbox.run(&["up", "./pair"]);
    assert!(up.contains("booting, because its checkpoint is of another state: the lab file"), "{up}");
    // The newer start is the baseline of the lab now, and the older one is not needed.
    let gc = sandbox.run(&["gc"]);
    assert!(
        gc.contains("there is a newer start of the lab") && gc.contains("`lab gc --yes` deletes this"),
        "{gc}"
    );
    sandbox.ok(&["gc", "--yes"]);
    assert!(sandbox.run(&["gc"]).contains("nothing to do"));
}

#[test]
fn a_cluster_that_does_not_come_through_a_restore_is_restored_again() {
    const CHECK: &str = "wait for \"DRBD connected, both disks up to date\" on node2";
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let again = "warning: cluster unhealthy after restore (could not wait for";
    let once = sandbox.run(&["reset", "--sim-fault", &format!("before:once {CHECK}")]);
    assert_eq!(once.matches(again).count(), 1, "{once}");
    assert!(once.contains("[exit status: 0]"), "{once}");
    // Each error is one of the lab.
    let always = sandbox.run(&["reset", "--sim-fault", &format!("before:{CHECK}")]);
    assert_eq!(always.matches(again).count(), 2, "{always}");
    assert!(always.contains("error: could not wait for"), "{always}");
    sandbox.ok(&["reset"]);
}

#[test]
fn states_are_named_restored_and_deleted() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    sandbox.ok(&["checkpoint", "save", "before", "--note", "all is well"]);
    let told = [
        (["checkpoint", "save", "before"], "error: pair.before is there already"),
        (
            ["checkpoint", "save", "start-1"],
            "names that begin with `start-` are reserved for checkpoints that `lab` makes itself",
        ),
        (["checkpoint", "restore", "pair.befor"], "did you mean `pair.before`?"),
    ];
    for (words, text) in told {
        let said = sandbox.run(&words);
        assert!(said.contains(text) && !said.contains("[exit status: 0]"), "{said}");
    }
    let listed = sandbox.json(&["checkpoint", "list", "--format", "json"])["checkpoints"].clone();
    assert_eq!(listed[0]["checkpoint"], "pair.before");
    assert_eq!(listed[0]["note"], "all is well");
    assert_eq!(listed[1]["kind"], "start");
    sandbox.ok(&["down"]);
    // Without an instance: one of its lab is created.
    sandbox.ok(&["checkpoint", "restore", "before"]);
    assert_eq!(sandbox.json(&["list", "--format", "json"])["instances"][0]["running"], 2);
    sandbox.ok(&["checkpoint", "rm", "before"]);
    assert!(sandbox.run(&["checkpoint", "restore", "before"]).contains("there is no checkpoint `before`"));
}

#[test]
fn a_reset_needs_no_checkpoint() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair", "--no-checkpoint"]);
    assert!(sandbox.run(&["reset"]).contains("making all nodes again, because the lab has no checkpoint"));
    let reset = sandbox.run(&["reset"]);
    assert!(!reset.contains("making all nodes again") && reset.contains("pair is as it was"), "{reset}");
}

#[test]
fn a_class_has_an_instance_for_everyone() {
    let sandbox = Sandbox::with_pair();
    sandbox.write("class.csv", "id,name\n1,Ada Lovelace\n2,Grace\n");
    sandbox.ok(&["up", "./pair", "--roster", "class.csv"]);
    sandbox.ok(&["up", "./pair", "--as", "spare", "--copies", "2"]);
    let listed = sandbox.json(&["list", "--format", "json"])["instances"].clone();
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().map(|row| row["instance"].as_str().unwrap()).collect();
    assert_eq!(names, ["ada-lovelace", "grace", "spare-1", "spare-2"]);
    let some = sandbox.json(&["list", "grace", "spare-1", "--format", "json"])["instances"].clone();
    assert_eq!((&some[0]["instance"], some.as_array().unwrap().len()), (&"grace".into(), 2));
    // In the order in which they are requested; all of them, or a single one.
    let two = sandbox.json(&["status", "spare-1", "grace", "--format", "json"])["instances"].clone();
    assert_eq!((&two[0]["instance"], &two[1]["instance"]), (&"spare-1".into(), &"grace".into()));
    assert_eq!(
        sandbox.json(&["status", "--all", "--format", "json"])["instances"].as_array().unwrap().len(),
        4
    );
    assert_eq!(sandbox.json(&["status", "grace", "--format", "json"])["instances"][0]["instance"], "grace");
    assert!(sandbox.run(&["status"]).contains("there are several instances"));
    sandbox.ok(&["reset", "grace", "spare-1"]);
    assert!(sandbox.run(&["reset"]).contains("there are several instances"));
    sandbox.ok(&["reset", "--all"]);
    sandbox.ok(&["down", "--all"]);
    assert_eq!(sandbox.files("state/instances"), Vec::<String>::new());

    sandbox.write("class.csv", "name\nAda\nada\n");
    let twice = sandbox.run(&["up", "./pair", "--roster", "class.csv"]);
    assert!(twice.contains("error: class.csv:3: `ada` is there twice"), "{twice}");
    let absent = sandbox.run(&["up", "./pair", "--roster", "absent.csv"]);
    assert!(absent.contains("error: the roster cannot be read"), "{absent}");
}

#[test]
fn what_takes_room_is_shown() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    let rows = sandbox.json(&["df", "--format", "json"])["usage"].clone();
    let kinds: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["checkpoint", "instance", "history", "cache"]);
    assert!(rows[1]["bytes"].as_u64().unwrap() > 0);
}
