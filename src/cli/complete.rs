//! Completes the names of existing things: `lab ssh <TAB>`.
//!
//! A completer never fails and never waits: what cannot be read offers nothing.

use std::ffi::{OsStr, OsString};

use clap_complete::CompletionCandidate;

use super::command_line::CommandLine;
use crate::app::StateDir;
use crate::app::choices::Choices;

/// Bundled and installed labs, and folders.
pub fn labs(current: &OsStr) -> Vec<CompletionCandidate> {
    let names = Choices::bundled_labs().into_iter().chain(choices().installed_labs());
    matching(current, names).into_iter().chain(folders(current)).collect()
}

/// Folders, as paths with a `/`.
pub fn folders(current: &OsStr) -> Vec<CompletionCandidate> {
    use clap_complete::engine::ValueCompleter as _;
    clap_complete::PathCompleter::dir().complete(current)
}

/// Installed labs.
pub fn installed(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().installed_labs())
}

/// Labs, folders and instances.
pub fn labs_and_instances(current: &OsStr) -> Vec<CompletionCandidate> {
    instances(current).into_iter().chain(labs(current)).collect()
}

/// Labs that come with the program.
pub fn bundled_labs() -> Vec<CompletionCandidate> {
    matching(OsStr::new(""), Choices::bundled_labs())
}

/// Stacks that come with the program.
pub fn bundled_stacks() -> Vec<CompletionCandidate> {
    matching(OsStr::new(""), Choices::bundled_stacks())
}

/// Images of the catalogue.
pub fn images() -> Vec<CompletionCandidate> {
    matching(OsStr::new(""), choices().images())
}

/// Exercises of the bundled and installed labs.
pub fn exercises(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().exercises()).into_iter().chain(folders(current)).collect()
}

/// The bundled courses.
pub fn courses(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, Choices::courses()).into_iter().chain(folders(current)).collect()
}

/// Existing instances.
pub fn instances(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().instances())
}

/// Instances that have records of drills.
pub fn recorded(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().recorded())
}

/// Nodes of the instance that the command line names so far.
pub fn nodes(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().nodes())
}

/// Nodes and virtual addresses, as `lab forward` takes them.
pub fn hosts(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().hosts())
}

/// Nodes and files of this machine, as `lab cp` takes them.
pub fn ends(current: &OsStr) -> Vec<CompletionCandidate> {
    use clap_complete::engine::ValueCompleter as _;
    let nodes = choices().nodes().into_iter().map(|node| format!("{node}:"));
    let mut found = matching(current, nodes);
    found.extend(clap_complete::PathCompleter::any().complete(current));
    found
}

/// Nodes, and faults that are in force.
pub fn faults(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().faults())
}

/// Drills of the instance.
pub fn drills(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().drills())
}

/// Records of drills, and drills.
pub fn records(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().records())
}

/// Checkpoints, by their whole name.
pub fn checkpoints(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().checkpoints())
}

/// Images that were made, by name and by digest.
pub fn stored_images(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().stored_images())
}

/// Services of stacks.
pub fn services(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().services())
}

/// Paths of stacks.
pub fn paths(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().paths())
}

/// Networks of labs.
pub fn networks(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().networks())
}

/// Disks of nodes.
pub fn disks(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().disks())
}

/// Settings of the lab that the command line names so far. A parameter is offered as `deadtime=`, and its
/// values once that is typed.
pub fn settings(current: &OsStr) -> Vec<CompletionCandidate> {
    let line = typed();
    let tree = super::tree();
    let words: Vec<&str> = CommandLine::read(&line, &tree).words.iter().map(|(_, word)| *word).collect();
    let lab = option(&["--lab", "-l"]).map(|name| name.to_string_lossy().into_owned());
    let words: Vec<&str> = lab.as_deref().into_iter().chain(words).collect();
    let typed = current.to_string_lossy();
    let mut offered: Vec<CompletionCandidate> = Vec::new();
    for (setting, about) in choices().settings(&words) {
        let shown = match setting.split_once('=') {
            Some((key, _)) if !typed.contains('=') => format!("{key}="),
            _ => setting,
        };
        let new = |one: &CompletionCandidate| one.get_value() != OsStr::new(&shown);
        if shown.starts_with(&*typed) && offered.last().is_none_or(new) {
            offered.push(CompletionCandidate::new(shown).help(Some(about.into())));
        }
    }
    offered
}

/// Operations of the history.
pub fn operations(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, choices().operations())
}

fn matching(current: &OsStr, names: impl IntoIterator<Item = impl ToString>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let names = names.into_iter().map(|name| name.to_string());
    names.filter(|name| name.starts_with(&*current)).map(CompletionCandidate::new).collect()
}

fn choices() -> Choices {
    let instance = option(&["--lab", "-l"]).map(|name| name.to_string_lossy().into_owned());
    let state = option(&["--state"]).map_or_else(StateDir::from_environment, StateDir::at);
    Choices::of(state, instance)
}

/// The command line that is being completed: the words after `--`.
fn typed() -> Vec<OsString> {
    std::env::args_os().skip_while(|word| word != "--").skip(1).collect()
}

/// The value of an option on the command line that is being completed.
fn option(names: &[&str]) -> Option<OsString> {
    let words = typed();
    words.iter().enumerate().find_map(|(index, word)| {
        let word = word.to_str()?;
        let inline = names.iter().find_map(|name| word.strip_prefix(name)?.strip_prefix('='));
        match inline {
            Some(value) => Some(OsString::from(value)),
            None => names.contains(&word).then(|| words.get(index + 1).cloned()).flatten(),
        }
    })
}
