//! `lab fault heal`

use clap_complete::ArgValueCompleter;

use crate::app::fault::HealFaults;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;

/// Heal a fault, all faults of a node, or all faults
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab fault heal
  lab fault heal node1
  lab fault heal link-down.node1")]
pub struct Args {
    /// A node, or the id of a fault in `lab fault list`. Default: all faults
    #[arg(value_name = "NODE|FAULT", add = ArgValueCompleter::new(complete::faults))]
    what: Option<String>,
    #[command(flatten)]
    instance: InstanceOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    if context.run(&HealFaults { what: args.what, instance: args.instance.instance })? == 0 {
        context.ui.say("nothing to do: no fault is in force");
    }
    Ok(Exit::OK)
}
