//! Folders whose author means harm: what they name is not read, not written and not quoted.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use rustix::fs::{CWD, FileType, mknodat};

use crate::sandbox::Sandbox;

/// What no command may print or copy.
const CANARY: &str = "canary-of-root-7c1f";

/// The lab `pair` with a stack `page` on its first node, and a secret beside its folder.
struct Hostile {
    sandbox: Sandbox,
}

const STACK: &str = "schema = 1\nname = \"page\"\ntitle = \"t\"\n";

impl Hostile {
    fn new() -> Self {
        let sandbox = Sandbox::with_pair();
        sandbox.write("secret.toml", &format!("{CANARY} = {CANARY}\n"));
        let secret = sandbox.path().join("secret.toml");
        fs_err::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
        let lab = sandbox.read("pair/lab.toml");
        sandbox.write("pair/lab.toml", &format!("{lab}\n[stack.page]\nuse = \"page\"\non = [\"one\"]\n"));
        let hostile = Self { sandbox };
        hostile.stack("");
        hostile
    }

    /// Writes the stack's definition with these lines.
    fn stack(&self, lines: &str) {
        self.sandbox.write("pair/templates/page/stack.toml", &format!("{STACK}{lines}"));
    }

    fn path(&self, path: &str) -> PathBuf {
        self.sandbox.path().join(path)
    }

    /// Replaces a file of the lab by a link.
    fn link(&self, target: &str, path: &str) {
        let _ = fs_err::remove_file(self.path(path));
        let _ = fs_err::remove_dir_all(self.path(path));
        symlink(target, self.path(path)).unwrap();
    }

    /// Every command that reads the lab refuses it, with one of these words, and shows no secret.
    #[track_caller]
    fn refused(&self, words: &str) {
        for command in [
            ["check", "./pair"].as_slice(),
            &["plan", "./pair"],
            &["render", "one", "--lab", "./pair"],
            &["up", "./pair"],
            &["install", "./pair"],
        ] {
            let said = self.sandbox.run(command);
            assert!(!said.contains(CANARY), "{command:?}: {said}");
            assert!(said.contains(words), "{command:?}: {said}");
            assert!(!said.ends_with("[exit status: 0]") && !said.contains("panicked"), "{command:?}: {said}");
        }
        assert!(self.sandbox.files("state/instances").is_empty(), "nothing was brought up");
        assert!(self.sandbox.files("state/catalog/labs").is_empty(), "nothing was installed");
    }
}

#[test]
fn a_sound_lab_is_what_the_others_are_compared_with() {
    let hostile = Hostile::new();
    hostile.stack("[file.\"/etc/page\"]\ntemplate = \"page\"\n");
    hostile.sandbox.write("pair/templates/page/page", "{{ node.name }}\n");
    hostile.sandbox.ok(&["check", "./pair"]);
    hostile.sandbox.ok(&["up", "./pair"]);
    hostile.sandbox.ok(&["install", "./pair"]);
}

#[test]
fn a_stack_names_no_file_outside() {
    let hostile = Hostile::new();
    let secret = hostile.path("secret.toml").display().to_string();
    for path in [
        "../../../secret.toml",
        "../page/../../../secret.toml",
        "..//page/x",
        "../..",
        "www/../../../../secret.toml",
        "/etc/passwd",
        secret.as_str(),
        "./secret",
        "-x",
        "",
    ] {
        for line in [
            format!("bake = \"{path}\"\n"),
            format!("[file.\"/etc/page\"]\ntemplate = \"{path}\"\n"),
            format!("[[step]]\nid = \"go\"\ntitle = \"t\"\nscript = \"{path}\"\n"),
            format!("[[health]]\nid = \"go\"\ntitle = \"t\"\nscript = \"{path}\"\n"),
        ] {
            hostile.stack(&line);
            let said = hostile.sandbox.run(&["check", "./pair"]);
            assert!(
                said.contains("is not a file of a stack") && said.contains("stack.toml:"),
                "{line}: {said}"
            );
            assert!(said.contains("help: write a name such as"), "{said}");
        }
    }
    hostile.refused("is not a file of a stack");
}

