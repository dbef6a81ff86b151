//! `lab course`: courses of exercises.

mod list;
mod show;

use super::Outcome;
use crate::cli::context::Context;

/// Courses: exercises in an order, in sessions, with a page for the teacher
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
