//! `lab image`: the images that guests boot from.

mod add;
mod build;
mod list;
mod rm;

use super::Outcome;
use crate::cli::context::Context;

/// Manage the images that guests boot from
///
/// An image is made from a recipe (images/NAME.toml), either built from Debian packages or fetched. The
/// packages of a lab's stacks are installed into an image of its own. `lab up` makes the images that it
/// needs; all instances share them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Build(build::Args),
    Add(add::Args),
    Rm(rm::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::List(args) => list::run(args, context),
        Command::Build(args) => build::run(args, context),
        Command::Add(args) => add::run(args, context),
        Command::Rm(args) => rm::run(args, context),
    }
}
