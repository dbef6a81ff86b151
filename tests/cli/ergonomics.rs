//! Words that users type out of habit, and output for programs.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

fn standing() -> Sandbox {
    let sandbox = Sandbox::with_pair();
    sandbox.ok(&["up", "./pair"]);
    sandbox
}

#[test]
fn words_of_habit_have_a_hint_each() {
    let sandbox = Sandbox::new();
    let instead = [
        ("restart", "lab node reboot NODE"),
        ("reboot", "lab node reboot NODE"),
        ("stop", "lab node stop NODE"),
        ("halt", "lab node stop NODE"),
        ("rm", "lab down INSTANCE"),
        ("remove", "lab down INSTANCE"),
        ("delete", "lab down INSTANCE"),
        ("destroy", "lab down INSTANCE"),
        ("create", "lab up LAB"),
        ("deploy", "lab up LAB"),
        ("report", "lab drill report"),
        ("shell", "lab ssh NODE"),
        ("attach", "lab ssh NODE"),
        ("snapshot", "lab checkpoint save NAME"),
    ];
    for (word, right) in instead {
        let said = sandbox.run(&[word]);
        assert!(said.contains(&format!("there is no command `{word}`")), "{said}");
        let hints: Vec<&str> = said.lines().filter(|line| line.starts_with("hint:")).collect();
        assert!(matches!(hints[..], [hint] if hint.contains(right)), "{word}: {said}");
        assert!(said.ends_with("[exit status: 2]"), "{said}");
    }
    assert_snapshot!(sandbox.run(&["restart"]), @r#"
    ------- stderr -------
    error: there is no command `restart`

    hint: `lab node reboot NODE` restarts a node; `lab reset` puts a whole instance back to its start, and deletes what is on its disks
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["lisst"]), @r#"
    ------- stderr -------
    error: there is no command `lisst`

    hint: did you mean `lab list`?
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "delete"]), @r#"
    ------- stderr -------
    error: `lab fault` has no command `delete`

    hint: `lab fault heal [NODE|FAULT]` heals faults
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["drill", "lits"]), @r#"
    ------- stderr -------
    error: `lab drill` has no command `lits`

    hint: did you mean `lab drill list`?
    [exit status: 2]
    "#);
}

#[test]
fn no_near_miss_offers_what_deletes() {
    let sandbox = Sandbox::new();
    for word in ["rest", "resett", "dow", "downn", "gcc", "reset-all", "set"] {
        let said = sandbox.run(&[word]);
        for deleting in ["`lab reset`", "`lab down`", "`lab gc`"] {
            assert!(!said.contains(deleting), "{word}: {said}");
        }
    }
}

#[test]
fn who_starts_a_lab_or_a_node_is_told_the_command() {
    let sandbox = Sandbox::new();
    for word in ["drbd-heartbeat", "node1"] {
        let said = sandbox.run(&["start", word]);
        assert!(said.contains("`lab up LAB` brings a lab up; `lab node start NODE`"), "{said}");
        assert!(said.ends_with("[exit status: 6]"), "{said}");
    }
}

#[test]
fn what_deletes_is_called_alike_everywhere() {
    let sandbox = standing();
    for word in ["rm", "remove", "delete"] {
        for group in ["checkpoint", "image"] {
            let said = sandbox.run(&[group, word, "nothing"]);
            assert!(said.ends_with("[exit status: 6]"), "{group} {word}: {said}");
        }
    }
}

#[test]
fn the_words_of_a_command_need_no_separator() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    assert_snapshot!(sandbox.run(&["exec", "node1", "echo", "-n", "--all", "x"]), @"--all x[exit status: 0]");
    assert_snapshot!(sandbox.run(&["exec", "--all", "hostname"]), @r#"
    node1: node1
    node2: node2
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["client", "curl", "-s", "http://192.168.0.100/health.php"]), @r#"
    node node1
    database ok
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["ssh", "node1", "exit", "7"]), @"[exit status: 7]");
    assert_snapshot!(sandbox.run(&["exec", "node1"]), @r#"
    ------- stderr -------
    error: the following required arguments were not provided:
      <COMMAND>...

    Usage: lab exec <NODE|--all> -- <COMMAND>...

    For more information, try '--help'.
    [exit status: 2]
    "#);
}

#[test]
fn swapped_words_get_the_right_command() {
    let sandbox = standing();
    assert_snapshot!(sandbox.run(&["fault", "inject", "power-cut", "one"]), @r#"
    ------- stderr -------
    error: `power-cut` is a fault, and the node comes first

    hint: `lab fault inject one power-cut`
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["fault", "inject", "power-cut"]), @r#"
    ------- stderr -------
    error: `power-cut` is a fault, and the node comes first

    hint: `lab fault inject NODE power-cut`
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["up", "./pair", "second"]), @r#"
    ------- stderr -------
    error: `lab up` takes no further word `second`

    hint: an instance is named by an option: `lab up ./pair --as second`
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["console", "one", "pair"]), @r#"
    ------- stderr -------
    error: `lab console` takes no further word `pair`

    hint: an instance is named by an option: `lab console one --lab pair`
    [exit status: 2]
    "#);
}

