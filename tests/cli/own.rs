//! What a lab itself puts on its nodes.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

const OWN: &str = "
packages = [\"nginx-light\"]
files.\"/etc/app.conf\" = { source = \"files/app.conf\", template = true, mode = \"0640\", owner = \"root:adm\" }
files.\"/etc/motd\" = { content = \"hello\\n\" }
run = [\"files/setup.sh\", { script = \"files/compile.sh\", bake = true }]
";

/// The lab `pair` whose node `one` has files and scripts of the lab.
fn own() -> Sandbox {
    let sandbox = Sandbox::with_pair();
    let lab = sandbox.read("pair/lab.toml");
    sandbox.write("pair/lab.toml", &lab.replace("[node.two]", &format!("{OWN}\n[node.two]")));
    sandbox.write("pair/files/app.conf", "listen {{ node.nics.public.ip }} # {{ peers | length }} peer\n");
    sandbox.write("pair/files/setup.sh", "#!/bin/sh\nset -eu\nsystemctl reload nginx\n");
    sandbox.write("pair/files/compile.sh", "#!/bin/sh\nmake -C /usr/src/app");
    sandbox
}

#[test]
fn a_node_gets_files_and_scripts_of_its_own() {
    let sandbox = own();
    assert!(sandbox.run(&["check", "./pair"]).contains("pair is fine"));
    assert_snapshot!(sandbox.run(&["render", "one", "--lab", "./pair"]));
    assert_snapshot!(sandbox.run(&["render", "two", "--lab", "./pair"]), @"[exit status: 0]");
    assert_snapshot!(sandbox.run(&["plan", "./pair"]));
    sandbox.ok(&["up", "./pair"]);
    assert_snapshot!(sandbox.run(&["exec", "one", "--", "cat /etc/app.conf"]), @r"
    listen 192.168.0.101 # 1 peer
    [exit status: 0]
    ");
    assert!(sandbox.run(&["plan", "./pair"]).contains("Nothing to do"));
}

#[test]
fn a_changed_script_or_file_concerns_its_own_node_only() {
    let sandbox = own();
    sandbox.ok(&["up", "./pair"]);
    sandbox.write("pair/files/setup.sh", "#!/bin/sh\necho other\n");
    assert_snapshot!(sandbox.run(&["plan", "./pair"]), @r"
    Nodes
      one  set up  its set-up steps or health checks changed

    6 steps in 6 waves (those of a wave can run together)
       1  mark one as changing       its set-up steps or health checks changed
       2  define one                 so that its next start has its seed
       3  wait for one to answer     its set-up runs again
       4  update files of one        its set-up steps or health checks changed
       5  run files/setup.sh on one  one is set up
       6  mark one as configured     it is as the lab wants it
    [exit status: 0]
    ");
    sandbox.ok(&["up", "./pair"]);
    sandbox.write("pair/files/app.conf", "other\n");
    assert_snapshot!(sandbox.run(&["plan", "./pair"]), @r"
    Nodes
      one  set up  /etc/app.conf: changed

    7 steps in 7 waves (those of a wave can run together)
       1  mark one as changing       /etc/app.conf: changed
       2  write seed of one          /etc/app.conf: changed
       3  define one                 so that its next start has its seed
       4  wait for one to answer     its set-up runs again
       5  update files of one        /etc/app.conf: changed
       6  run files/setup.sh on one  one is set up
       7  mark one as configured     it is as the lab wants it
    [exit status: 0]
    ");
    // The image is another one, so the node has to be made again.
    sandbox.ok(&["up", "./pair"]);
    sandbox.write("pair/files/compile.sh", "#!/bin/sh\nmake -C /usr/src/other\n");
    assert_snapshot!(sandbox.run(&["up", "./pair"]), @r"
    ------- stderr -------
    error: disk one/system: image fd508cb57059 → image c6c4c1a38e4a would lose what is on it

    hint: `lab up --recreate one` rebuilds one and loses what is on its disks; `lab down` first starts over
    [exit status: 1]
    ");
}

#[test]
fn a_changed_script_makes_another_start() {
    let sandbox = own();
    sandbox.ok(&["up", "./pair"]);
    sandbox.ok(&["down"]);
    assert!(sandbox.run(&["plan", "./pair"]).contains("restore  from checkpoint"));
    sandbox.write("pair/files/setup.sh", "#!/bin/sh\necho other\n");
    let up = sandbox.run(&["up", "./pair"]);
    assert!(up.contains("its checkpoint is of another state: the lab's scripts on one"), "{up}");
}

#[test]
fn an_installed_lab_has_its_files() {
    let sandbox = own();
    sandbox.ok(&["install", "./pair", "--as", "mine"]);
    fs_err::remove_dir_all(sandbox.path().join("pair")).unwrap();
    let rendered = sandbox.run(&["render", "one", "--lab", "mine"]);
    assert!(
        rendered.contains("systemctl reload nginx") && rendered.contains("listen 192.168.0.101"),
        "{rendered}"
    );
}

#[test]
fn files_outside_of_the_lab_are_not_read() {
    let sandbox = own();
    sandbox.write("secret", "SECRET");
    fs_err::remove_file(sandbox.path().join("pair/files/app.conf")).unwrap();
    fs_err::os::unix::fs::symlink("../../secret", sandbox.path().join("pair/files/app.conf")).unwrap();
    assert_snapshot!(sandbox.run(&["check", "./pair"]), @r#"
    ------- stderr -------
    error: `files/app.conf` cannot be read
      --> pair/lab.toml:21:36
       |
    21 | files."/etc/app.conf" = { source = "files/app.conf", template = true, mode = "0640", owner = "root:adm" }
       |                                    ^^^^^^^^^^^^^^^^ `pair/files/app.conf` is a symbolic link, or is reached through one; put the file itself there

    1 error
    [exit status: 3]
    "#);
    fs_err::remove_file(sandbox.path().join("pair/files/app.conf")).unwrap();
    fs_err::write(sandbox.path().join("pair/files/app.conf"), [0xff]).unwrap();
    let said = sandbox.run(&["check", "./pair"]);
    assert!(said.contains("not UTF-8 text") && said.ends_with("[exit status: 3]"), "{said}");
    fs_err::remove_file(sandbox.path().join("pair/files/app.conf")).unwrap();
    assert_snapshot!(sandbox.run(&["check", "./pair"]), @r#"
    ------- stderr -------
    error: there is no file `files/app.conf` beside the lab
      --> pair/lab.toml:21:36
       |
    21 | files."/etc/app.conf" = { source = "files/app.conf", template = true, mode = "0640", owner = "root:adm" }
       |                                    ^^^^^^^^^^^^^^^^
       |
       = help: it would be `pair/files/app.conf`

    1 error
    [exit status: 3]
    "#);
    // From an editor, names refer to the folder of the lab.
    let text = sandbox.read("pair/lab.toml");
    sandbox.write("pair/files/app.conf", "x");
    let piped = sandbox
        .command(&["check", "-"])
        .current_dir(sandbox.path().join("pair"))
        .write_stdin(text.clone())
        .output();
    assert_eq!(piped.unwrap().status.code(), Some(0));
    let elsewhere = sandbox.command(&["check", "-"]).write_stdin(text).output().unwrap();
    assert_eq!(elsewhere.status.code(), Some(3));
}

#[test]
fn what_is_in_files_is_not_in_a_drawing() {
    let sandbox = own();
    sandbox.ok(&["up", "./pair"]);
    let drawn = sandbox.run(&["graph", "--format", "json"]);
    assert!(
        drawn.contains("\"one\"") && !drawn.contains("hello") && !drawn.contains("reload nginx"),
        "{drawn}"
    );
}