#[test]
fn links_are_not_followed() {
    let hostile = Hostile::new();
    hostile.stack("[file.\"/etc/page\"]\ntemplate = \"page\"\n");
    hostile.link("../../../secret.toml", "pair/templates/page/page");
    hostile.refused("is a symbolic link");
    hostile.link("../../../secret.toml", "pair/templates/page/stack.toml");
    hostile.refused("is a symbolic link");

    let hostile = Hostile::new();
    fs_err::create_dir_all(hostile.path("else/page")).unwrap();
    fs_err::copy(hostile.path("secret.toml"), hostile.path("else/page/stack.toml")).unwrap();
    hostile.link("../else", "pair/templates");
    hostile.refused("is a symbolic link, or is reached through one");

    let hostile = Hostile::new();
    hostile.link("../../secret.toml", "pair/images/tiny.toml");
    hostile.refused("is a symbolic link");

    let hostile = Hostile::new();
    hostile.link("../secret.toml", "pair/lab.toml");
    hostile.refused("is a symbolic link");

    let hostile = Hostile::new();
    fs_err::create_dir_all(hostile.path("pair/drills")).unwrap();
    hostile.link("../../secret.toml", "pair/drills/power-cut.toml");
    for command in [["check", "./pair"].as_slice(), &["up", "./pair"], &["drill", "list", "./pair"]] {
        let said = hostile.sandbox.run(command);
        assert!(!said.contains(CANARY) && said.contains("is a symbolic link"), "{command:?}: {said}");
    }
    hostile.link("secret.toml", "drill.toml");
    let said = hostile.sandbox.run(&["drill", "run", "./drill.toml"]);
    assert!(!said.contains(CANARY) && said.contains("is a symbolic link"), "{said}");
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    for path in ["pair/lab.toml", "pair/templates/page/stack.toml", "pair/images/tiny.toml"] {
        let hostile = Hostile::new();
        fs_err::remove_file(hostile.path(path)).unwrap();
        mknodat(CWD, hostile.path(path), FileType::Fifo, 0o644.into(), 0).unwrap();
        hostile.refused("is not a regular file");
        fs_err::remove_file(hostile.path(path)).unwrap();
        fs_err::create_dir(hostile.path(path)).unwrap();
        hostile.refused(if path.contains("images") { "there is no image" } else { "is not a regular file" });
    }
}

#[test]
fn a_file_without_end_is_not_read() {
    let hostile = Hostile::new();
    fs_err::File::create(hostile.path("pair/lab.toml")).unwrap().set_len(1 << 40).unwrap();
    hostile.refused("the limit is 1048576");
}

#[test]
fn what_others_can_write_is_checked_and_not_brought_up() {
    for (path, mode) in [
        ("pair/lab.toml", 0o666),
        ("pair/templates/page/stack.toml", 0o646),
        ("pair/images/tiny.toml", 0o666),
        ("pair/templates/page", 0o777),
        ("pair", 0o777),
        ("pair", 0o1777),
    ] {
        let hostile = Hostile::new();
        fs_err::set_permissions(hostile.path(path), PermissionsExt::from_mode(mode)).unwrap();
        for command in [["check", "./pair"].as_slice(), &["plan", "./pair"], &["graph", "./pair"]] {
            let said = hostile.sandbox.run(command);
            assert!(said.ends_with("[exit status: 0]"), "reading it is safe: {said}");
        }
        for command in
            [["up", "./pair"].as_slice(), &["install", "./pair"], &["up", "./pair", "--copies", "2"]]
        {
            let said = hostile.sandbox.run(command);
            assert!(
                said.contains("every user can write `") && said.contains("`chmod go-w '"),
                "{path}: {said}"
            );
            assert!(said.contains(&format!("mode {mode:04o}")), "{said}");
            assert!(said.ends_with("[exit status: 3]"), "{said}");
        }
        assert!(hostile.sandbox.files("state/instances").is_empty());
    }
}

#[test]
#[ignore = "needs root, to give files away"]
fn the_lab_of_another_user_is_checked_and_not_brought_up() {
    let hostile = Hostile::new();
    let chown =
        |path: &str, user| std::os::unix::fs::chown(hostile.path(path), Some(user), Some(user)).unwrap();
    chown("pair/lab.toml", 1234);
    hostile.sandbox.ok(&["check", "./pair"]);
    let said = hostile.sandbox.run(&["up", "./pair"]);
    assert!(said.contains("belongs to user 1234, and not to root"), "{said}");
    // sudo says for whom it runs: the lab of that user is no stranger's.
    let up = |user: &str| hostile.sandbox.command(&["up", "./pair"]).env("SUDO_UID", user).output().unwrap();
    assert!(up("1234").status.success());
    let other = up("1235");
    assert_eq!(other.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&other.stderr).contains("neither to root nor to user 1235"));
}

