//! `lab fault`: break one thing by hand.

mod heal;
mod inject;
mod list;

use super::Outcome;
use crate::cli::context::Context;

/// Break one thing by hand, and put it right again
///
/// The faults are those of drills, with the same proof that each took effect. What is broken stays so until `lab fault
/// heal` or `lab heal`, even when this program is killed; a drill heals everything before it begins. The way on which
/// `lab` itself reaches the nodes is never touched.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Inject(Box<inject::Args>),
    Heal(heal::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::List(args) => list::run(args, context),
        Command::Inject(args) => inject::run(*args, context),
        Command::Heal(args) => heal::run(args, context),
    }
}
