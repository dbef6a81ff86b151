//! `lab heal`

use super::Outcome;
use crate::app::fault::Heal;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceWord;

/// Heal everything that is broken on purpose
///
/// That is what `lab fault inject` did, and what a drill had done when it was killed. A drill heals what it did on every
/// way out; only SIGKILL or a crash of `lab` leaves something to do.
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
        context.ui.say("nothing to do: nothing is broken on purpose");
    }
    Ok(Exit::OK)
}
