//! `lab image list`

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::catalog::{Catalog, Shelf};
use crate::image::{ImageStore, Recipe, RecipeError, StoredImage, manage};
use crate::model::ImageName;

/// Lists the images that exist, and those that can be made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct List {}

/// An image in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its recipe.
    pub name: String,
    /// None if only the recipe exists.
    pub digest: Option<String>,
    /// Packages of stacks that are installed in it.
    pub packages: BTreeSet<String>,
    /// All its Debian packages, with their versions; empty if it is fetched, or not made yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub installed: BTreeMap<String, String>,
    /// Its size on disk.
    pub bytes: Option<u64>,
    /// When it was made.
    pub created: Option<jiff::Timestamp>,
    /// Instances and checkpoints that have disks on it.
    pub used_by: Vec<String>,
    /// The last day of its release's support, if its recipe states it.
    pub support_ends: Option<Date>,
    /// The error of its recipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}

impl Request for List {
    type Outcome = Vec<Row>;
    const NAME: &'static str = "image list";

    fn perform(&self, job: &Job) -> Result<Vec<Row>, AppError> {
        let catalog = Catalog::of_state(&job.state);
        let stored = ImageStore::new(&job.state).list()?;
        let mut rows: Vec<Row> =
            stored.iter().map(|image| row(image, &catalog, job)).collect::<Result<_, _>>()?;
        let recipes = catalog
            .names(Shelf::Images)
            .map_err(|error| AppError::failed("the recipes cannot be listed").because(error))?;
        for name in recipes {
            if rows.iter().all(|row| row.name != name) {
                let (support_ends, broken) = recipe(&name, &catalog);
                let (packages, used_by) = (BTreeSet::new(), Vec::new());
                rows.push(Row {
                    name,
                    digest: None,
                    packages,
                    installed: BTreeMap::new(),
                    bytes: None,
                    created: None,
                    used_by,
                    support_ends,
                    broken,
                });
            }
        }
        Ok(rows)
    }
}

/// The end of support in the recipe of this name, or the error of that recipe. Images without a recipe are
/// listed as well.
fn recipe(name: &str, catalog: &Catalog) -> (Option<Date>, Option<String>) {
    let loaded = name.parse::<ImageName>().map(|name| Recipe::load(&name, catalog));
    match loaded {
        Ok(Ok(recipe)) => (recipe.support_ends, None),
        Ok(Err(RecipeError::Unknown { .. })) => (None, None),
        Ok(Err(error)) => (None, Some(AppError::from(error).line())),
        Err(error) => (None, Some(error.to_string())),
    }
}

fn row(image: &StoredImage, catalog: &Catalog, job: &Job) -> Result<Row, AppError> {
    let manifest = &image.manifest;
    let (support_ends, broken) = recipe(manifest.name.as_str(), catalog);
    let users = manage::users(&job.state, &manifest.digest)?;
    Ok(Row {
        name: manifest.name.to_string(),
        digest: Some(manifest.digest.to_string()),
        packages: manifest.packages.clone(),
        installed: manifest.installed.clone(),
        bytes: Some(image.size_on_disk()?.0),
        created: Some(manifest.created),
        used_by: users.iter().map(ToString::to_string).collect(),
        support_ends,
        broken,
    })
}
