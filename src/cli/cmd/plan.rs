//! `lab plan`

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::wanted::{Wanted, WantedOptions};
use crate::plan;

/// Show what `lab up` would do, and why, without doing it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab plan drbd-heartbeat
  lab plan --set deadtime=800ms
  lab plan my-cluster/ --format json")]
pub struct Args {
    #[command(flatten)]
    wanted: WantedOptions,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let wanted = Wanted::new(args.wanted, context)?;
    let inventory = wanted.provider(context)?.inventory()?;
    let plan = wanted.plan(&inventory)?;
    context.ui.value(args.format.format, &plan, || plan::text(&plan))?;
    Ok(Exit::OK)
}
