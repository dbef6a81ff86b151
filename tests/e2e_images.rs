//! Builds images with the real mmdebstrap, by the command as a user runs it.

use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The smallest possible set of packages: those that boot, and those that the set-up requires.
const SMALL: &str = "\
schema = 1
title = 'As small as can be'
[built]
suite = 'bookworm'
root-size = '1GiB'
packages = ['linux-image-cloud-amd64', 'systemd-sysv', 'udev', 'busybox-static']
";

/// The time limit of each step: a whole build, on a busy machine.
const LIMIT: Duration = Duration::from_secs(600);

/// A state folder with recipes only.
struct Workshop {
    folder: tempfile::TempDir,
}

impl Workshop {
    fn enter() -> Self {
        assert!(rustix::process::geteuid().is_root(), "images are built by root: sudo make test");
        // Not in /tmp, which may be in memory, or mounted so that no device can be made on it.
        Self { folder: tempfile::tempdir_in("/var/tmp").unwrap() }
    }

    fn recipe(&self, name: &str, text: &str) {
        let folder = self.folder.path().join("catalog/images");
        fs_err::create_dir_all(&folder).unwrap();
        fs_err::write(folder.join(name).with_extension("toml"), text).unwrap();
    }

    fn start(&self, name: &str) -> Child {
        self.build(&[name])
    }

