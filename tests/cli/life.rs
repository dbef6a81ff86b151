//! The life of an instance on the simulated host: plan, up, up again, change, down.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn up_and_down() {
    let sandbox = Sandbox::with_pair();
    assert_snapshot!(sandbox.run(&["up", "./pair"]), @r#"
    ------- stderr -------
    bringing pair up: 19 steps
    pair is up after 0.0 s
      one  192.168.0.101 (public)  10.10.0.1 (replication)
      two  192.168.0.102 (public)  10.10.0.2 (replication)

    Try next:
      lab status pair
      lab ssh one
      lab down pair
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["list"]), @r#"
    INSTANCE  LAB   RUNNING  NODES    CREATED
    pair      pair  2 of 2   one two  $DAY $TIME UTC
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["up", "./pair"]), @r#"
    ------- stderr -------
    nothing to do: pair matches its lab file
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["up"]), @r#"
    ------- stderr -------
    nothing to do: pair matches its lab file
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["down"]), @r#"
    ------- stderr -------
    pair is down after 0.0 s
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["down"]), @r#"
    ------- stderr -------
    there are no instances
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["list"]), @r#"
    ------- stderr -------
    there are no instances
    [exit status: 0]
    "#);
    assert_eq!(sandbox.files("state/instances"), Vec::<String>::new());
}

#[test]
fn a_plan_is_shown_and_nothing_is_made() {
    let sandbox = Sandbox::with_pair();
    assert_snapshot!(sandbox.run(&["plan", "./pair"]), @r#"
    Nodes
      one  create  not there yet
      two  create  not there yet

    19 steps in 6 waves (those of a wave can run together)
       1  prepare image tiny ($DIGEST)  not in the store
          create embedded host               not there yet
       2  create network public              not there yet
          create network replication         not there yet
          create network mgmt                not there yet
          create disk one/system             not there yet
          create disk one/data               not there yet
          write seed of one                  not there yet
          create disk two/system             not there yet
          create disk two/data               not there yet
          write seed of two                  not there yet
       3  define one                         not there yet
          define two                         not there yet
       4  start one                          not there yet
          start two                          not there yet
       5  wait for one to answer             it starts
          wait for two to answer             it starts
       6  mark one as configured             it is as the lab wants it
          mark two as configured             it is as the lab wants it
    [exit status: 0]
    "#);
    assert_eq!(sandbox.run(&["plan", "./pair"]), sandbox.run(&["up", "./pair", "--dry-run"]));
    assert_eq!(sandbox.json(&["plan", "./pair", "--format", "json"])["purpose"], "fresh");
    assert!(!sandbox.path().join("state").exists());
}

#[test]
fn a_change_says_which_nodes_and_why() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    let file = fs_err::read_to_string(sandbox.path().join("pair/lab.toml")).unwrap();
    sandbox.write("pair/lab.toml", &file.replace("[node.two]", "[node.two]\nmemory = \"256MiB\""));
    assert_snapshot!(sandbox.run(&["plan"]), @r#"
    Nodes
      two  restart  memory: 128MiB → 256MiB

    6 steps in 6 waves (those of a wave can run together)
       1  mark two as changing    memory: 128MiB → 256MiB
       2  stop two                memory: 128MiB → 256MiB
       3  define two              memory: 128MiB → 256MiB
       4  start two               memory: 128MiB → 256MiB
       5  wait for two to answer  it starts
       6  mark two as configured  it is as the lab wants it
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["up"]), @r#"
    ------- stderr -------
    changing pair: 6 steps
      restart two: memory: 128MiB → 256MiB
    pair is up after 0.0 s
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["up"]), @r#"
    ------- stderr -------
    nothing to do: pair matches its lab file
    [exit status: 0]
    "#);
}

