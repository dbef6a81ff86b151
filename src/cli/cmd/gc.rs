//! `lab gc`

use std::collections::BTreeSet;

use serde::Serialize;

use super::Outcome;
use crate::checkpoint::{Checkpoint, Kind, Store};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::start::bad_store;
use crate::cli::table::Table;
use crate::cli::usage::{self, unreadable};
use crate::model::CheckpointId;

/// Delete what nothing needs any more: it is shown first, and deleted with --yes
///
/// That is: checkpoints that were never finished or are damaged, and starts of labs that were replaced by newer ones and
/// that no instance stands upon. What you named, and records of drills, are never touched; `lab image rm` deletes images.
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

/// Something that nothing needs, as JSON.
#[derive(Serialize)]
struct Row {
    checkpoint: CheckpointId,
    why: String,
    bytes: u64,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let store = Store::new(&context.state);
    let rows = unneeded(&store, context)?;
    context.ui.value(
        args.format.format,
        &rows,
        || if rows.is_empty() { String::new() } else { text(&rows) },
    )?;
    if rows.is_empty() {
        context.ui.say("nothing to do: everything is needed");
    } else if args.yes {
        for row in &rows {
            // One that is being made at this moment is not what it looked like.
            if let Some(_lock) = store.lock(&row.checkpoint).map_err(bad_store)? {
                store.remove(&row.checkpoint).map_err(bad_store)?;
            }
        }
        context.ui.say(format!("{} are free", usage::size(rows.iter().map(|row| row.bytes).sum())));
    } else {
        context.ui.say("`lab gc --yes` deletes this");
    }
    Ok(Exit::OK)
}

fn unneeded(store: &Store, context: &Context) -> Result<Vec<Row>, CliError> {
    let mut found: Vec<(CheckpointId, String)> = Vec::new();
    for id in store.half_made().map_err(bad_store)? {
        if store.lock(&id).map_err(bad_store)?.is_some() && !being_made(&id, context) {
            found.push((id, "never finished".to_owned()));
        }
    }
    let all = store.list().map_err(bad_store)?;
    let mut needed = BTreeSet::new();
    for name in context.instances()? {
        needed.extend(usage::instance_stands_upon(&context.state, &name)?);
    }
    needed.extend(all.iter().filter(|one| one.spec.kind == Kind::Named).flat_map(|one| one.parents.clone()));
    for one in all.iter().filter(|one| one.spec.kind == Kind::Start && !needed.contains(one.id())) {
        if let Err(damage) = store.check(one) {
            found.push((one.id().clone(), format!("damaged: {damage}")));
        } else if is_replaced(one, &all) {
            found.push((one.id().clone(), "a newer start of the lab is there".to_owned()));
        }
    }
    let row = |(checkpoint, why)| {
        let bytes = usage::of_tree(&store.folder(&checkpoint)).map_err(unreadable)?;
        Ok(Row { checkpoint, why, bytes })
    };
    found.into_iter().map(row).collect()
}

/// Whether an instance waits to be brought back from what is there of it.
fn being_made(id: &CheckpointId, context: &Context) -> bool {
    let of = |name| context.state.instance(&name).join(crate::checkpoint::PENDING);
    context
        .instances()
        .unwrap_or_default()
        .into_iter()
        .any(|name| fs_err::read_to_string(of(name)).is_ok_and(|text| text.contains(&format!("\"{id}\""))))
}

fn is_replaced(one: &Checkpoint, all: &[Checkpoint]) -> bool {
    let newer = |other: &&Checkpoint| {
        other.spec.kind == Kind::Start
            && other.id().lab() == one.id().lab()
            && other.spec.created > one.spec.created
    };
    all.iter().any(|other| newer(&other))
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(["CHECKPOINT", "SIZE", "WHY"]);
    for row in rows {
        table.row([row.checkpoint.to_string(), usage::size(row.bytes), row.why.clone()]);
    }
    table.render()
}
