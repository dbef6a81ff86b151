//! Stacks as a user meets them: what can be set, text of a lab in their files, copies of one's own.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

/// A lab of two bare nodes.
fn bare() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["new", "mine", "--empty"]);
    sandbox
}

/// The lab with an address that keepalived moves, and more text.
fn with_address(more: &str) -> Sandbox {
    let sandbox = bare();
    let stack = "\n[address.web]\nnetwork = \"public\"\nip = \"192.168.0.100\"\n\n\
        [stack.vip]\nuse = \"keepalived\"\non = [\"node1\", \"node2\"]\nwith = { address = \"web\" }\n";
    let file = sandbox.read("mine/lab.toml") + stack + more;
    sandbox.write("mine/lab.toml", &file);
    sandbox
}

#[test]
fn an_empty_lab_is_right_and_says_how_to_go_on() {
    let sandbox = bare();
    assert_snapshot!(sandbox.run(&["check", "./mine"]), @r"
    ------- stderr -------
    mine is fine: 2 nodes, 1 network, 0 stacks
    [exit status: 0]
    ");
    sandbox.ok(&["up", "./mine"]);
    // What stands there as a comment is right, too.
    let file = sandbox.read("mine/lab.toml");
    let (head, tail) = file.split_once("#\n# [address.web]").unwrap();
    let tail: Vec<&str> = tail.lines().map(|line| line.trim_start_matches('#').trim_start()).collect();
    sandbox.write("mine/lab.toml", &format!("{head}\n[address.web]{}\n", tail.join("\n")));
    assert!(sandbox.run(&["check", "./mine"]).contains("mine is fine: 2 nodes, 1 network, 1 stack"));
    for words in
        [&["new"][..], &["new", "x", "--empty", "--from", "nginx-pair"], &["new", "x", "--into", "mine"]]
    {
        assert!(sandbox.run(words).ends_with("[exit status: 2]"), "{words:?}");
    }
}

#[test]
fn a_bundled_stack_is_copied_beside_a_lab_and_changed() {
    let sandbox = with_address("");
    assert_snapshot!(sandbox.run(&["new", "--stack", "keepalived", "--into", "mine"]), @r#"
    ------- stderr -------
    mine/templates/keepalived/ is a copy of the stack keepalived: in this lab `use = "keepalived"` is this one from now on
    change its stack.toml and its templates, then `lab check mine/` and `lab render NODE --lab mine/`
    [exit status: 0]
    "#);
    let conf = sandbox.read("mine/templates/keepalived/keepalived.conf");
    sandbox.write("mine/templates/keepalived/keepalived.conf", &format!("# Our own.\n{conf}"));
    assert!(sandbox.run(&["render", "node1", "--lab", "./mine"]).contains("\n# Our own.\n"));
    assert_snapshot!(sandbox.run(&["new", "--stack", "keepalived", "--into", "mine"]), @r#"
    ------- stderr -------
    error: mine/templates/keepalived is already there

    hint: give the copy a name of its own: `lab new NAME --stack keepalived`
    [exit status: 1]
    "#);
    // Under a name of its own it is beside the bundled one.
    assert_snapshot!(sandbox.run(&["new", "my-vrrp", "--stack", "keepalived", "--into", "mine"]), @r#"
    ------- stderr -------
    mine/templates/my-vrrp/ is a copy of the stack keepalived: a use in mine/lab.toml takes it with `use = "my-vrrp"`
    change its stack.toml and its templates, then `lab check mine/` and `lab render NODE --lab mine/`
    [exit status: 0]
    "#);
    let file = sandbox.read("mine/lab.toml").replace("use = \"keepalived\"", "use = \"my-vrrp\"");
    sandbox.write("mine/lab.toml", &file);
    let rendered = sandbox.run(&["render", "node1", "--lab", "./mine"]);
    assert!(rendered.contains("vrrp_instance web {") && !rendered.contains("# Our own."), "{rendered}");
    assert_snapshot!(sandbox.run(&["new", "--stack", "keepalive"]), @r#"
    ------- stderr -------
    error: there is no stack `keepalive`

    hint: did you mean `keepalived`?
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["new", "--stack", "keepalived"]), @r#"
    ------- stderr -------
    error: `.` is not the folder of a lab: it has no lab.toml

    hint: name the folder with `--into DIR`; `lab new --empty NAME` makes a lab of two bare nodes
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["new", "--stack", "keepalived/templates", "--into", "mine"]), @r#"
    ------- stderr -------
    error: there is no stack `keepalived/templates`

    hint: known: `asterisk`, `distance`, `drbd`, `echo`, `filesync`, `fixed-address`, `heartbeat`, `keepalived`, `lamp`, `lamp-local`, `mariadb-masters`, `nginx`, `prosody`, `router`, `shared-database`, `ucarp`
    [exit status: 6]
    "#);
}

#[test]
fn every_bundled_stack_can_be_copied_under_another_name() {
    let sandbox = bare();
    let stacks = sandbox.json(&["stack", "list", "--format", "json"]);
    let stacks = stacks["stacks"].as_array().unwrap();
    assert!(stacks.len() > 10 && stacks.iter().all(|stack| stack["bundled"] == true), "{stacks:?}");
    for stack in stacks {
        let stack = stack["stack"].as_str().unwrap();
        let own = format!("my-{stack}");
        sandbox.ok(&["new", &own, "--stack", stack, "--into", "mine"]);
        let shown = sandbox.json(&["stack", "show", &own, "--lab", "./mine", "--format", "json"]);
        assert_eq!(shown["stack"], own);
    }
    let listed = sandbox.run(&["stack", "list", "--lab", "./mine"]);
    assert!(listed.contains("\nmy-drbd") && listed.contains("(the lab's own)"), "{listed}");
    let left = fs_err::read_dir(sandbox.path().join("mine")).unwrap().flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".lab-new-")));
}

