//! `lab checkpoint rm`

use clap_complete::ArgValueCompleter;

use super::{Outcome, find};
use crate::checkpoint::Store;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::start::bad_store;
use crate::cli::words::join;
use crate::cli::{complete, usage};

/// Delete checkpoints
///
/// One that instances or other checkpoints stand upon is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab checkpoint rm before-the-split")]
pub struct Args {
    /// The checkpoints: NAME, or LAB.NAME
    #[arg(value_name = "CHECKPOINT", required = true, add = ArgValueCompleter::new(complete::checkpoints))]
    checkpoints: Vec<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let store = Store::new(&context.state);
    for word in &args.checkpoints {
        let checkpoint = find(word, context)?;
        let id = checkpoint.id();
        let Some(_lock) = store.lock(id).map_err(bad_store)? else {
            return Err(CliError::failed(format!("another command is at work on {id}")));
        };
        let users = usage::users(&context.state, id)?;
        if !users.is_empty() {
            return Err(CliError::failed(format!("{id} is in use: {} stand upon it", join(&users)))
                .hint("take these down or delete these first"));
        }
        store.remove(id).map_err(bad_store)?;
        context.ui.say(format!("{id} is gone"));
    }
    Ok(Exit::OK)
}
