//! Names completed by asking what there is: `lab ssh <TAB>`.
//!
//! A completer never fails and never waits: what cannot be read offers nothing.

use std::ffi::{OsStr, OsString};

use clap_complete::CompletionCandidate;

use crate::catalog::{Catalog, Shelf};
use crate::image::Store;
use crate::instance::{self, Instance};
use crate::state::StateDir;

/// Labs that come with the program, and folders.
pub fn labs(current: &OsStr) -> Vec<CompletionCandidate> {
    use clap_complete::engine::ValueCompleter as _;
    let mut found = matching(current, Catalog::bundled().names(Shelf::Labs).unwrap_or_default());
    found.extend(clap_complete::PathCompleter::dir().complete(current));
    found
}

/// Labs, folders and instances.
pub fn labs_and_instances(current: &OsStr) -> Vec<CompletionCandidate> {
    instances(current).into_iter().chain(labs(current)).collect()
}

/// Labs that come with the program.
pub fn bundled_labs() -> Vec<CompletionCandidate> {
    matching(OsStr::new(""), Catalog::bundled().names(Shelf::Labs).unwrap_or_default())
}

/// Instances that stand.
pub fn instances(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, instance::list(&state()).unwrap_or_default())
}

/// Instances that have records of drills, whether they stand or not.
pub fn recorded(current: &OsStr) -> Vec<CompletionCandidate> {
    let entries = fs_err::read_dir(state().records_root()).into_iter().flatten().filter_map(Result::ok);
    matching(current, entries.map(|entry| entry.file_name().to_string_lossy().into_owned()))
}

/// Nodes of the instance that the command line so far means.
pub fn nodes(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, described().iter().flat_map(|i| &i.lab.nodes).map(|node| &node.name))
}

/// Nodes and virtual addresses, as `lab forward` takes them.
pub fn hosts(current: &OsStr) -> Vec<CompletionCandidate> {
    let described = described();
    let addresses = described.iter().flat_map(|i| &i.lab.addresses).map(|address| address.name.to_string());
    let nodes = described.iter().flat_map(|i| &i.lab.nodes).map(|node| node.name.to_string());
    matching(current, addresses.chain(nodes).map(|name| format!("{name}:")))
}

/// Nodes, and faults that are in force.
pub fn faults(current: &OsStr) -> Vec<CompletionCandidate> {
    let state = state();
    let mut names: Vec<String> = Vec::new();
    for instance in described() {
        names.extend(instance.lab.nodes.iter().map(|node| node.name.to_string()));
        let file = state.instance(&instance.name).join(super::drill::HEAL_FILE);
        let journal = crate::sabotage::Journal::open(&file);
        let active = journal.iter().flat_map(crate::sabotage::Journal::active);
        names.extend(active.map(|entry| entry.injection.id.to_string()));
    }
    matching(current, names)
}

/// Drills of the instance.
pub fn drills(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, described().iter().flat_map(|i| i.drills.keys()))
}

/// Records of drills, and drills.
pub fn records(current: &OsStr) -> Vec<CompletionCandidate> {
    let state = state();
    let folders = instance::list(&state).unwrap_or_default().into_iter().map(|name| state.records(&name));
    let names = folders.flat_map(|folder| crate::record::names(&folder).unwrap_or_default());
    let drills = described().into_iter().flat_map(|i| i.drills.into_keys()).map(|name| name.to_string());
    matching(current, drills.chain(names))
}

/// Checkpoints, by their whole name.
pub fn checkpoints(current: &OsStr) -> Vec<CompletionCandidate> {
    let all = crate::checkpoint::Store::new(&state()).list().unwrap_or_default();
    matching(current, all.iter().map(|found| found.id().to_string()))
}

/// Images of the catalogue.
pub fn images() -> Vec<CompletionCandidate> {
    matching(OsStr::new(""), Catalog::of_state(&state()).names(Shelf::Images).unwrap_or_default())
}

/// Images that were made, by name and by digest.
pub fn stored_images(current: &OsStr) -> Vec<CompletionCandidate> {
    let images = Store::new(&state()).list().unwrap_or_default();
    let names = images.iter().map(|image| image.manifest.name.to_string());
    matching(current, names.chain(images.iter().map(|image| image.manifest.digest.short().to_owned())))
}

fn matching(current: &OsStr, names: impl IntoIterator<Item = impl ToString>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let names = names.into_iter().map(|name| name.to_string());
    names.filter(|name| name.starts_with(&*current)).map(CompletionCandidate::new).collect()
}

/// The descriptions of the instances that the command line may mean.
fn described() -> Vec<Instance> {
    let state = state();
    let wanted = option(&["--lab", "-l"]);
    let names = instance::list(&state).unwrap_or_default();
    names
        .into_iter()
        .filter(|name| wanted.as_ref().is_none_or(|wanted| wanted.to_str() == Some(name.as_str())))
        .filter_map(|name| Instance::load(&state, &name).ok().flatten())
        .collect()
}

fn state() -> StateDir {
    option(&["--state"]).map_or_else(StateDir::from_environment, StateDir::at)
}

/// The value of an option on the command line that is being completed: the words after `--`.
fn option(names: &[&str]) -> Option<OsString> {
    let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    words.iter().enumerate().find_map(|(index, word)| {
        let word = word.to_str()?;
        let inline = names.iter().find_map(|name| word.strip_prefix(name)?.strip_prefix('='));
        match inline {
            Some(value) => Some(OsString::from(value)),
            None => names.contains(&word).then(|| words.get(index + 1).cloned()).flatten(),
        }
    })
}
