//! `lab checkpoint`: states of a lab that a user wants to come back to.

mod list;
mod restore;
mod rm;
mod save;
mod verify;

use super::Outcome;
use crate::checkpoint::{Checkpoint, Store};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::start::bad_store;
use crate::diagnostic::suggestion;
use crate::model::CheckpointId;

/// Keep states of a whole running lab, and go back to them
///
/// A checkpoint has the memories and disks of all nodes at one moment. `lab up` makes one by itself when a lab has come
/// up for the first time (its start), and `lab reset` goes back to that; these commands are for states of your own.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Save(save::Args),
    Restore(restore::Args),
    List(list::Args),
    Verify(verify::Args),
    Rm(rm::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::Save(args) => save::run(args, context),
        Command::Restore(args) => restore::run(args, context),
        Command::List(args) => list::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Rm(args) => rm::run(args, context),
    }
}

/// The checkpoint that a user means: `LAB.NAME`, or its own name where only one lab has it.
fn find(word: &str, context: &Context) -> Result<Checkpoint, CliError> {
    let all = Store::new(&context.state).list().map_err(bad_store)?;
    let meant = |found: &&Checkpoint| {
        let id = found.id();
        word.parse().map_or_else(|_| id.name().as_str() == word, |wanted: CheckpointId| *id == wanted)
    };
    let mut found: Vec<&Checkpoint> = all.iter().filter(meant).collect();
    match found.len() {
        1 => Ok(found.remove(0).clone()),
        0 => {
            let names: Vec<String> = all.iter().map(|found| found.id().to_string()).collect();
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let hint = if known.is_empty() {
                "`lab checkpoint save NAME` keeps what a lab is now".to_owned()
            } else {
                suggestion(word, "checkpoint", known)
            };
            Err(CliError::not_found(format!("there is no checkpoint `{word}`")).hint(hint))
        }
        _ => {
            let names: Vec<&CheckpointId> = found.iter().map(|found| found.id()).collect();
            Err(CliError::usage(format!("several labs have a checkpoint `{word}`"))
                .hint(format!("say which: {}", crate::cli::words::join(&names))))
        }
    }
}