#[test]
fn what_can_be_set_of_a_stack_is_shown() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run(&["stack", "show", "ucarp"]));
    let shown = sandbox.json(&["stack", "show", "drbd", "--format", "json"]);
    assert_eq!(shown["several"], true);
    let place = shown["places"].as_array().unwrap().iter().find(|place| place["name"] == "resource").unwrap();
    assert_eq!(place["file"], "/etc/drbd.d/r0.res");
    assert_snapshot!(sandbox.run(&["stack", "show", "drdb"]), @r#"
    ------- stderr -------
    error: there is no stack `drdb`

    hint: did you mean `drbd`?
    [exit status: 6]
    "#);
}

#[test]
fn text_of_a_lab_stands_where_the_stack_has_a_place_for_it() {
    let extra = "\n[stack.vip.extra]\nglobal = \"    vrrp_skip_check_adv_addr\"\ninstance = \"\"\"\n    track_interface {\n        {{ eth9 }}\n    }\n\"\"\"\n";
    let sandbox = with_address(extra);
    let rendered = sandbox.run(&["render", "node2", "--lab", "./mine"]);
    for text in [
        "    enable_script_security\n    vrrp_skip_check_adv_addr\n}\n",
        // It is no template.
        "dev eth0\n    }\n    track_interface {\n        {{ eth9 }}\n    }\n}\n",
    ] {
        assert!(rendered.contains(text), "{rendered}");
    }
    // It belongs to the desired state: a running lab follows a change of it.
    sandbox.ok(&["up", "./mine"]);
    assert!(sandbox.run(&["plan", "./mine"]).contains("Nothing to do"));
    let file = sandbox.read("mine/lab.toml").replace("eth9", "eth8");
    sandbox.write("mine/lab.toml", &file);
    let plan = sandbox.run(&["plan", "./mine"]);
    for node in ["node1", "node2"] {
        let step = format!("  {node}  set up  /etc/keepalived/keepalived.conf: changed\n");
        assert!(plan.contains(&step), "{plan}");
    }
    sandbox.write("mine/lab.toml", &file.replace("global =", "globl ="));
    let checked = sandbox.run(&["check", "./mine"]);
    assert!(checked.contains("error: stack `keepalived` has no place `globl` for text"), "{checked}");
    assert!(
        checked.contains("did you mean `global`? Known: `end` (/etc/keepalived/keepalived.conf, "),
        "{checked}"
    );
}

