//! `lab token`

mod create;
mod list;
mod revoke;

use super::Outcome;
use crate::cli::context::Context;

/// Make, list and end credentials for the page and its interface
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    Revoke(revoke::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::Create(args) => create::run(args, context),
        Command::List(args) => list::run(args, context),
        Command::Revoke(args) => revoke::run(&args, context),
    }
}
