//! `lab node`: the power of one node.

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::exec::LONGEST_S;
use crate::app::node::{Off, Reboot, SHUTDOWN_S, Start, Stop, Switched};
use crate::base::words::seconds;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::model::NodeName;

/// Switch a node on or off, or restart it
///
/// These are not faults: `lab heal` does not undo them. `lab up` switches on all nodes that are off.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Switch a node on, and wait until it answers
    #[command(after_help = "\
Examples:
  lab node start node1")]
    Start {
        #[command(flatten)]
        which: Which,
    },
    /// Shut a node down, or cut its power
    #[command(after_help = "\
Examples:
  lab node stop node1
  lab node stop node1 --force")]
    Stop {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        off: OffOptions,
    },
    /// Restart a node, and wait until it answers
    #[command(after_help = "\
Examples:
  lab node reboot node1
  lab node reboot node1 --force")]
    Reboot {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        off: OffOptions,
    },
}

/// The node.
#[derive(Debug, clap::Args)]
struct Which {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: NodeName,
    #[command(flatten)]
    instance: InstanceOption,
}

/// How a node is switched off.
#[derive(Debug, clap::Args)]
struct OffOptions {
    /// Cut the power instead: the memory is lost at once, and nothing is flushed to the disks
    #[arg(short, long, visible_alias = "cut")]
    force: bool,
    /// Time limit of an orderly shutdown
    #[arg(long, value_name = "SECONDS", default_value_t = SHUTDOWN_S, value_parser = clap::value_parser!(u64).range(..=LONGEST_S), conflicts_with = "force")]
    timeout: u64,
}

impl From<OffOptions> for Off {
    fn from(options: OffOptions) -> Self {
        if options.force { Off::Cut } else { Off::InOrder(options.timeout) }
    }
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::Start { which: Which { node, instance } } => {
            let switched = context.run(&Start { node: node.clone(), instance: instance.instance })?;
            report(&switched, &node, "on", context);
        }
        Command::Stop { which: Which { node, instance }, off } => {
            let request = Stop { node: node.clone(), instance: instance.instance, how: off.into() };
            report(&context.run(&request)?, &node, "off", context);
            context.ui.say(format!("`lab node start {node}` or `lab up` switches it on again"));
        }
        Command::Reboot { which: Which { node, instance }, off } => {
            let request = Reboot { node: node.clone(), instance: instance.instance, how: off.into() };
            report(&context.run(&request)?, &node, "on", context);
        }
    }
    Ok(Exit::OK)
}

fn report(switched: &Switched, node: &NodeName, state: &str, context: &Context) {
    context.ui.say(match switched.changed {
        true => format!("{node} is {state} after {}", seconds(switched.took)),
        false => format!("nothing to do: {node} is {state}"),
    });
}
