//! `lab stack`: the stacks that a lab can use.

mod list;
mod show;

use super::Outcome;
use crate::cli::context::Context;

/// Stacks: the parts of clusters that a lab can use
///
/// `lab new --stack STACK` copies a bundled stack beside a lab, to be changed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::List(args) => list::run(args, context),
        Command::Show(args) => show::run(args, context),
    }
}
