//! Commands that read lab files and change nothing.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn a_good_lab_is_fine() {
    let sandbox = Sandbox::with_pair();
    assert_snapshot!(sandbox.run(&["check", "./pair"]), @r#"
    ------- stderr -------
    pair is fine: 2 nodes, 2 networks, 0 stacks
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["check", "pair/lab.toml", "--format", "json", "-q"]), @r#"
    {
      "version": 1,
      "problems": []
    }
    [exit status: 0]
    "#);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let sandbox = Sandbox::with_pair();
    sandbox.write(
        "pair/lab.toml",
        "\
schema = 1
name = \"pair\"

[network.public]
subnet = \"192.168.0.0/24\"

[node.one]
image = \"tinny\"
networks = { pubic = \"192.168.0.101\" }

[address.web]
network = \"public\"
ip = \"10.0.0.1\"
",
    );
    assert_snapshot!(sandbox.run(&["check", "./pair"]), @r#"
    ------- stderr -------
    error: there is no image `tinny`
     --> pair/lab.toml:8:9
      |
    8 | image = "tinny"
      |         ^^^^^^^ unknown image
      |
      = help: did you mean `tiny`?

    error: there is no network `pubic`
     --> pair/lab.toml:9:14
      |
    9 | networks = { pubic = "192.168.0.101" }
      |              ^^^^^ unknown network
      |
      = help: did you mean `public`?

    error: the virtual address `web` has an address outside its network
      --> pair/lab.toml:13:6
       |
     5 | subnet = "192.168.0.0/24"
       |          ---------------- the addresses of `public`
    ...
    13 | ip = "10.0.0.1"
       |      ^^^^^^^^^^ not in 192.168.0.0/24

    3 errors
    [exit status: 3]
    "#);
    let output = sandbox.command(&["check", "./pair", "--format", "json"]).output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = &found["problems"];
    assert_eq!(found.as_array().unwrap().len(), 3);
    assert_eq!(found[0]["file"], "pair/lab.toml");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn what_is_wrong_with_a_stack_or_an_image_is_shown_in_its_file() {
    let sandbox = Sandbox::with_pair();
    let lab = fs_err::read_to_string(sandbox.path().join("pair/lab.toml")).unwrap();
    let used = format!("{lab}\n[stack.page]\nuse = \"page\"\non = [\"one\"]\n");
    sandbox.write("pair/lab.toml", &used);
    let file = "schema = 1\nname = \"page\"\ntitle = \"t\"\n[file.\"/page\"]\ntemplate = \"page\"\n";
    sandbox.write("pair/templates/page/stack.toml", file);
    sandbox.write("pair/templates/page/page", "{{ nod.name }}\n");
    assert_snapshot!(sandbox.run(&["check", "./pair"]));

    sandbox.write("pair/lab.toml", &lab.replace("\"tiny\"", "\"mine\""));
    sandbox.write("pair/images/mine.toml", "schema = 1\ntitle = \"t\"\nsupport-end = \"2026-08-31\"\n");
    assert_snapshot!(sandbox.run(&["check", "./pair"]));
}

#[test]
fn an_image_without_updates_is_warned_of() {
    let sandbox = Sandbox::with_pair();
    let lab = fs_err::read_to_string(sandbox.path().join("pair/lab.toml")).unwrap();
    sandbox.write("pair/lab.toml", &lab.replace("\"tiny\"", "\"old\""));
    let tiny = fs_err::read_to_string(sandbox.path().join("pair/images/tiny.toml")).unwrap();
    let (schema, rest) = tiny.split_once('\n').unwrap();
    for (day, warns) in [("2020-01-31", true), ("2999-01-31", false)] {
        sandbox.write("pair/images/old.toml", &format!("{schema}\nsupport-ends = \"{day}\"\n{rest}"));
        let said = sandbox.run(&["check", "./pair"]);
        assert!(said.ends_with("[exit status: 0]"), "{said}");
        assert_eq!(said.contains("`old` gets no security updates any more"), warns, "{said}");
    }
    // An image that the command line chooses is shown there.
    sandbox.write("pair/images/old.toml", &format!("{schema}\nsupport-ends = \"2020-01-31\"\n{rest}"));
    sandbox.write("pair/lab.toml", &lab);
    assert_snapshot!(sandbox.run(&["check", "./pair", "--set", "image=old"]), @"
    ------- stderr -------
    warning: `old` gets no security updates any more
     --> --set:1:7
      |
    1 | image=old
      |       ^^^ its support ended on $DAY
      |
      = help: keep what runs on it to the lab's own networks

    pair is fine: 2 nodes, 2 networks, 0 stacks
    [exit status: 0]
    ");
}

#[test]
fn labs_that_are_not_there() {
    let sandbox = Sandbox::with_pair();
    assert_snapshot!(sandbox.run(&["check", "pear"]), @r#"
    ------- stderr -------
    error: there is no lab `pear`, bundled or installed

    hint: known: `drbd-heartbeat`, `nginx-cluster`, `nginx-pair`, `redundant-web`, `single-server`, `ucarp-rsync`, `voip-cluster`
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["check"]), @r#"
    ------- stderr -------
    error: the folder `.` has no lab.toml

    hint: name the folder of a lab, a lab file, or a bundled or an installed lab
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["graph"]), @r#"
    ------- stderr -------
    error: there are no instances

    hint: there is no state folder $SANDBOX/state yet

    hint: `lab up LAB` brings one up; `lab list --bundled` shows which labs there are
    [exit status: 6]
    "#);
}

#[test]
fn a_lab_is_drawn() {
    let sandbox = Sandbox::with_pair();
    assert_snapshot!(sandbox.run(&["graph", "./pair"]), @r#"
    pair: Two nodes on two networks

    network public  192.168.0.0/24
    ├─ 192.168.0.101  one      eth0
    ├─ 192.168.0.102  two      eth0
    └─ 192.168.0.254  clients  `lab client`

    network replication  10.10.0.0/24
    ├─ 10.10.0.1    one      eth1
    ├─ 10.10.0.2    two      eth1
    └─ 10.10.0.254  clients  `lab client`

    node one  tiny  128MiB  1 processor
    └─ disk  data  1GiB at /dev/vdb

    node two  tiny  128MiB  1 processor
    └─ disk  data  1GiB at /dev/vdb
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["graph", "./pair", "--format", "dot"]), @r#"
    graph "pair" {
      rankdir=LR;
      node [fontname="sans-serif"];
      "net public" [shape=ellipse, label="public\n192.168.0.0/24"];
      "net replication" [shape=ellipse, label="replication\n10.10.0.0/24"];
      "one" [shape=box, label="one\ntiny\ndata 1GiB"];
      "two" [shape=box, label="two\ntiny\ndata 1GiB"];
      "one" -- "net public" [label="eth0 192.168.0.101"];
      "one" -- "net replication" [label="eth1 10.10.0.1"];
      "two" -- "net public" [label="eth0 192.168.0.102"];
      "two" -- "net replication" [label="eth1 10.10.0.2"];
    }
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["graph", "./pair", "--format", "mermaid"]), @r#"
    flowchart LR
      net_public(["public<br/>192.168.0.0/24"])
      net_replication(["replication<br/>10.10.0.0/24"])
      node_one["one<br/>tiny"]
      node_one ---|192.168.0.101| net_public
      node_one ---|10.10.0.1| net_replication
      node_two["two<br/>tiny"]
      node_two ---|192.168.0.102| net_public
      node_two ---|10.10.0.2| net_replication
    [exit status: 0]
    "#);
    assert_eq!(sandbox.json(&["graph", "./pair", "--format", "json"])["nodes"][1]["name"], "two");
}

#[test]
fn schemas_are_json() {
    let sandbox = Sandbox::new();
    for kind in ["lab", "stack"] {
        let schema = sandbox.json(&["schema", kind]);
        assert!(schema["properties"]["schema"].is_object(), "{kind}: {schema}");
    }
}