/// The definition of a stack that says that several uses share its file.
const NOTES: &str = "schema = 1\nname = \"notes\"\ntitle = \"Notes\"\n[several]\n\
    [param.word]\ntype = \"text\"\ndoc = \"A word.\"\n\
    [extra.end]\nfile = \"/etc/notes\"\ndoc = \"at the end\"\n\
    [file.\"/etc/notes\"]\ntemplate = \"notes\"\n";

#[test]
fn several_uses_of_an_own_stack_write_one_text() {
    let sandbox = Sandbox::with_pair();
    let uses = "\n[stack.first]\nuse = \"notes\"\non = [\"one\"]\nwith = { word = \"a\" }\nextra = { end = \"c\" }\n\
        [stack.second]\nuse = \"notes\"\non = [\"two\", \"one\"]\nwith = { word = \"b\" }\n";
    sandbox.write("pair/lab.toml", &(sandbox.read("pair/lab.toml") + uses));
    sandbox.write("pair/templates/notes/stack.toml", NOTES);
    let all = "notes{% for use in uses %} {{ use.index }}:{{ use.name }}={{ use.param.word }}{% endfor %}\n\
        {%- for use in uses %}\n{{- use.extra.end }}\n{%- endfor %}\n";
    sandbox.write("pair/templates/notes/notes", all);
    assert!(sandbox.run(&["check", "./pair"]).contains("pair is fine"));
    let files =
        |node: &str| sandbox.json(&["render", node, "--lab", "./pair", "--format", "json"])["files"].clone();
    let content = |node: &str| {
        let files = files(node);
        assert_eq!(files.as_array().unwrap().len(), 1);
        files[0]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(content("one"), "notes 0:first=a 1:second=b\nc\n");
    assert_eq!(content("two"), "notes 1:second=b\n");
    // Each with a text of its own: one of them would be lost.
    sandbox.write("pair/templates/notes/notes", "note {{ param.word }}\n{{- extra.end }}\n");
    assert_snapshot!(sandbox.run(&["check", "./pair"]), @r#"
    ------- stderr -------
    error: the lab's stacks cannot be rendered
      caused by: `[stack.first]` and `[stack.second]` write different texts into `/etc/notes` of one: the file of one would be lost
    [exit status: 3]
    "#);
}

#[test]
fn two_addresses_and_two_mirrored_disks_come_up() {
    let sandbox = bare();
    let file = sandbox.read("mine/lab.toml");
    let disks = |line: &str| format!("{line}\ndisk.data = \"1GiB\"\ndisk.more = \"1GiB\"");
    let nodes: Vec<String> = file
        .lines()
        .map(|line| if line.starts_with("networks = ") { disks(line) } else { line.to_owned() })
        .collect();
    let stacks = r#"
[address.web]
network = "public"
ip = "192.168.0.100"
[address.mail]
network = "public"
ip = "192.168.0.99"
[address.files]
network = "public"
ip = "192.168.0.98"

[stack.web]
use = "keepalived"
on = ["node1", "node2"]
with = { address = "web" }
[stack.mail]
use = "keepalived"
on = ["node2", "node1"]
with = { address = "mail", router-id = 52 }

[stack.ha]
use = "heartbeat"
on = ["node1", "node2"]
with = { address = "files", paths = ["public"] }
[stack.data]
use = "drbd"
on = ["node1", "node2"]
with = { disk = "data", network = "public" }
[stack.more]
use = "drbd"
on = ["node1", "node2"]
with = { disk = "more", network = "public", port = 7790, folder = "/srv/more" }
"#;
    sandbox.write("mine/lab.toml", &(nodes.join("\n") + stacks));
    let checked = sandbox.run(&["check", "./mine"]);
    assert!(
        checked.contains("mine is fine: 2 nodes, 1 network, 5 stacks") && !checked.contains("warning"),
        "{checked}"
    );
    sandbox.ok(&["up", "./mine"]);
    let status = sandbox.json(&["status", "--format", "json"])["instances"][0].clone();
    assert_eq!(status["healthy"], true, "{status}");
    let rendered = sandbox.run(&["render", "node1", "--lab", "./mine"]);
    let group =
        "drbd::r0 mount::/dev/drbd0::/srv/data drbd::r1 mount::/dev/drbd1::/srv/more address::192.168.0.98";
    assert!(rendered.contains(group), "{rendered}");
}
