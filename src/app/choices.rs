//! The names that may be meant: for completion in a shell and for lists in other faces.
//!
//! Nothing here fails or waits: what cannot be read offers nothing.

use std::path::PathBuf;

use crate::catalog::{Catalog, Shelf};
use crate::checkpoint;
use crate::image::Store;
use crate::injection::Journal;
use crate::instance::{self, Instance};
use crate::model::InstanceName;
use crate::record;
use crate::state::StateDir;

/// Names on one state folder.
#[derive(Debug, Clone)]
pub struct Choices {
    state: StateDir,
    /// The instance that is meant so far; all of them when there is none.
    instance: Option<String>,
}

impl Choices {
    /// The names on this state folder, or the usual one; of this instance, where names belong to one.
    pub fn of(state: Option<PathBuf>, instance: Option<String>) -> Self {
        Self { state: state.map_or_else(StateDir::from_environment, StateDir::at), instance }
    }

    /// Labs that come with the program.
    pub fn bundled_labs() -> Vec<String> {
        Catalog::bundled().names(Shelf::Labs).unwrap_or_default()
    }

    /// Instances that stand.
    pub fn instances(&self) -> Vec<String> {
        texts(instance::list(&self.state).unwrap_or_default())
    }

    /// Instances that have records of drills, whether they stand or not.
    pub fn recorded(&self) -> Vec<String> {
        let entries =
            fs_err::read_dir(self.state.records_root()).into_iter().flatten().filter_map(Result::ok);
        let names = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<InstanceName>().ok());
        texts(names)
    }

    /// Nodes.
    pub fn nodes(&self) -> Vec<String> {
        texts(self.described().iter().flat_map(|one| &one.lab.nodes).map(|node| &node.name))
    }

    /// Nodes and virtual addresses, as `lab forward` takes them.
    pub fn hosts(&self) -> Vec<String> {
        let described = self.described();
        let addresses = described.iter().flat_map(|one| &one.lab.addresses).map(|one| one.name.to_string());
        let nodes = described.iter().flat_map(|one| &one.lab.nodes).map(|node| node.name.to_string());
        addresses.chain(nodes).map(|name| format!("{name}:")).collect()
    }

    /// Nodes, and faults that are in force.
    pub fn faults(&self) -> Vec<String> {
        let mut names = self.nodes();
        for instance in self.described() {
            let journal = Journal::open(&super::faults::journal_file(&self.state, &instance.name));
            let active = journal.iter().flat_map(Journal::active);
            names.extend(active.map(|entry| entry.injection.id.to_string()));
        }
        names
    }

    /// Drills.
    pub fn drills(&self) -> Vec<String> {
        texts(self.described().iter().flat_map(|one| one.drills.keys()))
    }

    /// Records of drills, and drills.
    pub fn records(&self) -> Vec<String> {
        let instances = instance::list(&self.state).unwrap_or_default();
        let folders = instances.into_iter().map(|name| self.state.records(&name));
        let names = folders.flat_map(|folder| record::names(&folder).unwrap_or_default());
        self.drills().into_iter().chain(names).collect()
    }

    /// Checkpoints, by their whole name.
    pub fn checkpoints(&self) -> Vec<String> {
        let all = checkpoint::Store::new(&self.state).list().unwrap_or_default();
        texts(all.iter().map(checkpoint::Checkpoint::id))
    }

    /// Images of the catalogue.
    pub fn images(&self) -> Vec<String> {
        Catalog::of_state(&self.state).names(Shelf::Images).unwrap_or_default()
    }

    /// Images that were made, by name and by digest.
    pub fn stored_images(&self) -> Vec<String> {
        let images = Store::new(&self.state).list().unwrap_or_default();
        let names = images.iter().map(|image| image.manifest.name.to_string());
        names.chain(images.iter().map(|image| image.manifest.digest.short().to_owned())).collect()
    }

    /// Operations of the history.
    pub fn operations(&self) -> Vec<String> {
        super::history::ids(&self.state).unwrap_or_default()
    }

    fn described(&self) -> Vec<Instance> {
        let names = instance::list(&self.state).unwrap_or_default();
        names
            .into_iter()
            .filter(|name| self.instance.as_ref().is_none_or(|wanted| wanted == name.as_str()))
            .filter_map(|name| Instance::load(&self.state, &name).ok().flatten())
            .collect()
    }
}

fn texts(names: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}
