//! `lab checkpoint list`

use serde::Serialize;

use super::Outcome;
use crate::checkpoint::{Checkpoint, Kind, Store};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::start::bad_store;
use crate::cli::table::Table;
use crate::cli::usage;
use crate::cli::words::join;

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

/// A checkpoint as JSON.
#[derive(Serialize)]
struct Row {
    checkpoint: String,
    lab: String,
    name: String,
    /// Made by `lab up` itself, or kept by a user.
    kind: Kind,
    note: String,
    created: jiff::Timestamp,
    /// Nodes that ran when it was saved.
    running: Vec<String>,
    nodes: Vec<String>,
    /// What it takes on the machine's disk.
    bytes: u64,
    /// Instances and checkpoints that stand upon it.
    used_by: Vec<String>,
    /// Why it cannot be restored; none when it can.
    damage: Option<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let store = Store::new(&context.state);
    let all = store.list().map_err(bad_store)?;
    let rows: Vec<Row> = all.iter().map(|one| row(one, &store, context)).collect::<Result<_, _>>()?;
    if rows.is_empty() {
        context.ui.say("there is no checkpoint");
    }
    context.ui.value(
        args.format.format,
        &rows,
        || if rows.is_empty() { String::new() } else { text(&rows) },
    )?;
    Ok(Exit::OK)
}

fn row(one: &Checkpoint, store: &Store, context: &Context) -> Result<Row, CliError> {
    let id = one.id();
    let names = |on: bool| {
        let nodes = one.nodes.iter().filter(move |node| !on || node.memory.is_some());
        nodes.map(|node| node.node.to_string()).collect()
    };
    Ok(Row {
        checkpoint: id.to_string(),
        lab: id.lab().to_string(),
        name: id.name().to_string(),
        kind: one.spec.kind,
        note: one.spec.note.clone(),
        created: one.spec.created,
        running: names(true),
        nodes: names(false),
        bytes: usage::of_tree(&store.folder(id)).map_err(usage::unreadable)?,
        used_by: usage::users(&context.state, id)?,
        damage: store.check(one).err().map(|damage| damage.to_string()),
    })
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(["CHECKPOINT", "MADE", "RUNNING", "SIZE", "USED BY", "NOTE"]);
    for row in rows {
        let note = match (&row.damage, row.kind) {
            (Some(damage), _) => format!("damaged: {damage}"),
            (None, Kind::Start) => "start, made by `lab up`".to_owned(),
            (None, Kind::Named) => row.note.clone(),
        };
        table.row([
            row.checkpoint.clone(),
            row.created.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            format!("{} of {}", row.running.len(), row.nodes.len()),
            usage::size(row.bytes),
            join(&row.used_by),
            note,
        ]);
    }
    table.render()
}
