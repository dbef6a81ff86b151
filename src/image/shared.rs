//! One image for the nodes of many labs.
//!
//! An image for each combination of stacks would cost a minute of building and a gigabyte for each lab or
//! kind of node. So a recipe names stacks that one image carries, and a node whose stacks are all among them
//! boots from that image.
//!
//! The image has packages that the node does not use, but they start nothing: the last script of the build
//! disables their units and kernel modules, and the stacks' own scripts mask their udev rules. So a node runs
//! only what the set-up of its own stacks starts.
//!
//! The choice depends on recipe and stacks only. If any larger image in the store could be used, a lab would
//! boot from different disks on different machines, and its checkpoints and measurements could not be
//! compared.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::model::spec::Script;
use crate::stack;

use super::recipe::Built;
use super::{RecipeError, build};

/// What the image of several stacks adds to its recipe.
pub(super) struct Shared {
    pub(super) packages: BTreeSet<String>,
    pub(super) bake: Vec<Script>,
}

impl Shared {
    /// Everything that the stacks of a recipe need.
    ///
    /// # Errors
    /// When one of them is not in the catalogue, or cannot be read.
    pub(super) fn of(built: &Built, catalog: &Catalog) -> Result<Self, RecipeError> {
        let mut shared = Self { packages: BTreeSet::new(), bake: Vec::new() };
        for name in &built.stacks {
            let (packages, script) = stack::ingredients(catalog, name)?;
            shared.packages.extend(packages);
            // Some stacks share a script.
            shared.bake.extend(script.filter(|script| !shared.has(script)));
        }
        Ok(shared)
    }

    fn has(&self, script: &Script) -> bool {
        self.bake.iter().any(|known| known.text == script.text)
    }

    /// Whether the image has all of a node's packages and scripts.
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
