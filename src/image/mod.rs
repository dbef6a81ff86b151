//! Images: from a recipe to a file in the store, on which guests have overlays.
//!
//! ```text
//! images/<name>.toml → Recipe ─┐
//! packages, bake of stacks ────┴→ ImageSpec (pure) → ensure → build | fetch → ImageStore → StoredImage
//! ```
//!
//! An image is made once and never changed; its folder in the store is named by the digest of all its inputs.
//! Other processes that need an image wait while it is being made.

pub mod boot;
pub(crate) mod build;
mod error;
mod fetch;
mod lock;
pub mod manage;
pub(crate) mod qcow2;
mod recipe;
mod shared;
pub(crate) mod sources;
mod spec;
pub(crate) mod store;

use std::sync::atomic::Ordering;

use crate::catalog::Catalog;
use crate::model::spec::ImageSpec;
use crate::state::StateDir;
use crate::work::Context;

pub use build::intercept;
pub use error::{ImageError, RecipeError};
pub use recipe::{DiskFormat, Recipe, RecipeFile, Sha256Sum, Source};
pub use spec::image_spec;
#[cfg(test)]
pub use store::BootFiles;
pub use store::{Boot, BootKind, ImageStore, StoredImage};

/// Returns the image of a specification, making it first if it is not in the store.
///
/// # Errors
/// When it cannot be made, the recipe has changed since the specification was made from it, or the user
/// cancels.
pub fn ensure(
    state: &StateDir,
    catalog: &Catalog,
    wanted: &ImageSpec,
    context: &Context<'_>,
) -> Result<StoredImage, ImageError> {
    let store = ImageStore::new(state);
    if let Some(image) = store.get(&wanted.digest)? {
        return Ok(image);
    }
    let recipe = Recipe::load(&wanted.name, catalog)?;
    if spec::of_recipe(&recipe, &wanted.packages, &wanted.bake)?.digest != wanted.digest {
        return Err(ImageError::Changed(wanted.name.clone()));
    }
    let waiting = format!("waiting for another process to make image {}", wanted.name);
    let _lock = lock::acquire(&store.lock(&wanted.digest.0), &waiting, context)?;
    if let Some(image) = store.get(&wanted.digest)? {
        return Ok(image);
    }
    match &recipe.source {
        Source::Built(built) => build::build(&store, &recipe, built, wanted, context),
        Source::Fetched(fetched) => fetch::fetch(&store, &recipe, fetched, wanted, context),
    }
}

/// Whether the user cancelled.
fn cancelled(context: &Context<'_>) -> bool {
    context.cancel.load(Ordering::Relaxed)
}
