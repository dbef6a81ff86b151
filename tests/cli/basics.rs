//! Commands that need no lab: errors of the command line, empty lists, completions, manual pages.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn wrong_words_end_with_2() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run(&["lisst"]), @r#"
    ------- stderr -------
    error: there is no command `lisst`

    hint: did you mean `lab list`?
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["list", "--frmat", "json"]), @r#"
    ------- stderr -------
    error: unexpected argument '--frmat' found

      tip: a similar argument exists: '--format'

    Usage: lab list --format <FORMAT> [INSTANCE]...

    For more information, try '--help'.
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["new", "Web"]), @r#"
    ------- stderr -------
    error: invalid value 'Web' for '[NAME]': `W` cannot be in a name: use lowercase letters, digits and `-`, starting with a letter

    For more information, try '--help'.
    [exit status: 2]
    "#);
}

#[test]
fn nothing_stands() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run(&["list"]), @r#"
    ------- stderr -------
    there are no instances
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["list", "--format", "json"]), @r#"
    {
      "version": 1,
      "instances": []
    }
    ------- stderr -------
    there are no instances
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["list", "-q"]), @"[exit status: 0]");
}

#[test]
fn completion_scripts_are_printed() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish"] {
        assert!(sandbox.run(&["completions", shell]).contains("COMPLETE"), "{shell}");
        assert!(sandbox.run(&["completions", shell, "--static"]).contains("doctor"), "{shell}");
    }
}

#[test]
fn commands_are_completed() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.complete(&["doc"]), @"doctor");
}

#[test]
fn manual_pages_are_written() {
    let sandbox = Sandbox::new();
    assert!(sandbox.run(&["man", "--output", "man"]).ends_with("[exit status: 0]"));
    let page = fs_err::read_to_string(sandbox.path().join("man/lab.1")).unwrap();
    assert!(page.contains("Exit status:"), "{page}");
    assert!(sandbox.path().join("man/lab-list.1").exists());
}

#[test]
fn the_doctor_names_what_is_missing_and_how_to_get_it() {
    let sandbox = Sandbox::new();
    let output = sandbox.command(&["doctor", "--format", "json"]).env("PATH", "/nowhere").output().unwrap();
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let missing =
        findings["findings"].as_array().unwrap().iter().find(|f| f["what"] == "mmdebstrap").unwrap();
    assert_eq!(missing["standing"], "missing");
    assert_eq!(missing["advice"], "needed for building images; `apt-get install mmdebstrap`");
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn the_doctor_names_libraries_and_packages_that_no_security_team_supports() {
    let sandbox = Sandbox::new();
    let programs = sandbox.path().join("programs");
    fs_err::create_dir(&programs).unwrap();
    for (program, version) in
        [("qemu-system-x86_64", "10.0.2+ds-2+deb13u1~bpo12+1"), ("qemu-img", "10.0.2+ds-2")]
    {
        let text = format!("#!/bin/sh\necho 'version 10.0.2 (Debian 1:{version})'\n");
        fs_err::write(programs.join(program), text).unwrap();
        fs_err::set_permissions(programs.join(program), PermissionsExt::from_mode(0o755)).unwrap();
    }
    let output = sandbox.command(&["doctor", "--format", "json"]).env("PATH", &programs).output().unwrap();
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = findings["findings"].as_array().unwrap();
    let finding = |what: &str| findings.iter().find(|finding| finding["what"] == what).unwrap();
    assert_eq!(finding("qemu-system-x86_64")["standing"], "poor");
    assert!(finding("qemu-system-x86_64")["advice"].as_str().unwrap().contains("use Debian 13"));
    assert_eq!(finding("qemu-img")["standing"], "good");
    assert!(finding("libssh2")["found"].as_str().unwrap().starts_with("1."));
    assert!(finding("OpenSSL")["found"].as_str().unwrap().starts_with("OpenSSL "));
}

#[test]
fn a_reader_that_left_is_not_complained_about() {
    let sandbox = Sandbox::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let program = sandbox.command(&[]).get_program().to_owned();
    let output = std::process::Command::new(program)
        .args(["completions", "bash"])
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn words_that_are_not_utf_8_are_answered() {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::new();
    let odd = std::ffi::OsStr::from_bytes(b"\xff");
    for words in [["check"].as_slice(), &["up"], &["drill", "run"], &["client", "--"], &["--color"]] {
        let output = sandbox.command(words).arg(odd).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code().is_some_and(|code| code != 101 && code != 0), "{words:?}: {said}");
        assert!(!said.contains("panicked") && !said.is_empty(), "{words:?}: {said}");
    }
}
