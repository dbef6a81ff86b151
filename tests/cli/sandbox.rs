//! An isolated place to run `lab` in.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use tempfile::TempDir;

const PAIR: &str = "\
schema = 1
name = \"pair\"
title = \"Two nodes on two networks\"

[defaults]
image = \"tiny\"
memory = \"128MiB\"

[network.public]
subnet = \"192.168.0.0/24\"

[network.replication]
subnet = \"10.10.0.0/24\"

[node.one]
networks = { public = \"192.168.0.101\", replication = \"10.10.0.1\" }
disk.data = \"1GiB\"

[node.two]
networks = { public = \"192.168.0.102\", replication = \"10.10.0.2\" }
disk.data = \"1GiB\"
";

const TINY: &str = "\
schema = 1
title = \"As small as can be\"

[built]
suite = \"bookworm\"
root-size = \"1GiB\"
packages = [\"linux-image-cloud-amd64\"]
";

/// A home, a state folder and a working directory of one test.
pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A sandbox with the lab `pair`: two nodes on two networks, with a disk each, and no stack.
    pub fn with_pair() -> Self {
        let sandbox = Self::new();
        sandbox.write("pair/lab.toml", PAIR);
        sandbox.write("pair/images/tiny.toml", TINY);
        sandbox
    }

    /// The working directory.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a file into the working directory.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// The text of a file in the working directory.
    pub fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.path().join(path)).unwrap()
    }

    /// `lab` with these arguments, ready to run.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::cargo_bin("lab").unwrap();
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .env("HALAB_STATE", self.path().join("state"))
            .env("HALAB_PROVIDER", "sim")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .current_dir(self.path())
            .args(words);
        command
    }

    /// The output and the end of `lab` with these arguments; the path of this sandbox and all durations are
    /// replaced.
    #[must_use = "compare it with a snapshot"]
    pub fn run(&self, words: &[&str]) -> String {
        self.told(&self.command(words).output().unwrap())
    }

    /// The same without root's right to read everything, so that a file's permissions count.
    #[must_use = "compare it with a snapshot"]
    pub fn run_as_nobody_special(&self, words: &[&str]) -> String {
        let mut ready = self.command(words);
        if !rustix::process::geteuid().is_root() {
            return self.told(&ready.output().unwrap());
        }
        let powers = "-dac_override,-dac_read_search";
        let output = std::process::Command::new("setpriv")
            .arg(format!("--bounding-set={powers}"))
            .arg(format!("--inh-caps={powers}"))
            .arg(ready.get_program())
            .args(words)
            .current_dir(self.path())
            .env_clear()
            .envs(ready.get_envs().filter_map(|(key, value)| Some((key, value?))))
            .output()
            .unwrap();
        self.told(&output)
    }

    fn told(&self, output: &Output) -> String {
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.stderr.is_empty() {
            text += "------- stderr -------\n";
            text += &String::from_utf8_lossy(&output.stderr);
        }
        text += &format!("[exit status: {}]", output.status.code().unwrap());
        self.normalised(&text)
    }

    /// `lab` with these arguments, which must succeed.
    pub fn ok(&self, words: &[&str]) {
        self.command(words).assert().success();
    }

    /// `lab` with these arguments, left running.
    pub fn spawn(&self, words: &[&str]) -> Child {
        let mut command = std::process::Command::new(self.command(&[]).get_program());
        let ready = self.command(words);
        command.env_clear().envs(ready.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command
            .args(words)
            .current_dir(self.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Presses Ctrl-C, and returns the output of the command and its end.
    pub fn interrupt(&self, child: Child) -> String {
        press_ctrl_c(&child);
        self.told(&child.wait_with_output().unwrap())
    }

    /// Presses Ctrl-C again once the first was received.
    pub fn interrupt_twice(&self, mut child: Child) -> String {
        press_ctrl_c(&child);
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut heard = String::new();
        while !heard.contains("stopping") {
            assert_ne!(stderr.read_line(&mut heard).unwrap(), 0, "{heard}");
        }
        press_ctrl_c(&child);
        stderr.read_to_string(&mut heard).unwrap();
        let output = child.wait_with_output().unwrap();
        self.told(&Output { stderr: heard.into_bytes(), ..output })
    }

    /// Waits until a file has this text in it and has not grown for a while.
    pub fn wait_for_quiet(&self, path: &str, text: &str) {
        self.wait_for_text(path, text);
        let length = || fs_err::metadata(self.path().join(path)).unwrap().len();
        let mut last = 0;
        while last != length() {
            last = length();
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Waits until a file has this text in it.
    pub fn wait_for_text(&self, path: &str, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        let path = self.path().join(path);
        while !fs_err::read_to_string(&path).is_ok_and(|found| found.contains(text)) {
            assert!(Instant::now() < end, "{} never had `{text}` in it", path.display());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The names of the files in a folder, sorted; none if there is no such folder.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs_err::read_dir(self.path().join(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The JSON that `lab` with these arguments prints.
    pub fn json(&self, words: &[&str]) -> serde_json::Value {
        let output = self.command(words).assert().success().get_output().stdout.clone();
        serde_json::from_slice(&output).unwrap()
    }

    /// The completions for the last of these words.
    pub fn complete(&self, words: &[&str]) -> String {
        let line: Vec<&str> = ["--", "lab"].iter().chain(words).copied().collect();
        let mut command = self.command(&line);
        command
            .env("COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
            .env("_CLAP_IFS", "\n");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    /// Replaces values that differ from run to run by names: this sandbox's path, figures, days, times,
    /// digests.
    fn normalised(&self, text: &str) -> String {
        let text = text.replace(&self.path().display().to_string(), "$SANDBOX");
        text.split_inclusive(char::is_whitespace)
            .map(|word| word.replace(word.trim_end(), &stable(word.trim_end())))
            .collect()
    }
}

fn press_ctrl_c(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}

fn stable(word: &str) -> String {
    // Digits as 9, so that 2026-11-21 and 04:07 have a shape.
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let digest = |inner: &str| inner.len() == 12 && inner.chars().all(|c| c.is_ascii_hexdigit());
    match shape.as_str() {
        "9999-99-99" => "$DAY".to_owned(),
        "99:99" => "$TIME".to_owned(),
        "9.9" | "99.9" => "0.0".to_owned(),
        _ if word.strip_prefix('(').and_then(|w| w.strip_suffix(')')).is_some_and(digest) => {
            "($DIGEST)".to_owned()
        }
        _ => word.to_owned(),
    }
}