#[test]
fn an_instance_is_named_alike_everywhere() {
    let sandbox = standing();
    sandbox.ok(&["up", "./pair", "--as", "second"]);
    for words in [
        vec!["status"],
        vec!["list"],
        vec!["heal"],
        vec!["history"],
        vec!["graph"],
        vec!["drill", "list"],
        vec!["up"],
        vec!["plan"],
        vec!["reset"],
        vec!["fault", "list"],
        vec!["exec", "--all"],
        vec!["logs"],
        vec!["node", "start", "one"],
        vec!["render", "one"],
        vec!["down"],
    ] {
        let run = |name: &str| {
            let mut words = words.clone();
            words.extend(["-l", name]);
            if words[0] == "exec" {
                words.push("hostname");
            }
            sandbox.run(&words)
        };
        assert!(run("second").ends_with("[exit status: 0]"), "{words:?}: {}", run("second"));
        if words[0] != "history" && words[0] != "render" {
            let unknown = run("third");
            assert!(unknown.contains("there is no instance `third`"), "{words:?}: {unknown}");
            assert!(unknown.ends_with("[exit status: 6]"), "{words:?}: {unknown}");
        }
    }
    assert_eq!(sandbox.json(&["list", "--format", "json"])["instances"].as_array().unwrap().len(), 1);
    for words in [["status"].as_slice(), &["down"], &["heal"], &["up"], &["history"], &["graph"]] {
        let said = sandbox.run(&[words, &["pair", "--lab", "pair"]].concat());
        assert!(said.contains("cannot be used with") && said.ends_with("[exit status: 2]"), "{said}");
    }
}

#[test]
fn several_are_named_before_they_are_taken() {
    let sandbox = standing();
    sandbox.ok(&["up", "./pair", "--as", "second"]);
    let reset = sandbox.run(&["reset", "--all"]);
    assert!(reset.contains("resetting 2 instances: pair, second\n"), "{reset}");
    let down = sandbox.run(&["down", "-l", "pair", "-l", "second"]);
    assert!(down.contains("stderr -------\ntaking down 2 instances: pair, second\n"), "{down}");
}

#[test]
fn the_usage_does_not_show_what_the_environment_sets() {
    let sandbox = Sandbox::new();
    for words in [["down", "--all", "x"].as_slice(), &["fault", "inject"], &["exec"], &["checkpoint", "rm"]] {
        let said = sandbox.run(words);
        assert!(said.contains("Usage:") && !said.contains("--state"), "{said}");
    }
}

#[test]
fn every_json_output_is_an_object_with_a_version() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    sandbox.ok(&["drill", "run", "power-cut"]);
    for (words, field) in [
        (["status"].as_slice(), "instances"),
        (&["status", "--all"], "instances"),
        (&["list"], "instances"),
        (&["list", "--bundled"], "labs"),
        (&["plan"], "steps"),
        (&["up"], "instance"),
        (&["exec", "--all"], "nodes"),
        (&["checkpoint", "list"], "checkpoints"),
        (&["drill", "list"], "drills"),
        (&["drill", "report"], "verdict"),
        (&["fault", "list"], "faults"),
        (&["history"], "operations"),
        (&["check", "drbd-heartbeat"], "problems"),
        (&["render", "node1"], "files"),
        (&["graph"], "nodes"),
        (&["image", "list"], "images"),
        (&["df"], "usage"),
        (&["gc"], "checkpoints"),
        (&["doctor"], "findings"),
    ] {
        let mut words = words.to_vec();
        words.extend(["--format", "json"]);
        if words[0] == "exec" {
            words.extend(["--", "hostname"]);
        }
        let output = sandbox.command(&words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let value: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{words:?}: {error}: {said}"));
        let first = value.as_object().and_then(|fields| fields.keys().next());
        assert_eq!(first.map(String::as_str), Some("version"), "{words:?}");
        assert!(value["version"].is_u64() && !value[field].is_null(), "{words:?}: {value}");
    }
    let several = sandbox.json(&["up", "drbd-heartbeat", "--copies", "2", "--format", "json"]);
    assert_eq!(several["instances"][1]["instance"], "drbd-heartbeat-2");
    assert_eq!(
        sandbox.json(&["status", "--all", "--format", "json"])["instances"].as_array().unwrap().len(),
        3
    );
}

#[test]
fn an_error_is_json_too() {
    let sandbox = standing();
    let error = |words: &[&str]| {
        let output = sandbox.command(words).output().unwrap();
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        let value: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        assert_eq!(value["exit_status"], output.status.code().unwrap(), "{value}");
        assert_eq!(value["version"], 1);
        value
    };
    let unknown = error(&["status", "third", "--format", "json"]);
    assert_eq!(unknown["kind"], "not-found");
    assert_eq!(unknown["message"], "there is no instance `third`");
    assert_eq!(unknown["hints"][0], "known: `pair`");
    let usage = error(&["status", "--format=json", "--al"]);
    assert_eq!((usage["kind"].as_str(), usage["exit_status"].as_u64()), (Some("usage"), Some(2)));
    assert_eq!(usage["message"], "unexpected argument '--al' found");
    assert_eq!(error(&["restart", "--format", "json"])["message"], "there is no command `restart`");
    sandbox.write("wrong/lab.toml", "schema = 1\nname = 3\n");
    let file = error(&["plan", "wrong/", "--format", "json"]);
    assert_eq!(file["kind"], "bad-file");
    assert_eq!(file["problems"][1]["line"], 2, "{file}");
}

