//! `lab heal`

use super::Outcome;
use crate::app::fault::Heal;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceWord;

/// Heal all faults
///
/// Heals the faults of `lab fault inject`, and those of a drill that was killed. A drill heals its own faults
/// however it ends; only SIGKILL or a crash of `lab` leaves some in force.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab heal")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceWord,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    if context.run(&Heal { instance: args.instance.named() })? == 0 {
        context.ui.say("nothing to do: no fault is in force");
    }
    Ok(Exit::OK)
}