#[test]
fn a_folder_here_does_not_take_the_place_of_a_bundled_lab() {
    let sandbox = Sandbox::with_pair();
    sandbox.write("drbd-heartbeat/lab.toml", &sandbox.read("pair/lab.toml"));
    sandbox.write("drbd-heartbeat/images/tiny.toml", &sandbox.read("pair/images/tiny.toml"));
    let said = sandbox.run(&["check", "drbd-heartbeat"]);
    assert!(said.contains("drbd-heartbeat is fine") && !said.contains("pair"), "{said}");
    let unknown = sandbox.run(&["up", "pair"]);
    assert!(unknown.contains("write `./pair` for the folder here"), "{unknown}");
    assert!(unknown.ends_with("[exit status: 6]"), "{unknown}");
    // An instance of a folder stays one, although a bundled lab has its name.
    sandbox.ok(&["up", "./drbd-heartbeat", "--as", "drbd-heartbeat"]);
    assert!(sandbox.run(&["up", "drbd-heartbeat"]).contains("nothing to do"));
}

#[test]
fn the_lab_of_the_current_folder_is_named() {
    let sandbox = Sandbox::with_pair();
    sandbox.write("lab.toml", &sandbox.read("pair/lab.toml"));
    sandbox.write("images/tiny.toml", &sandbox.read("pair/images/tiny.toml"));
    let said = sandbox.run(&["up"]);
    assert!(said.contains("using $SANDBOX/lab.toml") && said.contains("pair is up"), "{said}");
}

#[test]
fn words_for_other_programs_are_refused_where_they_are_written() {
    let hostile = Hostile::new();
    for (line, kind) in [
        ("packages = [\"-oAPT::Update::Pre-Invoke::=id\"]\n", "the name of a package"),
        ("packages = [\"nginx-\"]\n", "the name of a package"),
        ("requires = [\"../x\"]\n", "a name"),
        ("[file.\"/../../x\"]\ntemplate = \"x\"\n", "a path for a file in a guest"),
        ("[file.\"etc/x\"]\ntemplate = \"x\"\n", "a path for a file in a guest"),
        ("[file.\"/etc/halab/nics\"]\ntemplate = \"x\"\n", "a path for a file in a guest"),
        ("[file.\"/etc/a\\nb\"]\ntemplate = \"x\"\n", "a path for a file in a guest"),
        ("[file.\"/etc/x\"]\ntemplate = \"x\"\nowner = \"root:root;id\"\n", "an owner and a group"),
        ("[service.web]\nunit = \"--now\"\n", "the name of a unit"),
        ("[[step]]\nid = \"../../x\"\ntitle = \"t\"\nscript = \"x\"\n", "a name"),
        ("[[log]]\nunit = \"-x\"\npattern = \"a b\"\nmeans = \"elected\"\n", "the name of a unit"),
        (
            "[param.a]\ntype = \"address\"\ndoc = \"d\"\n[[health]]\nid = \"x\"\ntitle = \"t\"\n\
             http = { address = \"a\", path = \"/ HTTP/1.0\\r\\nX: y\", expect = \"x\" }\n",
            "the path of a request",
        ),
    ] {
        hostile.stack(line);
        let said = hostile.sandbox.run(&["check", "./pair"]);
        assert!(said.contains(&format!("is not {kind}")), "{line}: {said}");
        assert!(said.contains("pair/templates/page/stack.toml:"), "{said}");
        assert!(said.ends_with("[exit status: 3]"), "{said}");
    }
    let tiny = hostile.sandbox.read("pair/images/tiny.toml");
    hostile.stack("");
    for (from, to, kind) in [
        ("bookworm", "--setup-hook=id", "the name of a suite"),
        ("linux-image-cloud-amd64", "-y", "the name of a package"),
        ("[built]\n", "[built]\nmirror = \"copy:/root\"\n", "the URL of an archive"),
        ("[built]\n", "[built]\nkeyring = \"../x.gpg\"\n", "the path of a keyring"),
        ("[built]\n", "[built]\ncomponents = [\"main [trusted=yes]\"]\n", "the name of a component"),
        ("[built]\n", "[built]\nstacks = [\"../x\"]\n", "a name"),
    ] {
        hostile.sandbox.write("pair/images/tiny.toml", &tiny.replace(from, to));
        let said = hostile.sandbox.run(&["check", "./pair"]);
        assert!(
            said.contains(&format!("is not {kind}")) && said.contains("pair/images/tiny.toml:"),
            "{said}"
        );
    }
    let user = hostile.sandbox.run(&["image", "add", "x", "--file", "secret.toml", "--user=-x"]);
    assert!(user.contains("is not the name of a user"), "{user}");
}

