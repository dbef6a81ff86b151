//! [`LabFile`](super::file::LabFile) + catalogue + settings → [`Lab`]: resolves references and checks all
//! rules of a lab.
//!
//! [`networks`], [`addresses`], [`nodes`] and [`stacks`] check; [`build`] makes the model once there are no
//! errors.

mod addresses;
mod build;
mod clashes;
mod extra;
mod interfaces;
mod members;
mod networks;
mod nodes;
mod own;
mod params;
mod reference;
mod settings;
mod sharing;
mod stacks;
mod unused;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::file::{At, Entry, LabFile, Named};
use super::setting::Setting;
use super::source::LabSource;
use crate::catalog::{Catalog, Shelf};
use crate::diagnostic::{Diagnostic, Diagnostics, meant, read_toml};
use crate::model::{Lab, NodeName};
use crate::stack::{Own, StackDefinition};

/// A valid lab.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The lab.
    pub lab: Lab,
    /// What it puts on its nodes in addition to their stacks. It is not in the model, which is shown to
    /// people who may not see what is in files.
    pub own: BTreeMap<NodeName, Own>,
    /// The warnings.
    pub warnings: Diagnostics,
    /// The definitions of its stacks, by their names in the catalogue.
    pub stacks: BTreeMap<String, StackDefinition>,
    /// The profile of its parameters.
    pub profile: Option<String>,
    /// The positions of each node's sizes, for [`super::capacity`].
    pub(super) places: Vec<Place>,
}

impl Loaded {
    /// The paths, in the lab's folder, of the files that it puts on its nodes.
    pub fn beside(&self) -> BTreeSet<String> {
        self.own.values().flat_map(Own::beside).map(str::to_owned).collect()
    }
}

/// The positions of a node's sizes in the file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) node: NodeName,
    /// Its memory, else the default, else its name.
    pub(super) memory: Range<usize>,
    /// Its first disk, else its name.
    pub(super) disk: Range<usize>,
}

/// Reads and checks a lab. This changes nothing, and needs neither rights nor a daemon.
///
/// # Errors
/// All problems, including warnings.
pub fn load(source: &LabSource, given: &[Setting]) -> Result<Loaded, Diagnostics> {
    let mut found = Diagnostics::new(&source.label, &source.text);
    let settings = settings::Settings::new(given, &mut found);
    let Some(mut file) = read_toml::<LabFile>(&source.text, &mut found) else { return Err(found) };
    let images = names(&source.catalog, Shelf::Images, &mut found);
    nodes::choose_image(&mut file, &settings, &images, &mut found);
    networks::check(&file, &mut found);
    addresses::check(&file, &mut found);
    nodes::check(&file, &images, &mut found);
    let stacks = stacks::resolve(&file, &source.catalog, &settings, &mut found);
    let own = own::resolve(&file, source, &stacks, &mut found);
    if found.has_errors() {
        return Err(found);
    }
    unused::warn(&file, &stacks.uses, &mut found);
    let profile = stacks.profile.clone();
    match build::lab(&file, stacks.uses, &mut found) {
        Some(lab) if !found.has_errors() => Ok(Loaded {
            lab,
            own,
            warnings: found,
            stacks: stacks.definitions,
            profile,
            places: nodes::places(&file),
        }),
        _ => Err(found),
    }
}

/// The names in a section of the catalogue.
fn names(catalog: &Catalog, shelf: Shelf, found: &mut Diagnostics) -> Vec<String> {
    catalog.names(shelf).unwrap_or_else(|error| {
        let message = "the images and stacks beside the lab cannot be read";
        found.push(Diagnostic::error(0..0, message).help(error.to_string()));
        Vec::new()
    })
}

/// Resolves a name; reports an unknown one, unless its table exists and has been reported already.
fn refer<'a, N: AsRef<str>, T>(
    named: &'a Named<N, T>,
    what: &str,
    name: &At<String>,
    found: &mut Diagnostics,
) -> Option<&'a Entry<N, T>> {
    let entry = named.get(&name.value);
    if entry.is_none() && !named.is_broken(&name.value) {
        found.push(unknown(what, name, named.names()));
    }
    entry
}

/// The report of an unknown name.
fn unknown<'a>(what: &str, name: &At<String>, known: impl Iterator<Item = &'a str> + Clone) -> Diagnostic {
    let problem = Diagnostic::error(name.span.clone(), format!("there is no {what} `{}`", name.value))
        .label(format!("unknown {what}"));
    meant(problem, &name.value, what, known)
}
