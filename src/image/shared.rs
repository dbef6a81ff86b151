//! One image for the nodes of many labs.
//!
//! An image for each combination of stacks would be a minute of building and a gigabyte for each lab, or for each kind of
//! node in it. So a recipe names stacks that one image carries, and a node all of whose stacks are among them boots from
//! that image.
//!
//! It holds packages that the node does not use. None of them starts anything: the last script of the build takes away the
//! units and kernel modules that they start with the system, and the stacks' own scripts mask their rules of udev. So a node
//! runs what the set-up of its own stacks starts, and nothing else.
//!
//! The choice depends on recipe and stacks only. To take any larger image that happens to be in the store would make one
//! lab boot from different disks on two machines, and their checkpoints and figures could not be compared.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::model::spec::Script;
use crate::stack;

use super::recipe::Built;
use super::{RecipeError, build};

/// What the image of several stacks has on top of its recipe.
pub(super) struct Shared {
    pub(super) packages: BTreeSet<String>,
    pub(super) bake: Vec<Script>,
}

impl Shared {
    /// All that the stacks of a recipe need.
    ///
    /// # Errors
    /// When the catalogue lacks one of them, or it cannot be read.
    pub(super) fn of(built: &Built, catalog: &Catalog) -> Result<Self, RecipeError> {
        let mut shared = Self { packages: BTreeSet::new(), bake: Vec::new() };
        for name in &built.stacks {
            let (packages, script) = stack::ingredients(catalog, name)?;
            shared.packages.extend(packages);
            // Some stacks have a script in common.
            shared.bake.extend(script.filter(|script| !shared.has(script)));
        }
        Ok(shared)
    }

    fn has(&self, script: &Script) -> bool {
        self.bake.iter().any(|known| known.text == script.text)
    }

    /// Whether a node with these packages and scripts finds all of them in the image.
    pub(super) fn serves(&self, packages: &BTreeSet<String>, bake: &[Script]) -> bool {
        packages.is_subset(&self.packages) && bake.iter().all(|script| self.has(script))
    }

    /// The scripts of the image, in order.
    pub(super) fn scripts(self) -> Vec<Script> {
        let mut scripts = self.bake;
        scripts.push(build::quiet());
        scripts
    }
}
