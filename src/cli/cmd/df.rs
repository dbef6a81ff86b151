//! `lab df`

use super::Outcome;
use crate::app::df::{Df, Row};
use crate::app::size;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// Show the disk space of images, checkpoints, instances and records, and the memory of instances
///
/// Holes in sparse files are not counted. `lab gc` deletes what is no longer needed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab df
  lab df --format json")]
pub struct Args {
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rows = context.run(&Df {})?;
    context.ui.list(args.format.format, "usage", &rows, || text(&rows))?;
    Ok(Exit::OK)
}

fn text(rows: &[Row]) -> String {
    let memory = |bytes: Option<u64>| bytes.map(size).unwrap_or_default();
    let mut table = Table::new(["WHAT", "NAME", "SIZE", "MEMORY"]);
    for row in rows {
        table.row([row.kind.clone(), row.name.clone(), size(row.bytes), memory(row.memory)]);
    }
    let all = rows.iter().filter_map(|row| row.memory).reduce(|one, other| one + other);
    let bytes = rows.iter().map(|row| row.bytes).sum();
    table.row(["all".to_owned(), String::new(), size(bytes), memory(all)]);
    table.render()
}
