//! `lab df`

use serde::Serialize;

use super::Outcome;
use crate::checkpoint::Store;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::start::bad_store;
use crate::cli::table::Table;
use crate::cli::usage::{self, unreadable};
use crate::image;

/// Show what images, checkpoints, instances and records take on the disk
///
/// Holes in files are not counted. `lab gc` deletes what nothing needs any more.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab df
  lab df --format json")]
pub struct Args {
    #[command(flatten)]
    format: FormatOption,
}

/// One thing that takes room, as JSON.
#[derive(Serialize)]
struct Row {
    /// image, checkpoint, instance, records or cache
    kind: &'static str,
    name: String,
    bytes: u64,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rows = rows(context)?;
    context.ui.value(args.format.format, &rows, || text(&rows))?;
    Ok(Exit::OK)
}

fn rows(context: &Context) -> Result<Vec<Row>, CliError> {
    let state = &context.state;
    let size = |path: &std::path::Path| usage::of_tree(path).map_err(unreadable);
    let mut rows = Vec::new();
    for image in image::Store::new(state).list()? {
        let name = format!("{} ({})", image.manifest.name, image.manifest.digest.short());
        rows.push(Row { kind: "image", name, bytes: size(&image.folder)? });
    }
    let store = Store::new(state);
    for one in store.list().map_err(bad_store)? {
        rows.push(Row {
            kind: "checkpoint",
            name: one.id().to_string(),
            bytes: size(&store.folder(one.id()))?,
        });
    }
    for id in store.half_made().map_err(bad_store)? {
        rows.push(Row {
            kind: "checkpoint",
            name: format!("{id} (half-made)"),
            bytes: size(&store.folder(&id))?,
        });
    }
    for name in context.instances()? {
        rows.push(Row { kind: "instance", name: name.to_string(), bytes: size(&state.instance(&name))? });
    }
    for name in records(context)? {
        let bytes = size(&state.records_root().join(&name))?;
        rows.push(Row { kind: "records", name, bytes });
    }
    let cache = size(&state.root().join("cache"))? + size(&state.images().join(".roots"))?;
    rows.push(Row { kind: "cache", name: "of builds".to_owned(), bytes: cache });
    Ok(rows)
}

/// The instances that have records, whether they stand or not.
fn records(context: &Context) -> Result<Vec<String>, CliError> {
    let entries = match fs_err::read_dir(context.state.records_root()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<std::io::Result<Vec<String>>>().map_err(unreadable)?;
    names.sort();
    Ok(names)
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(["WHAT", "NAME", "SIZE"]);
    for row in rows {
        table.row([row.kind.to_owned(), row.name.clone(), usage::size(row.bytes)]);
    }
    table.row(["all".to_owned(), String::new(), usage::size(rows.iter().map(|row| row.bytes).sum())]);
    table.render()
}
