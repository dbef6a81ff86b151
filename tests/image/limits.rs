//! Programs in the sandbox of a build that take more than they may.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Far more than any of the jobs may take, but not unlimited.
const BOUNDED: Duration = Duration::from_secs(60);

/// A job that may take much.
struct Job {
    /// It works in this folder, and writes to `out` in it.
    folder: tempfile::TempDir,
    limits: Value,
}

/// What a job said, and whether it succeeded.
struct Ended {
    said: String,
    succeeded: bool,
}

impl Job {
    /// A job with other limits than usual.
    fn with(limit: &str, most: u64) -> Self {
        assert!(rustix::process::geteuid().is_root(), "a sandbox is made by root: sudo make test");
        let mut limits = json!({"seconds": 50, "memory": 1_u64 << 30, "processes": 500, "disk": 1_u64 << 40});
        limits[limit] = most.into();
        // Not in /tmp, which may be in memory.
        Self { folder: tempfile::tempdir_in("/var/tmp").unwrap(), limits }
    }

    /// Runs a script in a sandbox. `before` are the words of a program that runs `lab`.
    fn run(&self, before: &[&str], script: &str) -> Ended {
        let work = self.folder.path();
        let job = json!({
            "parent": std::process::id(),
            "work": work,
            "view": "Tools",
            "network": false,
            "binds": [{"from": work.join("out"), "to": "out", "writable": true}],
            "limits": self.limits,
            "task": {"Program": {"words": ["/bin/sh", "-c", script], "folder": "/"}},
        });
        fs_err::create_dir_all(work.join("out")).unwrap();
        fs_err::os::unix::fs::lchown(work.join("out"), Some(2_100_000_000), Some(2_100_000_000)).unwrap();
        let words = [before, &[env!("CARGO_BIN_EXE_lab"), "__build"]].concat();
        let begin = Instant::now();
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .arg(work)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(job.to_string().as_bytes()).unwrap();
        let group = format!("halab-build-{}", child.id());
        let output = child.wait_with_output().unwrap();
        assert!(begin.elapsed() < BOUNDED, "{:?}", begin.elapsed());
        for tree in ["", "memory", "pids"] {
            assert!(!Path::new("/sys/fs/cgroup").join(tree).join(&group).exists(), "{group} is left");
        }
        let said = [output.stdout, output.stderr].concat();
        Ended { said: String::from_utf8_lossy(&said).into_owned(), succeeded: output.status.success() }
    }

    /// Checks that a script is ended for this reason.
    #[track_caller]
    fn refuses(&self, before: &[&str], script: &str, reason: &str) {
        let ended = self.run(before, script);
        assert!(!ended.succeeded && ended.said.contains(reason), "{}", ended.said);
    }
}

#[test]
#[ignore = "needs root and control groups"]
fn what_stays_within_its_limits_is_left_alone() {
    let ended =
        Job::with("seconds", 40).run(&[], "head -c 1000000 /dev/zero >/out/file; (sleep 1) & wait; id -u");
    assert!(ended.succeeded && ended.said == "0\n", "{}", ended.said);
}

#[test]
#[ignore = "needs root and control groups"]
fn a_program_that_sleeps_forever_is_ended() {
    Job::with("seconds", 1).refuses(&[], "sleep 100000", "it ran for more than 1 s");
}

#[test]
#[ignore = "needs root and control groups"]
fn a_fork_bomb_is_ended() {
    let bomb = "f() { f | f & }; f; sleep 100000";
    for most in [100, 1500] {
        Job::with("processes", most).refuses(&[], bomb, &format!("it started more than {most} processes"));
    }
    // Also one that goes on as other users.
    let bomb =
        "for user in 1 2 3 4; do setpriv --reuid=$user sh -c 'while :; do sleep 1000 & done' & done; wait";
    Job::with("processes", 100).refuses(&[], bomb, "it started more than 100 processes");
}

#[test]
#[ignore = "needs root and control groups"]
fn memory_without_end_is_ended() {
    let job = Job::with("memory", 64 << 20);
    job.refuses(&[], "perl -e '$x = q(x) x 1e9; sleep 100000'", "it took more than 64MiB of memory");
    // Files in memory count, too.
    let job = Job::with("memory", 32 << 20);
    job.refuses(&[], "cat /dev/zero >/tmp/file; sleep 100000", "it took more than 32MiB of memory");
}

#[test]
#[ignore = "needs root and control groups"]
fn files_without_end_are_ended() {
    let job = Job::with("disk", 32 << 20);
    let ended = job.run(&[], "exec cat /dev/zero >/out/file");
    assert!(!ended.succeeded);
    let length = fs_err::metadata(job.folder.path().join("out/file")).unwrap().len();
    assert_eq!(length, 32 << 20, "{}", ended.said);
    let many = "n=0; while :; do head -c 4000000 /dev/zero >/out/$n; n=$((n + 1)); done";
    job.refuses(&[], many, "it wrote more than 32MiB on the disk");
}

#[test]
#[ignore = "needs root and control groups"]
fn a_deleted_file_that_is_open_counts() {
    let job = Job::with("disk", 32 << 20);
    let hidden = "for n in 1 2 3; do eval \"exec $((n + 2))>/out/file\"; rm /out/file; \
                  head -c 16000000 /dev/zero >&$((n + 2)); done; sleep 100000";
    job.refuses(&[], hidden, "it wrote more than 32MiB on the disk");
}

#[test]
#[ignore = "needs root and control groups"]
fn what_other_programs_write_is_not_its_own() {
    let job = Job::with("disk", 32 << 20);
    let others = tempfile::NamedTempFile::new_in(job.folder.path()).unwrap();
    let file = others.reopen().unwrap();
    let ended = std::thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..64 {
                (&file).write_all(&vec![1; 1 << 20]).unwrap();
                file.sync_data().unwrap();
            }
        });
        job.run(&[], "head -c 1000000 /dev/zero >/out/file; sleep 2")
    });
    assert!(ended.succeeded, "{}", ended.said);
}

#[test]
#[ignore = "needs root and control groups"]
fn the_reserve_of_the_disk_is_kept() {
    let job = Job::with("seconds", 50);
    let folder = job.folder.path().to_str().unwrap();
    // A disk of 100 MiB, of which a twentieth is kept.
    let script = format!(
        "mount -t tmpfs -o size=100m,mode=755 tmpfs {folder} && mkdir {folder}/out && \
                          chown 2100000000 {folder}/out && exec \"$@\""
    );
    let before = ["unshare", "-m", "sh", "-c", &script, "sh"];
    let many = "n=0; while :; do head -c 1000000 /dev/zero >/out/$n; n=$((n + 1)); sleep 0.02; done";
    job.refuses(&before, many, "it left less than 5MiB free on the disk");
}
