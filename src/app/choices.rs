//! Names to choose from: for completion in a shell and for lists in other user interfaces.
//!
//! Nothing here fails or waits: what cannot be read offers nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::folder::Access;
use crate::catalog::{Catalog, Shelf};
use crate::checkpoint;
use crate::exercise::EXERCISES;
use crate::image::ImageStore;
use crate::injection::FaultJournal;
use crate::instance::{self, Instance};
use crate::labfile::{self, IMAGE, PROFILE};
use crate::model::{InstanceName, StackUse};
use crate::record;
use crate::stack::{self, Parameter, ParameterKind};
use crate::state::StateDir;

/// Names on one state folder.
#[derive(Debug, Clone)]
pub struct Choices {
    state: StateDir,
    /// The instance that was chosen so far; all of them if none was.
    instance: Option<String>,
}

impl Choices {
    /// The names on this state folder; of this instance, where names belong to one.
    pub fn of(state: StateDir, instance: Option<String>) -> Self {
        Self { state, instance }
    }

    /// Labs that come with the program.
    pub fn bundled_labs() -> Vec<String> {
        Catalog::bundled().names(Shelf::Labs).unwrap_or_default()
    }

    /// Stacks that come with the program.
    pub fn bundled_stacks() -> Vec<String> {
        Catalog::bundled().names(Shelf::Templates).unwrap_or_default()
    }

    /// Courses that come with the program.
    pub fn courses() -> Vec<String> {
        Catalog::bundled().names(Shelf::Courses).unwrap_or_default()
    }

    /// Labs that were installed on this machine.
    pub fn installed_labs(&self) -> Vec<String> {
        Catalog::of_state(&self.state).installed_labs().unwrap_or_default()
    }

    /// Exercises of the bundled and installed labs.
    pub fn exercises(&self) -> Vec<String> {
        let catalog = Catalog::of_state(&self.state);
        let labs = Self::bundled_labs().into_iter().chain(self.installed_labs());
        let exercises = |lab: String| {
            let found = labfile::find(&lab, &catalog, Access::Any).ok();
            found.and_then(|lab| lab.folders(EXERCISES).ok()).unwrap_or_default()
        };
        texts(labs.flat_map(exercises))
    }

    /// Existing instances.
    pub fn instances(&self) -> Vec<String> {
        texts(instance::list(&self.state).unwrap_or_default())
    }

    /// Instances that have records of drills, whether they still exist or not.
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
            let journal = FaultJournal::open(&super::faults::journal_file(&self.state, &instance.name));
            let active = journal.iter().flat_map(FaultJournal::active);
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
        let all = checkpoint::CheckpointStore::new(&self.state).list().unwrap_or_default();
        texts(all.iter().map(checkpoint::Checkpoint::id))
    }

    /// Images of the catalogue.
    pub fn images(&self) -> Vec<String> {
        Catalog::of_state(&self.state).names(Shelf::Images).unwrap_or_default()
    }

    /// Images that were made, by name and by digest.
    pub fn stored_images(&self) -> Vec<String> {
        let images = ImageStore::new(&self.state).list().unwrap_or_default();
        let names = images.iter().map(|image| image.manifest.name.to_string());
        names.chain(images.iter().map(|image| image.manifest.digest.short().to_owned())).collect()
    }

    /// Services of stacks, which faults can hit.
    pub fn services(&self) -> Vec<String> {
        self.of_stacks(|stack| texts(stack.services.keys()))
    }

    /// Paths of stacks, which faults can cut, and that of clients.
    pub fn paths(&self) -> Vec<String> {
        let mut names = self.of_stacks(|stack| texts(stack.paths.keys()));
        names.push("client".to_owned());
        names
    }

    /// Networks that the lab file declares.
    pub fn networks(&self) -> Vec<String> {
        let described = self.described();
        let all: BTreeSet<String> = described
            .iter()
            .flat_map(|one| super::graph::networks(&one.lab))
            .map(|network| network.name.to_string())
            .collect();
        all.into_iter().collect()
    }

    /// Disks of nodes.
    pub fn disks(&self) -> Vec<String> {
        let described = self.described();
        let nodes = described.iter().flat_map(|one| &one.lab.nodes);
        let all: BTreeSet<String> =
            nodes.flat_map(|node| &node.disks).map(|disk| disk.name.to_string()).collect();
        all.into_iter().collect()
    }

    fn of_stacks(&self, names: impl Fn(&StackUse) -> Vec<String>) -> Vec<String> {
        let described = self.described();
        let all: BTreeSet<String> =
            described.iter().flat_map(|one| &one.lab.stacks).flat_map(names).collect();
        all.into_iter().collect()
    }

    /// The settings of the lab that one of these words names, else of the lab in the current folder, else of
    /// the existing instance: `deadtime=`, or `role=primary` where the values are known, each with its
    /// description.
    pub fn settings(&self, words: &[&str]) -> Vec<(String, String)> {
        let find = |word: &str| labfile::find(word, &Catalog::of_state(&self.state), Access::Any).ok();
        let named = words.iter().copied().chain(super::of_current_folder().as_deref()).find_map(|word| {
            let source = find(word)?;
            let lab = labfile::load(&source, &[]).ok()?.lab;
            Some((lab, source.catalog))
        });
        let standing = || {
            let one = self.described().into_iter().next()?;
            let source = find(&one.origin.argument());
            let catalog = source.map_or_else(|| Catalog::of_state(&self.state), |source| source.catalog);
            Some((one.lab, catalog))
        };
        let Some((lab, catalog)) = named.or_else(standing) else { return Vec::new() };
        let images = catalog.names(Shelf::Images).unwrap_or_default();
        let mut all: BTreeMap<String, String> = images
            .into_iter()
            .map(|image| (format!("{IMAGE}={image}"), "what nodes boot from".to_owned()))
            .collect();
        for definition in
            lab.stacks.iter().filter_map(|used| Some(stack::load(&catalog, &used.uses).ok()?.definition))
        {
            let profiles = definition.profile.keys();
            all.extend(profiles.map(|profile| (format!("{PROFILE}={profile}"), definition.title.clone())));
            for (name, parameter) in &definition.param {
                let values = values(parameter).into_iter();
                all.extend(values.map(|value| (format!("{name}={value}"), parameter.doc.clone())));
            }
        }
        all.into_iter().collect()
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

/// The values of a parameter if they are few, else one to be completed.
fn values(parameter: &Parameter) -> Vec<String> {
    match parameter.kind {
        ParameterKind::Choice => parameter.choices.clone(),
        ParameterKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
        _ => vec![String::new()],
    }
}

fn texts(names: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}
