//! What other users of the machine and the words of guests cannot do.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

/// Everything below a folder, with its mode.
fn below(folder: &Path, found: &mut Vec<(PathBuf, u32)>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs_err::symlink_metadata(&path).unwrap();
        found.push((path.clone(), metadata.permissions().mode() & 0o7777));
        if metadata.is_dir() {
            below(&path, found);
        }
    }
}

#[test]
fn what_a_drill_leaves_can_be_read_by_its_owner_only() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    // Its outcome is of no interest here.
    let _ = sandbox.run(&["drill", "run", "power-cut"]);
    sandbox.ok(&["fault", "inject", "node2", "pause"]);
    let state = sandbox.path().join("state");
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o7777;
    // Guests pass through these to their disks, and cannot list them.
    assert_eq!((mode(&state), mode(&state.join("instances"))), (0o711, 0o711));
    for folder in ["records", "operations"] {
        assert_eq!(mode(&state.join(folder)), 0o700, "{folder}");
    }
    let mut all = Vec::new();
    for folder in ["records", "operations", "instances"] {
        below(&state.join(folder), &mut all);
    }
    let names = all.iter().filter_map(|(path, _)| path.file_name()?.to_str());
    let names: Vec<&str> = names.collect();
    for name in [
        "record.jsonl",
        "events.jsonl",
        "operation.json",
        "journal.jsonl",
        "heal.json",
        "drbd-heartbeat.lock",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    let open = all.iter().filter(|(path, mode)| path.is_file() && mode & 0o077 != 0);
    let open: Vec<_> = open.collect();
    assert!(open.is_empty(), "others can read {open:#?}");
}

#[test]
#[ignore = "needs root: it acts as another user"]
fn another_user_cannot_hold_a_lock() {
    let sandbox = Sandbox::new();
    fs_err::set_permissions(sandbox.path(), PermissionsExt::from_mode(0o755)).unwrap();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    sandbox.ok(&["checkpoint", "save", "mine"]);
    let mut all = Vec::new();
    below(&sandbox.path().join("state"), &mut all);
    let locks = all.iter().filter(|(path, _)| path.components().any(|part| part.as_os_str() == ".lock"));
    let locks = locks.chain(all.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "lock")));
    let locks: Vec<&Path> = locks.map(|(path, _)| path.as_path()).filter(|path| path.is_file()).collect();
    assert!(!locks.is_empty(), "{all:#?}");
    for lock in locks {
        let tried = std::process::Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "flock", "--nonblock"])
            .arg(lock)
            .arg("true")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&tried.stderr);
        assert!(said.contains("Permission denied"), "{}: {said}", lock.display());
    }
}

#[test]
fn a_state_folder_in_which_others_can_write_is_refused() {
    let sandbox = Sandbox::new();
    fs_err::create_dir(sandbox.path().join("wide")).unwrap();
    fs_err::set_permissions(sandbox.path().join("wide"), PermissionsExt::from_mode(0o1777)).unwrap();
    for words in [["list"].as_slice(), &["up", "drbd-heartbeat"], &["doctor"], &["down"]] {
        let said = sandbox.run(&[words, &["--state", "wide"]].concat());
        assert!(said.contains("others can write into the state folder `wide` (its mode is 1777)"), "{said}");
        assert!(said.contains("`chmod go-w wide`") && said.contains("--state DIR"), "{said}");
        assert!(said.ends_with("[exit status: 2]"), "{said}");
    }
    assert!(sandbox.files("wide").is_empty());
}

#[test]
fn the_output_of_a_node_acts_on_a_terminal_only_if_it_is_wanted() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let word = "\u{1b}]0;title\u{7}\u{1b}[31mred\u{1b}[0m\u{1b}[6n";
    let words = |extra: &'static str| ["exec", "node1", extra, "--", "echo", word];
    let exec = |extra: &'static str| {
        let all = words(extra);
        all.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>()
    };
    // To a file or a pipe, all bytes go unchanged.
    let output = sandbox.command(&exec("")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{word}\n"));
    let on_a_terminal = |extra: &'static str| {
        let ready = sandbox.command(&exec(extra));
        let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_str().unwrap());
        let line: Vec<String> =
            std::iter::once(ready.get_program()).chain(ready.get_args()).map(quoted).collect();
        let mut command = std::process::Command::new("script");
        command.args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"]);
        command.env_clear().envs(ready.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.current_dir(sandbox.path()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(on_a_terminal("").trim_end(), "\u{1b}[31mred\u{1b}[0m");
    assert_eq!(on_a_terminal("--raw").trim_end(), word);
}

#[test]
fn words_in_files_and_arguments_do_not_act_on_the_terminal() {
    let sandbox = Sandbox::with_pair();
    let lab = sandbox.read("pair/lab.toml");
    let evil = r#"title = "A \u001b]0;pair\u0007 \u009b2J \u202e""#;
    sandbox.write("pair/lab.toml", &lab.replace(r#"title = "Two nodes on two networks""#, evil));
    for words in [
        ["up", "pair"].as_slice(),
        &["status"],
        &["check", "pair"],
        &["graph", "pair"],
        &["status", "--format", "json"],
        &["down"],
    ] {
        let output = sandbox.command(words).arg("--color=always").output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let acts = |sign: char| (sign.is_control() && !"\n\t\u{1b}".contains(sign)) || sign == '\u{202e}';
        assert!(!text.contains(acts), "{words:?}: {text:?}");
        // The program's own colours.
        let plain = |part: &str| part.starts_with('[') && part.contains('m');
        assert!(text.split('\u{1b}').skip(1).all(plain), "{words:?}: {text:?}");
    }
}
