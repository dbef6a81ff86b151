//! Errors of the (simulated) host, and cancellation by the user.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn a_fresh_lab_that_fails_is_taken_back() {
    let sandbox = Sandbox::with_pair();
    assert_snapshot!(sandbox.run(&["up", "./pair", "-q", "--sim-fault", "before:start two"]), @r#"
    ------- stderr -------
    error: could not start two
      caused by: cannot start two
      caused by: simulated fault before the effect

    what this run made was removed again

    hint: `--keep` leaves what was made, to look at it
    [exit status: 1]
    "#);
    assert_eq!(sandbox.files("state/instances"), Vec::<String>::new());
}

#[test]
fn a_fresh_lab_that_fails_is_kept_when_asked_for() {
    let sandbox = Sandbox::with_pair();
    let told = sandbox.run(&["up", "./pair", "--keep", "--sim-fault", "before:start two"]);
    // The number of finished steps depends on those that ran at the same time.
    assert!(told.contains("steps not done"), "{told}");
    assert!(told.contains("`lab up` goes on with them"), "{told}");
    assert!(told.ends_with("[exit status: 1]"), "{told}");
    assert!(sandbox.run(&["up", "./pair", "-q"]).ends_with("[exit status: 0]"));
}

#[test]
fn a_standing_lab_that_fails_stays() {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    assert_snapshot!(sandbox.run(&["up", "--recreate", "two", "--sim-fault", "after:start two"]), @r#"
    ------- stderr -------
    changing pair: 12 steps
      recreate two: asked for with `--recreate`
       0.0 s  start two: failed
    error: could not start two
      caused by: cannot start two
      caused by: simulated fault after the effect

    3 steps not done

    hint: `lab up` goes on with them; `lab down` takes everything away
    [exit status: 1]
    "#);
    assert_snapshot!(sandbox.run(&["up"]), @r#"
    ------- stderr -------
    changing pair: 4 steps
      set up two: its set-up was not finished
    pair is up after 0.0 s
    [exit status: 0]
    "#);
}

#[test]
fn one_command_at_a_time() {
    let sandbox = Sandbox::with_pair();
    let mut first = sandbox.spawn(&["up", "./pair", "--sim-fault", "hang:start two"]);
    sandbox.wait_for_quiet("state/instances/pair/journal.jsonl", "start two");
    let second = sandbox.run(&["down", "pair"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_snapshot!(second.replace(&first.id().to_string(), "$PID"), @r#"
    ------- stderr -------
    error: `lab up` (process $PID) is at work on pair

    hint: wait until it has ended, or end it; one command at a time changes an instance
    [exit status: 5]
    "#);
}

#[test]
fn a_killed_up_is_gone_on_with() {
    let sandbox = Sandbox::with_pair();
    let mut first = sandbox.spawn(&["up", "./pair", "--sim-fault", "hang:start two"]);
    sandbox.wait_for_quiet("state/instances/pair/journal.jsonl", "start two");
    first.kill().unwrap();
    first.wait().unwrap();
    assert_snapshot!(sandbox.run(&["up", "./pair"]), @r#"
    ------- stderr -------
    an earlier `lab up` was killed at: start two
    changing pair: 9 steps
      set up one: its set-up was not finished
      start two: it is off; its set-up was not finished
    pair is up after 0.0 s
    [exit status: 0]
    "#);
    sandbox.ok(&["down"]);
    assert_eq!(sandbox.files("state/instances"), Vec::<String>::new());
}

#[test]
fn ctrl_c_takes_a_fresh_lab_back() {
    let sandbox = Sandbox::with_pair();
    let up = sandbox.spawn(&["up", "./pair", "--sim-fault", "hang:start two"]);
    sandbox.wait_for_quiet("state/instances/pair/journal.jsonl", "start two");
    assert_snapshot!(sandbox.interrupt(up), @r#"
    ------- stderr -------
    bringing pair up: 19 steps

    stopping; press Ctrl-C again to end at once
       0.0 s  start two: stopped
    taking back what was made: 14 steps
    error: stopped

    what this run made was removed again
    [exit status: 130]
    "#);
    assert_eq!(sandbox.files("state/instances"), Vec::<String>::new());
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_says_what_may_be_left() {
    let sandbox = Sandbox::with_pair();
    let faults = ["--sim-fault", "hang:start two", "--sim-fault", "hang:stop one"];
    let up = sandbox.spawn(&[["up", "./pair", "-q"].as_slice(), &faults].concat());
    sandbox.wait_for_quiet("state/instances/pair/journal.jsonl", "start two");
    assert_snapshot!(sandbox.interrupt_twice(up), @r#"
    ------- stderr -------

    stopping; press Ctrl-C again to end at once

    ended at once; parts of pair may be left: `lab down pair` takes them away
    [exit status: 130]
    "#);
    sandbox.ok(&["down"]);
}

#[test]
fn what_is_damaged_is_listed_and_taken_down() {
    for damaged in ["", "{\"version\": 1,", "\0\0\0\0", "{\"version\": 99, \"provider\": \"sim\"}"] {
        let sandbox = Sandbox::with_pair();
        sandbox.ok(&["up", "./pair"]);
        sandbox.ok(&["up", "./pair", "--as", "other"]);
        sandbox.write("state/instances/pair/instance.json", damaged);
        let listed = sandbox.run(&["list"]);
        assert!(listed.contains("other") && listed.ends_with("[exit status: 0]"), "{listed}");
        let status = sandbox.run(&["status", "pair"]);
        assert!(status.contains("`lab down pair`") && !status.ends_with("[exit status: 0]"), "{status}");
        sandbox.ok(&["down", "pair"]);
        sandbox.write("state/instances/other/sim.json", damaged);
        sandbox.ok(&["down", "other"]);
        assert_eq!(sandbox.files("state/instances"), Vec::<String>::new());
    }
}

#[test]
fn a_new_lab_is_whole_or_not_there() {
    let sandbox = Sandbox::new();
    let told = sandbox.run(&["new", "mine", "--from", "drbd-heartbeat/drills"]);
    assert!(told.contains("there is no bundled lab"), "{told}");
    assert!(!sandbox.path().join("mine").exists());
    sandbox.ok(&["new", "mine"]);
    assert!(sandbox.path().join("mine/lab.toml").exists());
    let left = fs_err::read_dir(sandbox.path()).unwrap().flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".lab-new-")));
}

#[test]
fn a_stray_file_among_the_records_is_no_instance() {
    let sandbox = Sandbox::with_pair();
    sandbox.write("state/records/notes.txt", "mine");
    let told = sandbox.run(&["df"]);
    assert!(!told.contains("notes.txt"), "{told}");
}
