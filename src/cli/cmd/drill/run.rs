//! `lab drill run`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::{complete, drill};

/// Perform a drill on a standing lab, and report
///
/// Ends with 0 when all that the drill expects held, with 10 when something did not, and with 11 when it proves
/// nothing: there was no steady state, a fault did not happen, or the machine itself stood still.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill run power-cut
  lab drill run failback --format json
  lab drill run ./my-drill.toml --seed 7")]
pub struct Args {
    /// The drill: its name, or a file
    #[arg(value_name = "NAME|FILE", add = ArgValueCompleter::new(complete::drills))]
    drill: String,
    #[command(flatten)]
    instance: InstanceOption,
    /// What random choices come from; the report says which it was, so that a run can be repeated
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    let instance = context.describe(&name)?;
    let found = drill::one(context, &instance, &args.drill)?;
    context.needs_machines(&name)?;
    let seed = args.seed.unwrap_or_else(|| jiff::Timestamp::now().as_microsecond().unsigned_abs());
    let path = drill::perform(context, &instance, &found, seed)?;
    let exit = drill::report(context, &path, args.format.format)?;
    context.ui.say(format!("record: {}", path.display()));
    Ok(exit)
}
