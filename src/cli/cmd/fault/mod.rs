//! `lab fault`: single faults, injected and healed by hand.

mod heal;
mod inject;
mod list;

use super::Outcome;
use crate::cli::context::Context;

/// Inject a single fault, and heal it
///
/// The faults are those of drills, and each is verified in the same way. A fault stays in force until `lab
/// fault heal` or `lab heal`, even if this program is killed; a drill heals everything before it begins.
/// Faults never affect the management network.
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
