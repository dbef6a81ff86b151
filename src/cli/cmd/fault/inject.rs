//! `lab fault inject`

use clap_complete::ArgValueCompleter;

use crate::app::fault::{Inject, Row};
use crate::cli::choice::{self, KeyOptions};
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::model::{Millis, NodeName};

/// Inject a fault into a node
///
/// The fault is recorded before it is injected, and verified afterwards; a fault that cannot be verified is
/// healed again. `lab fault list` shows the options of each fault.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab fault inject node1 link-down --network public
  lab fault inject node1 path-cut --path heartbeat
  lab fault inject node2 loss --percent 20 --hold 30s
  lab fault inject node1 service-kill --service web")]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: NodeName,
    /// The fault
    #[arg(value_parser = choice::fault(), hide_possible_values = true)]
    fault: &'static Row,
    #[command(flatten)]
    instance: InstanceOption,
    /// Heal the fault after this time. Default: it stays in force until it is healed
    #[arg(long, value_name = "TIME")]
    hold: Option<Millis>,
    #[command(flatten, next_help_heading = "Options of the faults")]
    keys: KeyOptions,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { node, fault, instance, hold, keys } = args;
    let done = context.run(&Inject { node, fault, keys: keys.said, hold, instance: instance.instance })?;
    if done.in_force {
        context.ui.say(format!("`lab fault heal {}` heals it", done.id));
    }
    Ok(Exit::OK)
}
