//! `lab ssh`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::simulated::is_simulated;
use crate::app::take_over::become_ssh;
use crate::cli::context::Context;
use crate::cli::options::InstanceOption;
use crate::cli::{complete, simulated};
use crate::model::NodeName;

/// Open a shell on a node
///
/// Logs in as root, with the instance's own key; the node's host key is known before the first connection.
/// Uses the OpenSSH client of this machine. For commands without a terminal, `lab exec` is faster.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab ssh node1
  lab ssh node1 top")]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: NodeName,
    #[command(flatten)]
    instance: InstanceOption,
    /// A command to run in a terminal instead of a shell
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let job = context.app.quiet_job();
    if is_simulated(&job, args.instance.instance.as_ref())? {
        return simulated::terminal(context, args.instance.instance.as_ref(), &args.node, &args.command);
    }
    Err(become_ssh(&job, args.instance.instance.as_ref(), &args.node, &args.command).into())
}
