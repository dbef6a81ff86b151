//! `lab heal`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::{complete, drill, provider};
use crate::model::InstanceName;

/// Heal everything that is broken on purpose
///
/// That is what `lab fault inject` did, and what a drill had done when it was killed. A drill heals what it did on every
/// way out; only SIGKILL or a crash of `lab` leaves something to do.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab heal")]
pub struct Args {
    /// The instance; needed only when several stand
    #[arg(add = ArgValueCompleter::new(complete::instances))]
    instance: Option<InstanceName>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose_or(args.instance.as_ref(), "name the one that you mean")?;
    provider::needs_root(context, &name)?;
    let instance = context.describe(&name)?;
    let _lock = InstanceLock::acquire(&context.state, &name, "lab heal")?;
    let provider = provider::open(context, &name, instance.accel, Catalog::of_state(&context.state))?;
    if drill::heal(context, &name, provider.as_ref())? == 0 {
        context.ui.say("nothing to do: nothing is broken on purpose");
    }
    Ok(Exit::OK)
}
