//! `lab checkpoint`: saved states of a lab.

mod list;
mod restore;
mod rm;
mod save;
mod verify;

use super::Outcome;
use crate::cli::context::Context;

/// Save the state of a whole running lab, and restore it
///
/// A checkpoint holds the memory and the disks of all nodes at one moment. `lab up` saves one when a lab has
/// come up for the first time (its start), and `lab reset` restores that one; these commands are for states
/// of your own.
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
