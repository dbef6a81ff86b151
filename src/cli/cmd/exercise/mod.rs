//! `lab exercise`: exercises for students, and for their authors.

mod list;
mod new;
mod show;
mod test;

pub use show::text as text_of;

use super::Outcome;
use crate::cli::context::Context;

/// Exercises: list and show them, write and test your own
///
/// An exercise puts a cluster into a known, often broken state, and grades what you make of it by what its
/// clients see. `lab start NAME` begins one; then `lab task`, `lab grade`, `lab hint`, `lab answer`, `lab
/// undo`, `lab save`, `lab load`, `lab score` and `lab finish`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Test(test::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::List(args) => list::run(args, context),
        Command::Show(args) => show::run(args, context),
        Command::New(args) => new::run(args, context),
        Command::Test(args) => test::run(args, context),
    }
}
