//! The shell of a simulated node: a few commands, answered from the state of the host and its cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cluster::Cluster;
use crate::model::NodeName;
use crate::model::spec::SeedSpec;

/// The commands of the shell.
const KNOWN: &str = "cat, cd, echo, exit, false, hostname, ip, journalctl, set, sleep, systemctl is-active, tail, \
     test, true";

/// The exit status of an unknown command.
const UNKNOWN: i32 = 127;

/// The exit status of a line that cannot be parsed.
const SYNTAX: i32 = 2;

/// An effect of a command before it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It prints this.
    Out(String),
    /// It prints this as an error.
    Err(String),
    /// It waits.
    Sleep(Duration),
}

/// The result of a line of the shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// Its output and its waits, in order.
    pub parts: Vec<Part>,
    /// Its exit status.
    pub status: i32,
    /// Whether it ended the shell.
    pub exits: bool,
}

impl Ran {
    fn out(&mut self, text: impl Into<String>) -> i32 {
        self.parts.push(Part::Out(text.into()));
        0
    }

    fn err(&mut self, text: &str, status: i32) -> i32 {
        self.parts.push(Part::Err(format!("sh: {text}\n")));
        status
    }
}

/// A node as its shell sees it.
#[derive(Debug)]
pub struct Shell<'a> {
    /// The node.
    pub node: &'a NodeName,
    /// The seed that it received last.
    pub told: Option<&'a SeedSpec>,
    /// Its cluster, if it was ever used.
    pub cluster: Option<&'a Cluster>,
}

/// How a command follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Always,
    Success,
    Failure,
}

impl Shell<'_> {
    /// Runs a line: commands with quoted words, separated by `;`, `&&`, `||` or ends of lines.
    pub fn run(&self, line: &str) -> Ran {
        let mut ran = Ran::default();
        let commands = match split(line) {
            Ok(commands) => commands,
            Err(what) => {
                ran.status = ran.err(&format!("the simulated shell knows no `{what}`"), SYNTAX);
                return ran;
            }
        };
        for (after, words) in commands {
            let skipped = match after {
                After::Always => false,
                After::Success => ran.status != 0,
                After::Failure => ran.status == 0,
            };
            if !skipped && !words.is_empty() && !ran.exits {
                ran.status = self.command(&words, &mut ran);
            }
        }
        ran
    }

    fn command(&self, words: &[String], ran: &mut Ran) -> i32 {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["true" | ":" | "set" | "cd", ..] => 0,
            ["false", ..] => 1,
            ["echo", "-n", rest @ ..] => ran.out(rest.join(" ")),
            ["echo", rest @ ..] => ran.out(rest.join(" ") + "\n"),
            ["hostname", ..] => ran.out(format!("{}\n", self.node)),
            ["exit", rest @ ..] => {
                ran.exits = true;
                rest.first().map_or(ran.status, |status| status.parse().unwrap_or(SYNTAX) & 0xff)
            }
            ["sleep", span] => {
                match span.parse::<f64>().ok().and_then(|span| Duration::try_from_secs_f64(span).ok()) {
                    Some(span) => {
                        ran.parts.push(Part::Sleep(span));
                        0
                    }
                    None => ran.err(&format!("sleep: invalid time interval `{span}`"), 1),
                }
            }
            ["cat", files @ ..] => files.iter().fold(0, |worst, file| worst.max(self.cat(file, ran))),
            ["tail", "-q", "-n", lines, file] => self.tail(lines, file, ran),
            // Units of a simulated node write nothing.
            ["journalctl", ..] => 0,
            ["test", "-e" | "-f" | "-s", file] | ["[", "-e" | "-f" | "-s", file, "]"] => {
                i32::from(!self.files().contains_key(file))
            }
            ["ip", ..] => ran.out(self.addresses()),
            ["systemctl", "is-active", unit] => self.is_active(unit, ran),
            [unknown, ..] => {
                let text = format!("{unknown}: not found: the simulated shell knows {KNOWN}");
                ran.err(&text, UNKNOWN)
            }
            [] => 0,
        }
    }

    fn files(&self) -> BTreeMap<&str, String> {
        let mut files = BTreeMap::from([("/etc/hostname", format!("{}\n", self.node))]);
        if let Some(told) = self.told {
            let hosts = told.hosts.iter().map(|(name, ip)| format!("{ip} {name}\n"));
            files.insert("/etc/hosts", hosts.collect());
            files.insert("/etc/machine-id", format!("{}\n", told.machine_id));
            files.extend(told.files.iter().map(|file| (file.path.as_str(), file.content.clone())));
        }
        files
    }

    fn cat(&self, file: &str, ran: &mut Ran) -> i32 {
        match self.files().remove(file) {
            Some(content) => ran.out(content),
            None => {
                ran.parts.push(Part::Err(format!("cat: {file}: No such file or directory\n")));
                1
            }
        }
    }

    fn tail(&self, lines: &str, file: &str, ran: &mut Ran) -> i32 {
        let (Ok(lines), Some(content)) = (lines.parse::<usize>(), self.files().remove(file)) else {
            let text = format!("tail: cannot open '{file}' for reading: No such file or directory\n");
            ran.parts.push(Part::Err(text));
            return 1;
        };
        let all: Vec<&str> = content.split_inclusive('\n').collect();
        ran.out(all.get(all.len().saturating_sub(lines)..).unwrap_or_default().concat())
    }

    /// The output of `ip -o -4 address show`.
    fn addresses(&self) -> String {
        let looks = self.cluster.and_then(|cluster| cluster.looks(self.node).ok());
        let all = looks.map(|looks| looks.addresses).unwrap_or_default();
        let device = |place: usize| if place == 0 { "lo".to_owned() } else { format!("eth{}", place - 1) };
        let line = |(place, ip)| format!("{}: {}    inet {ip}/24 scope global\n", place + 1, device(place));
        all.into_iter().enumerate().map(line).collect()
    }

    fn is_active(&self, unit: &str, ran: &mut Ran) -> i32 {
        let whole = if unit.contains('.') { unit.to_owned() } else { format!("{unit}.service") };
        match self.cluster.map(|cluster| cluster.is_active(self.node, &whole)) {
            Some(Some(true)) => ran.out("active\n"),
            Some(Some(false)) => {
                ran.out("failed\n");
                3
            }
            _ => {
                ran.out("inactive\n");
                4
            }
        }
    }
}