#[test]
fn what_would_lose_data_is_refused() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    let file = fs_err::read_to_string(sandbox.path().join("pair/lab.toml")).unwrap();
    sandbox.write("pair/lab.toml", &file.replacen("disk.data = \"1GiB\"", "disk.data = \"2GiB\"", 1));
    assert_snapshot!(sandbox.run(&["up"]), @r#"
    ------- stderr -------
    error: disk one/data: 1GiB → 2GiB would lose what is on it

    hint: `lab up --recreate one` rebuilds one and loses what is on its disks; `lab down` first starts over
    [exit status: 1]
    "#);
    assert_snapshot!(sandbox.run(&["up", "--recreate", "tow"]), @r#"
    ------- stderr -------
    error: the lab has no node tow to recreate

    hint: name a node of the lab
    [exit status: 6]
    "#);
    assert!(sandbox.run(&["up", "--recreate", "one", "-q"]).ends_with("[exit status: 0]"));
}

#[test]
fn two_instances_of_a_lab() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    sandbox.ok(&["up", "./pair", "--as", "second"]);
    assert_snapshot!(sandbox.run(&["up"]), @r#"
    ------- stderr -------
    error: there are several instances: pair, second

    hint: choose one with `--as NAME`
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["down", "secnd"]), @r#"
    ------- stderr -------
    error: there is no instance `secnd`

    hint: did you mean `second`?
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["down", "second"]), @r#"
    ------- stderr -------
    second is down after 0.0 s
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["down", "--all"]), @r#"
    ------- stderr -------
    pair is down after 0.0 s
    [exit status: 0]
    "#);
}

#[test]
fn an_instance_is_meant_when_no_lab_has_its_name() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "drbd-heartbeat", "--as", "second", "--set", "deadtime=1600ms"]);
    assert_snapshot!(sandbox.run(&["up", "second"]), @r#"
    ------- stderr -------
    nothing to do: second matches its lab file
    [exit status: 0]
    "#);
    let plan = sandbox.json(&["plan", "second", "--set", "deadtime=1700ms", "--format", "json"]);
    assert_eq!(plan["purpose"], "standing", "{plan}");
    assert!(sandbox.run(&["up", "second", "--as", "second"]).contains("nothing to do"));
    assert_snapshot!(sandbox.run(&["up", "second", "--as", "third"]), @r#"
    ------- stderr -------
    error: there is no lab `second`, bundled or installed

    hint: known: `drbd-heartbeat`, `nginx-cluster`, `nginx-pair`, `redundant-web`, `single-server`, `ucarp-rsync`, `voip-cluster`
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.complete(&["up", "se"]), @"second");
    // A folder of this name is not meant, even if it is a lab.
    sandbox.write("second/lab.toml", "");
    assert!(sandbox.run(&["up", "second"]).contains("nothing to do"));
    assert!(sandbox.run(&["up", "./second"]).ends_with("[exit status: 3]"));
}

#[test]
fn who_may_not_read_an_instance_is_told_how() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    let file = sandbox.path().join("state/instances/pair/instance.json");
    fs_err::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    assert_snapshot!(sandbox.run_as_nobody_special(&["status", "pair"]), @r#"
    ------- stderr -------
    error: `pair` cannot be described
      caused by: the instance's own description cannot be read or written
      caused by: failed to open file `$SANDBOX/state/instances/pair/instance.json`: Permission denied (os error 13)

    hint: run it with sudo
    [exit status: 1]
    "#);
}

#[test]
fn json_of_up() {
    let sandbox = Sandbox::with_pair();
    let first = sandbox.json(&["up", "./pair", "--format", "json"]);
    assert_eq!((&first["instance"], &first["lab"]), (&"pair".into(), &"pair".into()));
    assert!(first["steps"].as_u64().unwrap() > 10, "{first}");
    assert_eq!(sandbox.json(&["up", "./pair", "--format", "json"])["steps"], 0);
}

#[test]
fn the_lab_file_is_not_needed_after_up() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    fs_err::remove_dir_all(sandbox.path().join("pair")).unwrap();
    assert!(sandbox.run(&["graph"]).contains("network replication"));
    assert!(sandbox.run(&["down"]).ends_with("[exit status: 0]"));
}
