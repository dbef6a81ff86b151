//! `lab checkpoint list`

use crate::app::checkpoint::{Kind, List, Row};
use crate::app::size;
use crate::base::words::join;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// List the checkpoints
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab checkpoint list
  lab checkpoint list --format json"
)]
pub struct Args {
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rows = context.run(&List {})?;
    if rows.is_empty() {
        context.ui.say("there is no checkpoint");
    }
    context.ui.list(args.format.format, "checkpoints", &rows, || text(&rows))?;
    Ok(Exit::OK)
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(["CHECKPOINT", "MADE", "RUNNING", "SIZE", "USED BY", "NOTE"]);
    for row in rows {
        let note = match (&row.damage, row.kind) {
            (Some(damage), _) => format!("damaged: {damage}"),
            (None, Kind::Start) => "start, made by `lab up`".to_owned(),
            (None, Kind::Named | Kind::Exercise) => row.note.clone(),
        };
        table.row([
            row.checkpoint.clone(),
            row.created.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            format!("{} of {}", row.running.len(), row.nodes.len()),
            size(row.bytes),
            join(&row.used_by),
            note,
        ]);
    }
    table.render()
}
