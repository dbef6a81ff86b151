//! `lab logs`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::logs::Logs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::listener::{Output, Screen};
use crate::cli::options::InstanceOption;
use crate::cli::{complete, interrupt};
use crate::model::NodeName;

/// Show the logs of nodes
///
/// Shows the logs that the stacks of the lab declare in their stack.toml; for a node without such logs, its
/// journal. Without NODE, shows the logs of all nodes at once, each line with its node in front. `lab
/// console` shows the console output of a node.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab logs
  lab logs node1 --follow
  lab logs node2 --unit apache2 -n 200")]
pub struct Args {
    /// The node. Default: all nodes
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: Option<NodeName>,
    #[command(flatten)]
    instance: InstanceOption,
    /// Only the journal of this systemd unit
    #[arg(short, long)]
    unit: Option<String>,
    /// Number of last lines of each log to begin with
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    lines: usize,
    /// Follow the logs until you press Ctrl-C
    #[arg(short, long)]
    follow: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { node, instance, unit, lines, follow } = args;
    if follow {
        interrupt::listen_for_the_end();
    }
    let output = if node.is_some() { Output::Lines } else { Output::Named };
    let request = Logs { instance: instance.instance, node, unit, lines, follow };
    context.run_on(&request, Screen::new(context.ui.clone()).with_output(output))?;
    Ok(Exit::OK)
}
