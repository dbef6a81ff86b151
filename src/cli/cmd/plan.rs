//! `lab plan`

use super::Outcome;
use crate::app::{How, PlanOnly};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::ui::Format;
use crate::cli::wanted::WantedOptions;

/// Show what `lab up` would do, and why, without doing it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab plan drbd-heartbeat
  lab plan --set deadtime=1500ms
  lab plan my-cluster/ --format json")]
pub struct Args {
    #[command(flatten)]
    wanted: WantedOptions,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let request = PlanOnly { wish: args.wanted.into(), how: How::default() };
    show(&request, args.format.format, context)
}

/// Shows what `lab up` would do.
///
/// # Errors
/// When the plan is refused, or the existing parts of the instance cannot be determined.
pub fn show(request: &PlanOnly, format: Format, context: &Context) -> Outcome {
    let planned = context.run(request)?;
    if let Some(why) = &planned.cold_because {
        context.ui.say(format!("its nodes boot, because {why}"));
    }
    context.ui.value(format, &planned.plan, || planned.text())?;
    Ok(Exit::OK)
}
