//! `lab checkpoint`: states of a lab that a user wants to come back to.

mod list;
mod restore;
mod rm;
mod save;
mod verify;

use super::Outcome;
use crate::cli::context::Context;

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
