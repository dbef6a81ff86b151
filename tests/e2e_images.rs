//! Builds images with the real mmdebstrap, by the command as a user runs it.

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
        Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(["image", "build", name, "-v"])
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

fn running(marker: &str) -> bool {
    let lines = entries(Path::new("/proc"))
        .into_iter()
        .filter_map(|process| fs_err::read(process.join("cmdline")).ok());
    lines.into_iter().any(|line| String::from_utf8_lossy(&line).contains(marker))
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
    workshop.kill_at("small", "root/usr/bin/apt-get");
    workshop.wait_for_quiet();
    assert_eq!(workshop.stored(), Vec::<PathBuf>::new());
    assert_eq!(entries(&workshop.images().join(".roots")), Vec::<PathBuf>::new());
    workshop.kill_at("small", "image/vmlinux");
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
    assert!(said.contains("no-such-package") && said.contains("installing the base system failed"), "{said}");
    assert_eq!(workshop.stored(), Vec::<PathBuf>::new());
    assert_eq!(entries(&workshop.images().join(".roots")), Vec::<PathBuf>::new());
    let left: Vec<PathBuf> = workshop.works().iter().flat_map(|work| entries(work)).collect();
    assert!(left.iter().all(|path| path.ends_with("build.log")), "{left:?}");
}
