//! Reads the words of the command line without clap: which command they name, and where a command of the
//! user's own begins.

use std::ffi::{OsStr, OsString};

use clap::Command;

/// Commands that run another command, with the number of words before that one.
const RUNNERS: [(&str, usize); 3] = [("exec", 1), ("ssh", 1), ("client", 0)];

/// The words of a command line without its options.
pub struct CommandLine<'a> {
    /// The commands that it names, from the outermost.
    pub path: Vec<&'a Command>,
    /// The other words, each with its place.
    pub words: Vec<(usize, &'a str)>,
    /// Whether a `--` ends them.
    pub separated: bool,
    /// The options, as they are written.
    options: Vec<&'a str>,
}

impl<'a> CommandLine<'a> {
    /// Reads a command line whose first word is the program. Words that are not UTF-8 are empty.
    pub fn read(line: &'a [OsString], tree: &'a Command) -> Self {
        let mut read = Self { path: Vec::new(), words: Vec::new(), separated: false, options: Vec::new() };
        let mut place = 1;
        while let Some(word) = line.get(place) {
            let word = word.to_str().unwrap_or_default();
            if word == "--" {
                read.separated = true;
                break;
            }
            let here = read.path.last().copied().unwrap_or(tree);
            if word.len() > 1 && word.starts_with('-') {
                place += usize::from(takes_the_next_word(word, &[here, tree]));
                read.options.push(word);
            } else if let Some(command) =
                here.find_subcommand(word).filter(|_| read.words.is_empty() && !word.is_empty())
            {
                read.path.push(command);
            } else {
                read.words.push((place, word));
            }
            place += 1;
        }
        read
    }

    /// The names of the commands, without that of the program.
    pub fn names(&self) -> Vec<&'a str> {
        self.path.iter().map(|command| command.get_name()).collect()
    }
}

/// Whether an option is followed by its value.
fn takes_the_next_word(option: &str, commands: &[&Command]) -> bool {
    let takes = |named: &dyn Fn(&clap::Arg) -> bool| {
        let mut all = commands.iter().flat_map(|command| command.get_arguments());
        all.any(|arg| named(arg) && arg.get_action().takes_values())
    };
    match option.strip_prefix("--") {
        Some(name) => takes(&|arg| arg.get_long() == Some(name)),
        // Of several letters, the first that takes a value has the rest as its value.
        None => {
            let letters: Vec<char> = option.chars().skip(1).collect();
            let first = letters.iter().position(|letter| takes(&|arg| arg.get_short() == Some(*letter)));
            first.is_some_and(|first| first + 1 == letters.len())
        }
    }
}

/// Puts the `--` before the command of `lab exec`, `lab ssh` or `lab client` where the user left it out.
pub fn with_separator(mut line: Vec<OsString>, tree: &Command) -> Vec<OsString> {
    if let Some(place) = command_begins(&line, tree) {
        line.insert(place, OsString::from("--"));
    }
    line
}

fn command_begins(line: &[OsString], tree: &Command) -> Option<usize> {
    // What follows the command's first word belongs to it: an option there must not be read as one of ours.
    let runner = CommandLine::read(line, tree);
    let [name] = runner.names()[..] else { return None };
    let (_, before) = RUNNERS.into_iter().find(|(runner, _)| *runner == name)?;
    (1..=line.len()).find_map(|end| {
        let begun = CommandLine::read(line.get(..end)?, tree);
        let before = if begun.options.contains(&"--all") { 0 } else { before };
        let separated = line.get(..end)?.iter().any(|word| word == OsStr::new("--"));
        match begun.words.get(before) {
            Some((place, _)) if !separated => Some(Some(*place)),
            _ if separated => Some(None),
            _ => None,
        }
    })?
}

/// Whether the output is wanted as JSON, as far as that is known before the command line is parsed.
pub fn wants_json(line: &[OsString]) -> bool {
    let line: Vec<&str> = line.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    let own = line.split(|word| *word == "--").next().unwrap_or_default();
    own.contains(&"--format=json") || own.windows(2).any(|pair| pair == ["--format", "json"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn separated(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        let tree = crate::cli::tree();
        let words = with_separator(words, &tree);
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_command_needs_no_separator() {
        for (typed, read) in [
            ("lab exec node1 uptime", "lab exec node1 -- uptime"),
            ("lab exec node1 ls -l /etc", "lab exec node1 -- ls -l /etc"),
            ("lab -q exec -l second node1 ls -l", "lab -q exec -l second node1 -- ls -l"),
            ("lab exec node1 --lab=second ls", "lab exec node1 --lab=second -- ls"),
            ("lab exec --all ls -l", "lab exec --all -- ls -l"),
            ("lab exec --format json --all ls", "lab exec --format json --all -- ls"),
            ("lab client curl -s http://web/", "lab client -- curl -s http://web/"),
            ("lab --state x client -lsecond curl", "lab --state x client -lsecond -- curl"),
            ("lab ssh node1 top -b", "lab ssh node1 -- top -b"),
        ] {
            assert_eq!(separated(typed), read);
        }
    }

    #[test]
    fn what_has_no_command_stays_as_it_is() {
        for line in [
            "lab exec node1 -- ls -- x",
            "lab exec --all -- ls",
            "lab exec node1",
            "lab exec node1 --help",
            "lab client -- curl",
            "lab ssh node1",
            "lab up drbd-heartbeat second",
            "lab",
        ] {
            assert_eq!(separated(line), line);
        }
    }

    #[test]
    fn json_is_only_wanted_before_a_separator() {
        let wants = |line: &str| wants_json(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(wants("lab lisst --format json") && wants("lab up --format=json x"));
        assert!(!wants("lab exec node1 -- x --format json") && !wants("lab graph --format dot"));
    }
}