    /// Starts `lab image build` with these arguments.
    fn build(&self, what: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(["image", "build", "-v"])
            .args(what)
            .env("HALAB_STATE", self.folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Kills a build once a file of this name exists where builds work.
    fn kill_at(&self, name: &str, is_there: &str) {
        let mut build = self.start(name);
        let end = Instant::now() + LIMIT;
        while !self.works().iter().any(|work| work.join(is_there).exists()) {
            assert!(
                Instant::now() < end && build.try_wait().unwrap().is_none(),
                "no {is_there} in {:?}",
                self.works()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        build.kill().unwrap();
        build.wait().unwrap();
    }

    fn images(&self) -> PathBuf {
        self.folder.path().join("images")
    }

    /// The unfinished work, also of a builder that was killed.
    fn works(&self) -> Vec<PathBuf> {
        entries(&self.images().join(".work"))
    }

    /// The existing images.
    fn stored(&self) -> Vec<PathBuf> {
        let mut found = entries(&self.images());
        found.retain(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'));
        found
    }

    /// Waits until no program of a build runs any more.
    fn wait_for_quiet(&self) {
        let (marker, end) =
            (self.folder.path().display().to_string(), Instant::now() + Duration::from_secs(20));
        while running(&marker) {
            assert!(Instant::now() < end, "a killed build goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs_err::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// Whether a process has the marker in its command line or among its mounts.
fn running(marker: &str) -> bool {
    let files = entries(Path::new("/proc"))
        .into_iter()
        .flat_map(|process| ["cmdline", "mountinfo"].map(|file| fs_err::read(process.join(file)).ok()));
    files.flatten().any(|text| String::from_utf8_lossy(&text).contains(marker))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
#[ignore = "needs root and a Debian archive"]
fn killed_builds_and_then_two_at_once() {
    let workshop = Workshop::enter();
    workshop.recipe("small", SMALL);

    // Killed during the installation of packages, and again when only the disk is missing.
    workshop.kill_at("small", "base/root/usr/bin/apt-get");
    workshop.wait_for_quiet();
    assert_eq!(workshop.stored(), Vec::<PathBuf>::new());
    assert_eq!(entries(&workshop.images().join(".roots")), Vec::<PathBuf>::new());
    workshop.kill_at("small", "out/vmlinux");
    workshop.wait_for_quiet();
    assert_eq!(workshop.stored(), Vec::<PathBuf>::new());
    assert_eq!(entries(&workshop.images().join(".roots")).len(), 1, "the base system was whole");

    let builds = [workshop.start("small"), workshop.start("small")];
    let ended = builds.map(|build| build.wait_with_output().unwrap());
    for output in &ended {
        assert!(output.status.success(), "{}", stderr(output));
    }
    let telling = |text: &str| ended.iter().filter(|output| stderr(output).contains(text)).count();
    assert_eq!(telling("waiting for another process to make image small"), 1, "{ended:?}");
    assert_eq!(telling("making the disk"), 1, "one of them made it: {ended:?}");
    assert_eq!(workshop.works(), Vec::<PathBuf>::new(), "nothing is left of the killed ones");
    let [image] = &workshop.stored()[..] else { panic!("{:?}", workshop.stored()) };
    assert!(fs_err::read(image.join("vmlinux")).unwrap().starts_with(b"\x7fELF"));
    // The two bytes that mark every ext4 superblock.
    assert_eq!(fs_err::read(image.join("disk.raw")).unwrap()[1024 + 56..][..2], [0x53, 0xef]);
    assert!(image.join("initrd").is_file() && image.join("image.json").is_file());
}

#[test]
#[ignore = "needs root and a Debian archive"]
fn a_package_that_does_not_exist_is_named_and_nothing_is_kept() {
    let workshop = Workshop::enter();
    workshop.recipe("wrong", &SMALL.replace("'udev'", "'udev', 'no-such-package'"));
    let output = workshop.start("wrong").wait_with_output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no-such-package") && said.contains("choosing packages failed"), "{said}");
    assert_eq!(workshop.stored(), Vec::<PathBuf>::new());
    assert_eq!(entries(&workshop.images().join(".roots")), Vec::<PathBuf>::new());
    let left: Vec<PathBuf> = workshop.works().iter().flat_map(|work| entries(work)).collect();
    assert!(left.iter().all(|path| path.ends_with("build.log")), "{left:?}");
}

const OWN_LAB: &str = "\
schema = 1
name = 'own'
[defaults]
image = 'small'
packages = ['less']
run = [{ script = 'bake.sh', bake = true }]
[network.public]
subnet = '192.168.0.0/24'
[node.node1]
networks = { public = '192.168.0.101' }
";

const HOSTILE_LAB: &str = "\
schema = 1
name = 'hostile'
title = 'A lab whose stack is hostile'
[defaults]
image = 'small'
memory = '512MiB'
[network.public]
subnet = '192.168.0.0/24'
[node.node1]
networks = { public = '192.168.0.101' }
[stack.hostile]
use = 'hostile'
on = ['node1']
";

const HOSTILE_STACK: &str = "\
schema = 1
name = 'hostile'
title = 'A stack whose bake script is hostile'
bake = 'bake.sh'
";

/// Writes the hostile lab; returns its folder.
fn hostile_lab(folder: &Path, script: &str) -> PathBuf {
    let lab = folder.join("lab");
    for (path, text) in [
        ("lab.toml", HOSTILE_LAB),
        ("images/small.toml", SMALL),
        ("templates/hostile/stack.toml", HOSTILE_STACK),
        ("templates/hostile/bake.sh", script),
    ] {
        let path = lab.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    lab
}

/// The names of the entries of a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        entries(folder).iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
#[ignore = "needs root and a Debian archive"]
fn a_hostile_bake_script_reaches_nothing_of_the_machine() {
    let workshop = Workshop::enter();
    let outside = tempfile::tempdir_in("/tmp").unwrap();
    fs_err::set_permissions(outside.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let canary = outside.path().join("canary");
    fs_err::write(&canary, "secret\n").unwrap();
    fs_err::set_permissions(&canary, PermissionsExt::from_mode(0o600)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let socket = format!("halab-test-{}", std::process::id());
    let nameless = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&socket).unwrap()).unwrap();
    nameless.set_nonblocking(true).unwrap();
    let mut process = Command::new("sleep").arg("86397").spawn().unwrap();

    let script = include_str!("image/hostile.sh")
        .replace("CANARY", canary.to_str().unwrap())
        .replace("FOLDER", outside.path().to_str().unwrap())
        .replace("PORT", &listener.local_addr().unwrap().port().to_string())
        .replace("SOCKET", &socket)
        // The pattern does not match itself.
        .replace("grep -q PROCESS", "grep -q 8639[7]")
        .replace("PROCESS", &process.id().to_string());
    let lab = hostile_lab(workshop.folder.path(), &script);
    let built = workshop.build(&["--lab", lab.to_str().unwrap()]).wait_with_output().unwrap();
    process.kill().unwrap();
    process.wait().unwrap();

    // Whether the image is made depends on how much the script has broken; the log has all attempts.
    let logs = [workshop.images(), workshop.images().join(".work")].map(|folder| entries(&folder)).concat();
    let logs: String =
        logs.iter().filter_map(|folder| fs_err::read_to_string(folder.join("build.log")).ok()).collect();
    let attempts: Vec<&str> = logs.lines().filter_map(|line| line.strip_prefix("attempt: ")).collect();
    assert_eq!(attempts.last(), Some(&"done"), "{logs}\n{}", stderr(&built));
    let succeeded: Vec<_> =
        attempts.iter().filter(|line| !line.ends_with(": refused") && **line != "done").collect();
    assert!(succeeded.is_empty(), "{succeeded:?}");
    assert_eq!(attempts.len(), 14, "{attempts:?}");

    assert_eq!(names(outside.path()), ["canary"], "nothing is written to the machine");
    assert!(listener.accept().is_err() && nameless.accept().is_err(), "no connection was made");
    assert!(!Path::new("/usr/halab-planted").exists());
    workshop.wait_for_quiet();
    for image in workshop.stored() {
        for file in entries(&image) {
            let metadata = fs_err::symlink_metadata(&file).unwrap();
            assert!(metadata.is_file() && metadata.uid() == 0, "{}", file.display());
        }
    }
    for private in [".work", ".roots"] {
        let mode = fs_err::metadata(workshop.images().join(private)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700, "only root reaches programs that a lab has made");
    }
}

#[test]
#[ignore = "needs root and a Debian archive"]
fn a_bake_script_that_takes_everything_is_ended_and_named() {
    let workshop = Workshop::enter();
    let scripts = [
        ("f() { f | f & }; f; sleep 100000\n", "it started more than 1024 processes"),
        ("yes $(printf '%01000d' 0)\n", "it printed more than 64MiB"),
        // The disk of the image has 1 GiB.
        ("truncate -s 100G /root/file\n", "File size limit exceeded"),
    ];
    for (script, reason) in scripts {
        let lab = hostile_lab(workshop.folder.path(), script);
        let begin = Instant::now();
        let built = workshop.build(&["--lab", lab.to_str().unwrap()]).wait_with_output().unwrap();
        let said = stderr(&built);
        assert!(begin.elapsed() < LIMIT, "{:?}", begin.elapsed());
        assert_eq!(built.status.code(), Some(1), "{said}");
        assert!(said.contains("bake the stack hostile failed") && said.contains(reason), "{said}");
        workshop.wait_for_quiet();
        assert_eq!(workshop.stored(), Vec::<PathBuf>::new());
    }
}

#[test]
#[ignore = "needs root and a Debian archive"]
fn an_image_lists_its_packages_and_its_files_belong_to_root() {
    let workshop = Workshop::enter();
    // A lab adds a package, and bakes something with it.
    let lab = workshop.folder.path().join("lab");
    fs_err::create_dir_all(lab.join("images")).unwrap();
    fs_err::write(lab.join("images/small.toml"), SMALL).unwrap();
    fs_err::write(lab.join("lab.toml"), OWN_LAB).unwrap();
    fs_err::write(
        lab.join("bake.sh"),
        "#!/bin/bash -e\n[[ -x /usr/bin/less ]]\necho \"baked in $PWD\" >/srv/baked",
    )
    .unwrap();
    let output = workshop.build(&["--lab", lab.to_str().unwrap()]).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let [image] = &workshop.stored()[..] else { panic!("{:?}", workshop.stored()) };
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs_err::read(image.join("image.json")).unwrap()).unwrap();
    let installed = manifest["installed"].as_object().unwrap();
    assert!(installed.len() > 100, "{installed:?}");
    for name in ["systemd", "udev", "busybox-static", "dpkg", "less"] {
        assert!(installed[name].as_str().is_some_and(|version| !version.is_empty()), "{name}");
    }
    let debugfs = |request: &str| {
        let told =
            Command::new("debugfs").args(["-R", request]).arg(image.join("disk.raw")).output().unwrap();
        String::from_utf8_lossy(&told.stdout).into_owned()
    };
    assert_eq!(debugfs("cat /srv/baked"), "baked in /root\n");
    assert!(!debugfs("ls /root").contains("halab"), "the script itself is gone");
    // On the disk every file has the owner that its package gives it.
    for (path, group) in [("/etc/passwd", "0"), ("/etc/shadow", "42")] {
        let told = debugfs(&format!("stat {path}"));
        let line = told.lines().find(|line| line.starts_with("User:")).unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words.starts_with(&["User:", "0", "Group:", group]), "{path}: {told}");
    }
}
