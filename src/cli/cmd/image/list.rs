//! `lab image list`

use std::collections::BTreeSet;

use jiff::Zoned;
use jiff::civil::Date;
use serde::Serialize;

use super::Outcome;
use crate::catalog::{Catalog, Shelf};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::cli::words::join;
use crate::image::{Recipe, Store, StoredImage, manage};

/// List the images that were made, and those that could be
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab image list
  lab image list --format json"
)]
pub struct Args {
    #[command(flatten)]
    format: FormatOption,
}

/// An image as JSON.
#[derive(Serialize)]
struct Row {
    name: String,
    /// None when it is only a recipe yet.
    digest: Option<String>,
    packages: BTreeSet<String>,
    bytes: Option<u64>,
    created: Option<jiff::Timestamp>,
    used_by: Vec<String>,
    /// The last day of its release's support, when its recipe says it.
    support_ends: Option<Date>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let mut rows = Vec::new();
    let catalog = Catalog::of_state(&context.state);
    for image in Store::new(&context.state).list()? {
        rows.push(stored(&image, &catalog, context)?);
    }
    let recipes = catalog
        .names(Shelf::Images)
        .map_err(|error| CliError::failed("the recipes cannot be listed").because(error))?;
    for name in recipes {
        if rows.iter().all(|row| row.name != name) {
            rows.push(Row {
                support_ends: support_ends(&name, &catalog),
                name,
                digest: None,
                packages: BTreeSet::new(),
                bytes: None,
                created: None,
                used_by: Vec::new(),
            });
        }
    }
    context.ui.value(args.format.format, &rows, || text(&rows))?;
    Ok(Exit::OK)
}

/// The end of support that the recipe of this name says. An image whose recipe is gone or broken is listed all the same.
fn support_ends(name: &str, catalog: &Catalog) -> Option<Date> {
    Recipe::load(&name.parse().ok()?, catalog).ok()?.support_ends
}

fn stored(image: &StoredImage, catalog: &Catalog, context: &Context) -> Result<Row, CliError> {
    let manifest = &image.manifest;
    let users = manage::users(&context.state, &manifest.digest)?;
    Ok(Row {
        name: manifest.name.to_string(),
        digest: Some(manifest.digest.to_string()),
        packages: manifest.packages.clone(),
        bytes: Some(image.size_on_disk()?.0),
        created: Some(manifest.created),
        used_by: users.iter().map(ToString::to_string).collect(),
        support_ends: support_ends(manifest.name.as_str(), catalog),
    })
}

fn text(rows: &[Row]) -> String {
    let today = Zoned::now().date();
    let support = |last: Date| if last < today { format!("ended {last}") } else { format!("until {last}") };
    let mut table =
        Table::new(["IMAGE", "DIGEST", "SIZE", "MADE", "SUPPORT", "USED BY", "PACKAGES OF STACKS"]);
    for row in rows {
        table.row([
            row.name.clone(),
            row.digest.as_deref().and_then(|digest| digest.get(..12)).unwrap_or("not made yet").to_owned(),
            row.bytes.map(|bytes| format!("{} MiB", bytes >> 20)).unwrap_or_default(),
            row.created.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default(),
            row.support_ends.map(support).unwrap_or_default(),
            join(&row.used_by),
            row.packages.iter().cloned().collect::<Vec<_>>().join(" "),
        ]);
    }
    table.render()
}
