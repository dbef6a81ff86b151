//! What to type instead of words that `lab` does not have.
//!
//! clap suggests the existing word that is most similar. For `restart` that would be `reset`, which deletes
//! what is on the disks. So words that people type out of habit have entries of their own here, and no
//! command that deletes is ever suggested because its name is similar.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::command_line::CommandLine;
use crate::app::{AppError, fault};

/// Commands that are not suggested because of a similar name.
const DELETING: [&str; 4] = ["reset", "down", "gc", "rm"];

/// Commands that people type, each after the command that it follows, and what to type instead.
const HABITS: &[(&str, &[&str], &str)] = &[
    (
        "",
        &["restart"],
        "`lab node reboot NODE` restarts a node; `lab reset` puts a whole instance back to its start, and deletes what is on \
         its disks",
    ),
    ("", &["reboot"], "`lab node reboot NODE` restarts a node"),
    (
        "",
        &["stop", "halt", "poweroff", "shutdown"],
        "`lab node stop NODE` switches a node off; `lab down INSTANCE` deletes an instance with its disks",
    ),
    (
        "",
        &["rm", "remove", "delete", "destroy"],
        "`lab down INSTANCE` deletes an instance with its disks; `lab checkpoint rm` and `lab image rm` delete what they name",
    ),
    (
        "",
        &["create", "deploy", "init", "launch"],
        "`lab up LAB` brings a lab up; `lab new NAME` begins a lab of your own",
    ),
    ("", &["report"], "`lab drill report [RECORD]` reports a drill"),
    ("", &["run", "test"], "`lab drill run DRILL` performs a drill"),
    (
        "",
        &["shell", "attach", "login", "enter", "connect"],
        "`lab ssh NODE` opens a shell on a node; `lab console NODE` shows its console",
    ),
    (
        "",
        &["snapshot", "save", "restore"],
        "`lab checkpoint save NAME` keeps the state of an instance; `lab checkpoint restore NAME` goes back to it",
    ),
    ("", &["ps", "info", "show"], "`lab list` lists instances; `lab status` shows how they are"),
    ("", &["top", "watch"], "`lab status --watch` shows how an instance is, and what changes"),
    ("", &["inject", "break"], "`lab fault inject NODE FAULT` injects a fault into a node"),
    ("", &["build"], "`lab image build IMAGE` makes an image"),
    ("", &["validate", "lint"], "`lab check LAB` checks a lab"),
    (
        "checkpoint",
        &["create", "make", "snapshot"],
        "`lab checkpoint save NAME` keeps the state of an instance",
    ),
    ("checkpoint", &["reset", "load"], "`lab checkpoint restore NAME` goes back to a checkpoint"),
    ("image", &["create", "make"], "`lab image build IMAGE` makes an image"),
    ("node", &["restart", "reset"], "`lab node reboot NODE` restarts a node"),
    ("node", &["halt", "off", "poweroff", "shutdown", "down"], "`lab node stop NODE` switches a node off"),
    ("node", &["on", "up", "boot"], "`lab node start NODE` switches a node on"),
    ("node", &["cut", "kill"], "`lab node stop --force NODE` cuts the power of a node"),
    ("fault", &["rm", "remove", "delete", "stop", "clear"], "`lab fault heal [NODE|FAULT]` heals faults"),
    ("fault", &["run", "start", "do", "create"], "`lab fault inject NODE FAULT` injects a fault into a node"),
    (
        "drill",
        &["rm", "remove", "delete"],
        "records of drills stay until `lab down --purge INSTANCE`; `lab df` shows what they take",
    ),
    ("drill", &["start"], "`lab drill run DRILL` performs a drill"),
];

/// The error for a command line that clap refused; none where clap's own message is good.
pub fn explain(error: &clap::Error, line: &[OsString], read: &CommandLine<'_>) -> Option<AppError> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => unknown_command(error, read),
        ErrorKind::UnknownArgument => one_too_many(error, line, read),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::MissingRequiredArgument => {
            swapped(read)
        }
        _ => None,
    }
}

fn unknown_command(error: &clap::Error, read: &CommandLine<'_>) -> Option<AppError> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let within = read.names().join(" ");
    let message = match within.as_str() {
        "" => format!("there is no command `{word}`"),
        within => format!("`lab {within}` has no command `{word}`"),
    };
    let habit = HABITS.iter().find(|(place, words, _)| *place == within && words.contains(&word.as_str()));
    let near = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(words)) => words.as_slice(),
        _ => &[],
    };
    let near = near.iter().rfind(|near| !DELETING.contains(&near.as_str()));
    let space = if within.is_empty() { "" } else { " " };
    let hint = match (habit, near) {
        (Some((.., instead)), _) => (*instead).to_owned(),
        (None, Some(near)) => format!("did you mean `lab {within}{space}{near}`?"),
        (None, None) => format!("`lab help{space}{within}` lists the commands"),
    };
    Some(AppError::usage(message).hint(hint))
}

/// A surplus word is mostly the instance.
fn one_too_many(error: &clap::Error, line: &[OsString], read: &CommandLine<'_>) -> Option<AppError> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else { return None };
    let command = read.path.last()?;
    let option =
        if command.get_arguments().any(|arg| arg.get_long() == Some("as")) { "--as" } else { "--lab" };
    let takes = command.get_arguments().any(|arg| arg.get_long() == option.strip_prefix("--"));
    if word.starts_with('-') || !takes {
        return None;
    }
    let mut typed: Vec<String> =
        line.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let place = typed.iter().rposition(|typed| typed == word)?;
    typed.insert(place, option.to_owned());
    let message = format!("`lab {}` takes no further word `{word}`", read.names().join(" "));
    Some(
        AppError::usage(message)
            .hint(format!("an instance is named by an option: `lab {}`", typed.join(" "))),
    )
}

/// The fault in front of the node.
fn swapped(read: &CommandLine<'_>) -> Option<AppError> {
    let is_fault = |word: &str| fault::all().any(|row| row.word == word);
    let words: Vec<&str> = read.words.iter().map(|(_, word)| *word).collect();
    match (read.names().as_slice(), words.as_slice()) {
        (["fault", "inject"], [word, rest @ ..])
            if is_fault(word) && rest.iter().all(|word| !is_fault(word)) =>
        {
            let node = rest.first().copied().unwrap_or("NODE");
            let message = format!("`{word}` is a fault, and the node comes first");
            Some(AppError::usage(message).hint(format!("`lab fault inject {node} {word}`")))
        }
        _ => None,
    }
}