/// The commands of a line, each as its words; the error is the unknown part.
fn split(line: &str) -> Result<Vec<(After, Vec<String>)>, String> {
    let mut commands = vec![(After::Always, Vec::new())];
    let mut word: Option<String> = None;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        Some('\'') => break,
                        Some(letter) => word.push(letter),
                        None => return Err("' without an end".to_owned()),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        Some('"') => break,
                        Some('\\') => word.extend(letters.next()),
                        Some(letter @ ('$' | '`')) => return Err(letter.to_string()),
                        Some(letter) => word.push(letter),
                        None => return Err("\" without an end".to_owned()),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            ' ' | '\t' => push(&mut commands, &mut word),
            '\n' | ';' => next(&mut commands, &mut word, After::Always),
            '&' | '|' if letters.peek() == Some(&letter) => {
                letters.next();
                next(&mut commands, &mut word, if letter == '&' { After::Success } else { After::Failure });
            }
            '|' | '&' | '>' | '<' | '$' | '`' | '(' | ')' | '*' => return Err(letter.to_string()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    push(&mut commands, &mut word);
    Ok(commands)
}

fn push(commands: &mut [(After, Vec<String>)], word: &mut Option<String>) {
    if let (Some(word), Some((_, words))) = (word.take(), commands.last_mut()) {
        words.push(word);
    }
}

fn next(commands: &mut Vec<(After, Vec<String>)>, word: &mut Option<String>, after: After) {
    push(commands, word);
    commands.push((after, Vec::new()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> (String, String, i32) {
        let node = "node1".parse().unwrap();
        let ran = Shell { node: &node, told: None, cluster: None }.run(line);
        let text = |pick: fn(&Part) -> Option<&str>| ran.parts.iter().filter_map(pick).collect::<String>();
        let out = text(|part| match part {
            Part::Out(text) => Some(text),
            _ => None,
        });
        let err = text(|part| match part {
            Part::Err(text) => Some(text),
            _ => None,
        });
        (out, err, ran.status)
    }

    #[test]
    fn lines_are_run_as_a_shell_runs_them() {
        for (line, out, status) in [
            ("echo one  two", "one two\n", 0),
            ("'echo' 'a b' \"c;d\" e\\ f", "a b c;d e f\n", 0),
            ("hostname && false || echo saved", "node1\nsaved\n", 0),
            ("false && echo no", "", 1),
            ("exit 7; echo no", "", 7),
            ("true\nfalse\n", "", 1),
            ("cat /etc/hostname", "node1\n", 0),
            ("tail -q -n 5 /etc/hostname", "node1\n", 0),
            ("journalctl -q -n 5", "", 0),
            ("test -e /nowhere", "", 1),
            ("exit 300", "", 44),
        ] {
            assert_eq!(run(line), (out.to_owned(), String::new(), status), "{line}");
        }
    }

    #[test]
    fn what_it_does_not_know_is_said() {
        let (_, err, status) = run("drbdadm status");
        assert!(err.contains("drbdadm: not found") && status == 127, "{err}");
        for line in ["echo one | wc", "echo $HOME", "ls > file", "echo 'open"] {
            let (out, err, status) = run(line);
            assert!(out.is_empty() && err.contains("knows no") && status == 2, "{line}: {err}");
        }
        assert_eq!(run("cat /nowhere").2, 1);
    }
}