#[test]
fn a_script_is_checked_by_its_use() {
    let hostile = Hostile::new();
    hostile.stack("[[step]]\nid = \"go\"\ntitle = \"t\"\nscript = \"go\"\n");
    for (script, why) in [
        ("echo \"{{ lab.title }}\"\n", "a value inside quotes"),
        ("echo {{ lab.title | safe }}\n", "would execute it"),
        ("echo \\{{ lab.title }}\n", "a backslash before a tag"),
        ("echo `echo {{ lab.title }}`\n", "a value inside quotes"),
    ] {
        hostile.sandbox.write("pair/templates/page/go", script);
        let said = hostile.sandbox.run(&["check", "./pair"]);
        assert!(said.contains(why) && said.contains("pair/templates/page/go:1:"), "{script}: {said}");
    }
}

#[test]
fn rendered_files_stay_in_their_folder() {
    let hostile = Hostile::new();
    hostile.stack("[file.\"/etc/page\"]\ntemplate = \"page\"\n[file.\"/srv/page\"]\ntemplate = \"page\"\n");
    hostile.sandbox.write("pair/templates/page/page", "rendered\n");
    let words = ["render", "one", "--lab", "./pair", "--output", "out"];
    fs_err::create_dir_all(hostile.path("out/files/etc")).unwrap();
    // A file that is there already is a link: it is replaced, and its target stays.
    hostile.link("../../../secret.toml", "out/files/etc/page");
    hostile.sandbox.ok(&words);
    assert_eq!(hostile.sandbox.read("out/files/etc/page"), "rendered\n");
    assert!(hostile.sandbox.read("secret.toml").contains(CANARY));
    // A folder on the way is a link: nothing is written behind it.
    fs_err::create_dir(hostile.path("elsewhere")).unwrap();
    hostile.link("../../elsewhere", "out/files/srv");
    let said = hostile.sandbox.run(&words);
    assert!(said.contains("the files cannot be written") && !said.ends_with("[exit status: 0]"), "{said}");
    assert!(hostile.sandbox.files("elsewhere").is_empty());
}

#[test]
fn an_installed_lab_is_a_copy_that_is_found_by_name() {
    let hostile = Hostile::new();
    hostile.stack("[file.\"/etc/page\"]\ntemplate = \"page\"\n");
    hostile.sandbox.write("pair/templates/page/page", "one\n");
    let sandbox = &hostile.sandbox;
    assert!(sandbox.run(&["install", "pair"]).contains("write `./pair` for the folder here"));
    assert!(
        sandbox.run(&["install", "./pair", "--as", "drbd-heartbeat"]).contains("a bundled lab has the name")
    );
    let said = sandbox.run(&["install", "./pair", "--as", "exercise"]);
    assert!(said.contains("exercise is installed") && said.ends_with("[exit status: 0]"), "{said}");
    assert!(
        sandbox.run(&["install", "./pair", "--as", "exercise"]).contains("an installed lab has the name")
    );
    assert!(sandbox.run(&["list", "--bundled"]).contains("exercise"));
    // The folder changes, the installed lab does not.
    sandbox.write("pair/templates/page/page", "two\n");
    sandbox.ok(&["up", "exercise"]);
    let rendered = sandbox.run(&["render", "one", "--lab", "exercise"]);
    assert!(rendered.contains("one\n") && !rendered.contains("two\n"), "{rendered}");
    assert!(sandbox.run(&["up", "exercise"]).contains("nothing to do"));
    sandbox.ok(&["down", "exercise"]);
    sandbox.ok(&["uninstall", "exercise"]);
    assert!(sandbox.run(&["up", "exercise"]).contains("there is no lab `exercise`"));
    assert!(sandbox.run(&["uninstall", "exercise"]).ends_with("[exit status: 6]"));
}
