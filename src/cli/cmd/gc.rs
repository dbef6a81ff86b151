//! `lab gc`

use super::Outcome;
use crate::app::gc::{Gc, Row};
use crate::app::size;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// Delete what is no longer needed: shows it first, deletes it with --yes
///
/// This covers checkpoints that were never finished or are damaged, and starts of labs that were replaced by
/// newer ones and that no instance depends on. Checkpoints that you named and records of drills are never
/// deleted; `lab image rm` deletes images.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab gc
  lab gc --yes")]
pub struct Args {
    /// Delete it
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rows = context.run(&Gc { delete: args.yes })?;
    context.ui.list(args.format.format, "checkpoints", &rows, || text(&rows))?;
    if rows.is_empty() {
        context.ui.say("nothing to do: everything is needed");
    } else if args.yes {
        context.ui.say(format!("{} are free", size(rows.iter().map(|row| row.bytes).sum())));
    } else {
        context.ui.say("`lab gc --yes` deletes this");
    }
    Ok(Exit::OK)
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(["CHECKPOINT", "SIZE", "WHY"]);
    for row in rows {
        table.row([row.checkpoint.to_string(), size(row.bytes), row.why.clone()]);
    }
    table.render()
}
