//! `lab class deadline`

use super::ClassOption;
use crate::app::class::Deadline;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Hand in what stands on the clusters whose time is over
///
/// The server does so by itself when a deadline is reached; this is for a class whose server was off then.
/// All clusters stand still at once, and are saved one by one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class deadline
  lab class deadline --now")]
pub struct Args {
    /// For all, also where time is left: it is over now
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    class: ClassOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let done = context.run(&Deadline { class: args.class.class, now: args.now })?;
    let handed_in = done.instances.iter().filter(|(_, result)| result.is_ok()).count();
    context.ui.say(format!("handed in: {handed_in} of {}", done.instances.len()));
    let failed = done.failures().next().cloned();
    failed.map_or(Ok(Exit::OK), |error| Err(error.into()))
}
