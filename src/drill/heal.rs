//! Whatever is cut is switched on again: at the end, after an error, after Ctrl-C, and, through a small file that says
//! what is cut, after a crash of this program.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::setup::Failure;
use crate::model::NodeName;
use crate::provider::{Power, Provider};

/// What the file says.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Journal {
    version: u32,
    power_on: Vec<NodeName>,
}

const VERSION: u32 = 1;

/// The nodes that a drill left without power when this program crashed; none if there is no such file.
///
/// # Errors
/// When the file is there and cannot be read or understood.
pub fn pending(file: &Path) -> io::Result<Vec<NodeName>> {
    let text = match fs_err::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let journal: Journal = serde_json::from_str(&text)?;
    if journal.version != VERSION {
        return Err(io::Error::other(format!("{} has version {}", file.display(), journal.version)));
    }
    Ok(journal.power_on)
}

/// Says that nothing is left to be switched on.
///
/// # Errors
/// When the file cannot be deleted.
pub fn forget(file: &Path) -> io::Result<()> {
    match fs_err::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Keeps the list of what is cut. When it is dropped, everything on it is switched on.
pub struct Healer<'a> {
    provider: &'a dyn Provider,
    file: &'a Path,
    cut: Vec<NodeName>,
}

impl<'a> Healer<'a> {
    /// Nothing is cut yet.
    pub fn new(provider: &'a dyn Provider, file: &'a Path) -> Self {
        Self { provider, file, cut: Vec::new() }
    }

    /// A node is about to be cut. It must not be when this fails.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn will_cut(&mut self, node: &NodeName) -> io::Result<()> {
        if !self.cut.contains(node) {
            self.cut.push(node.clone());
        }
        self.save()
    }

    /// A node is on again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn is_on(&mut self, node: &NodeName) -> io::Result<()> {
        self.cut.retain(|cut| cut != node);
        self.save()
    }

    /// Switches everything on; says for each node whether that worked. What did not work stays in the file.
    pub fn heal(&mut self) -> Vec<(NodeName, Result<(), Failure>)> {
        let mut results = Vec::new();
        for node in self.cut.clone() {
            let on = self.provider.power(&node, Power::On).map_err(Failure::from);
            let result = on.and_then(|()| self.is_on(&node).map_err(Failure::from));
            results.push((node, result));
        }
        results
    }

    fn save(&self) -> io::Result<()> {
        if self.cut.is_empty() {
            return forget(self.file);
        }
        let journal = Journal { version: VERSION, power_on: self.cut.clone() };
        crate::write::atomically(self.file, &serde_json::to_vec(&journal)?)
    }
}

impl Drop for Healer<'_> {
    fn drop(&mut self) {
        // Only a panic comes here with something on the list; whoever is to be told is gone.
        drop(self.heal());
    }
}
