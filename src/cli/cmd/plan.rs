//! `lab plan`

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::raise::{self, How};
use crate::cli::start::Start;
use crate::cli::ui::Format;
use crate::cli::wanted::{Wanted, WantedOptions};
use crate::plan;
use crate::provider::Provider;

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
    let provider = wanted.provider(context)?;
    show(&wanted, provider.as_ref(), How::default(), args.format.format, context)
}

/// Shows what `lab up` would do.
///
/// # Errors
/// When the plan is refused, or what exists cannot be found out.
pub fn show(
    wanted: &Wanted,
    provider: &dyn Provider,
    how: How,
    format: Format,
    context: &Context,
) -> Outcome {
    let start = Start::of(&wanted.instance(context), provider, context)?;
    let planned = raise::plan(wanted, &start, &provider.inventory()?, how)?;
    if let Some(why) = &planned.cold_because {
        context.ui.say(format!("its nodes boot, because {why}"));
    }
    context.ui.value(format, &planned.plan, || plan::text(&planned.plan))?;
    Ok(Exit::OK)
}
