//! Queries of an instance, and operations that a simulated one does not support.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

fn standing() -> Sandbox {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    sandbox
}

#[test]
fn the_status_of_an_instance() {
    let sandbox = standing();
    assert_snapshot!(sandbox.run(&["status"]), @r#"
    pair: Two nodes on two networks
    healthy

    NODE  STATE    SET UP  ADDRESSES
    one   running  yes     192.168.0.101 (public)  10.10.0.1 (replication)
    two   running  yes     192.168.0.102 (public)  10.10.0.2 (replication)
    [exit status: 0]
    "#);
    let status = sandbox.json(&["status", "pair", "--format", "json"])["instances"][0].clone();
    assert_eq!((&status["healthy"], &status["nodes"][0]["state"]), (&true.into(), &"running".into()));
    assert_snapshot!(sandbox.run(&["status", "pear"]), @r#"
    ------- stderr -------
    error: there is no instance `pear`

    hint: known: `pair`
    [exit status: 6]
    "#);
}

#[test]
fn what_takes_a_machine_is_refused() {
    let sandbox = standing();
    assert_snapshot!(sandbox.run(&["forward", "one:80"]), @r#"
    ------- stderr -------
    error: `pair` is simulated: it has no machines and no network
    [exit status: 4]
    "#);
}

#[test]
fn a_console_is_shown() {
    let sandbox = standing();
    assert_snapshot!(sandbox.run(&["console", "one", "--lines", "3"]), @r#"
    one login:
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["console", "onne"]), @r#"
    ------- stderr -------
    error: `pair` has no node `onne`

    hint: did you mean `one`?
    [exit status: 6]
    "#);
}

#[test]
fn tools_are_told_how_to_reach_it() {
    let sandbox = standing();
    assert!(sandbox.run(&["env"]).contains("`pair` is simulated: it has no machines and no network"));
    // The same instance, as if its guests were real.
    let described = "state/instances/pair/instance.json";
    let real = sandbox.read(described).replace("\"sim\"", "\"libvirt\"");
    sandbox.write(described, &real);
    let host = "state/instances/pair/supervisor.json";
    sandbox.write(host, r#"{"pid": 1, "started": 12345}"#);
    let gone = sandbox.run(&["env"]);
    assert!(gone.contains("the embedded host of `pair` is not running"), "another process: {gone}");
    let this = halab::testing::base::process::Process::of(std::process::id() as i32).unwrap();
    sandbox.write(host, &serde_json::to_string(&this).unwrap());
    let shell = sandbox.run(&["env"]);
    assert!(
        shell.starts_with("export LIBVIRT_DEFAULT_URI='qemu:///system?socket=$SANDBOX/state/"),
        "{shell}"
    );
    assert!(shell.contains("export LAB_NETNS='lab-pair'\n"), "{shell}");
    assert_eq!(sandbox.json(&["env", "--format", "json"])["network_namespace"], "lab-pair");
}

#[test]
fn names_of_what_stands_are_completed() {
    let sandbox = standing();
    sandbox.ok(&["up", "./pair", "--as", "second"]);
    assert_snapshot!(sandbox.complete(&["down", "se"]), @"second");
    assert_snapshot!(sandbox.complete(&["ssh", "--lab", "second", ""]), @r#"
    one
    two
    --lab
    --help
    --quiet
    --verbose
    --color
    --state
    "#);
    assert_snapshot!(sandbox.complete(&["forward", "--lab=pair", "o"]), @"one:");
}

#[test]
fn what_a_node_gets_is_rendered() {
    let sandbox = Sandbox::with_pair();
    let text = sandbox.run(&["render", "node1", "--lab", "drbd-heartbeat"]);
    assert!(text.contains("file /etc/ha.d/ha.cf (0644 root:root)"), "{text}");
    assert!(text.contains("step storage/"), "{text}");
    assert_snapshot!(sandbox.run(&["render", "node3", "--lab", "drbd-heartbeat"]), @r#"
    ------- stderr -------
    error: the lab has no node `node3`

    hint: did you mean `node1`?
    [exit status: 6]
    "#);
    assert!(
        sandbox
            .run(&["render", "node1", "--lab", "drbd-heartbeat", "--output", "out"])
            .contains("[exit status: 0]")
    );
    assert!(sandbox.path().join("out/files/etc/ha.d/ha.cf").exists());
    assert_eq!(
        sandbox.json(&["render", "one", "--lab", "./pair", "--format", "json"])["files"],
        serde_json::json!([])
    );
}

#[test]
fn the_bundled_lab_comes_up() {
    let sandbox = Sandbox::new();
    let up = sandbox.run(&["up", "drbd-heartbeat", "--set", "deadtime=1500ms"]);
    assert!(up.contains("lab client -- curl http://192.168.0.100/\n"), "{up}");
    assert!(up.contains("  web    192.168.0.100 (public, virtual)\n"), "{up}");
    let status = sandbox.json(&["status", "--format", "json"])["instances"][0].clone();
    assert_eq!((&status["healthy"], &status["settings"][0]), (&true.into(), &"deadtime=1500ms".into()));
    // Without the name of a lab it is used as it was brought up, overridden by the new parameters.
    assert!(sandbox.run(&["up"]).contains("nothing to do"));
    let plan = sandbox.run(&["plan", "--set", "deadtime=1600ms"]);
    assert!(plan.contains("  node1  set up  /etc/ha.d/ha.cf: changed\n"), "{plan}");
}