#[test]
fn a_machine_that_is_too_small_ends_with_4() {
    let sandbox = Sandbox::with_pair();
    let lab = fs_err::read_to_string(sandbox.path().join("pair/lab.toml")).unwrap();
    sandbox.write("pair/lab.toml", &lab.replace("128MiB", "1024GiB"));
    for words in [
        ["up", "./pair"].as_slice(),
        &["check", "./pair"],
        &["plan", "./pair"],
        &["up", "./pair", "--copies", "2"],
    ] {
        let said = sandbox.run(words);
        assert!(said.contains("and the machine has"), "{said}");
        assert!(said.ends_with("[exit status: 4]"), "{words:?}: {said}");
    }
}

#[test]
fn what_is_not_there_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    for words in [["list"].as_slice(), &["up", "drbd-heartbeat"], &["history"], &["df"], &["ssh", "node1"]] {
        let said = sandbox.run(&[words, &["--state", "file"]].concat());
        assert!(said.contains("the state folder `file` is not a folder"), "{words:?}: {said}");
        assert!(!said.contains("lab.toml") && said.contains("--state DIR"), "{words:?}: {said}");
    }
    assert_snapshot!(sandbox.run(&["status", "--state", "nowhere"]), @r#"
    ------- stderr -------
    error: there are no instances

    hint: there is no state folder nowhere yet

    hint: `lab up LAB` brings one up; `lab list --bundled` shows which labs there are
    [exit status: 6]
    "#);
    for words in [
        ["up", "./nowhere"].as_slice(),
        &["check", "nowhere/lab.toml"],
        &["drill", "run", "./nowhere.toml"],
        &["drill", "report", "./nowhere.jsonl"],
    ] {
        let said = sandbox.run(words);
        assert!(said.contains("nowhere") && !said.contains("instance"), "{words:?}: {said}");
        assert!(said.ends_with("[exit status: 6]"), "{words:?}: {said}");
    }
}

#[test]
fn a_broken_recipe_is_not_called_not_made_yet() {
    let sandbox = Sandbox::new();
    sandbox.write("state/catalog/images/odd.toml", "schema = 1\ntitle = 3\n");
    let listed = sandbox.run(&["image", "list"]);
    assert!(listed.contains("odd        recipe is wrong"), "{listed}");
    assert!(listed.contains("warning: the recipe of odd is wrong"), "{listed}");
    assert!(listed.contains("debian-12  not made yet"), "{listed}");
}

#[test]
fn a_lab_is_checked_from_standard_input() {
    let sandbox = Sandbox::with_pair();
    let lab = fs_err::read_to_string(sandbox.path().join("pair/lab.toml")).unwrap();
    let check = |text: &str| {
        let mut command = sandbox.command(&["check", "-"]);
        let output = command.current_dir(sandbox.path().join("pair")).write_stdin(text).output().unwrap();
        (String::from_utf8(output.stderr).unwrap(), output.status.code())
    };
    assert_eq!(check(&lab), ("pair is fine: 2 nodes, 2 networks, 0 stacks\n".to_owned(), Some(0)));
    let (said, status) = check(&lab.replace("schema = 1", "schema = 9"));
    assert!(said.contains("<stdin>:1:10") && status == Some(3), "{said}");
}

#[test]
fn values_are_completed() {
    let sandbox = Sandbox::new();
    let offered = |words: &[&str]| sandbox.complete(words);
    assert!(offered(&["up", "drbd-heartbeat", "--set", "dead"]).contains("deadtime="));
    let all = offered(&["check", "drbd-heartbeat", "--set", ""]);
    assert!(all.contains("profile=") && all.contains("image=") && !all.contains("profile=paper"), "{all}");
    assert!(offered(&["up", "drbd-heartbeat", "--set", "profile="]).contains("profile=paper"));
    assert!(offered(&["up", "drbd-heartbeat", "--set", "image=debian-1"]).contains("image=debian-12"));
    assert!(offered(&["up", "drbd-heartbeat", "--set", "auto-failback="]).contains("auto-failback=false"));
    sandbox.ok(&["up", "drbd-heartbeat"]);
    assert!(offered(&["render", "node1", "--set", "keep"]).contains("keepalive="));
    let inject = ["fault", "inject", "node1", "service-kill"];
    let value = |option: &str| sandbox.complete(&[inject.as_slice(), &[option, ""]].concat());
    assert!(value("--service").contains("web"), "{}", value("--service"));
    assert!(value("--network").contains("public"), "{}", value("--network"));
    assert!(!value("--network").contains("management"), "{}", value("--network"));
    assert!(value("--path").contains("client"), "{}", value("--path"));
}
