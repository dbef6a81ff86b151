//! `lab console`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::console::Console;
use crate::app::simulated::is_simulated;
use crate::app::take_over::become_console;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::listener::{Output, Screen};
use crate::cli::options::InstanceOption;
use crate::cli::{complete, interrupt, simulated};
use crate::model::NodeName;

/// Show the console output of a node, and follow it
///
/// Shows the messages of the kernel and of the boot, also while a node does not answer. With `--type`, what
/// you type reaches the console: Enter opens a root shell, also when the network of the node is broken;
/// Ctrl-] ends it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab console node1
  lab console node1 --type
  lab console node1 --lines 200 --no-follow")]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: NodeName,
    #[command(flatten)]
    instance: InstanceOption,
    /// Number of last lines to begin with
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    lines: usize,
    /// End after these lines
    #[arg(long)]
    no_follow: bool,
    /// Type on the console
    #[arg(short = 't', long = "type", conflicts_with_all = ["no_follow", "raw"])]
    typing: bool,
    /// On a terminal, show the output as it is. Otherwise only text, colours and cursor movements pass
    #[arg(long)]
    raw: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { node, instance, lines, no_follow, typing, raw } = args;
    if !no_follow {
        interrupt::listen_for_the_end();
    }
    let instance = instance.instance;
    let simulated = is_simulated(&context.app.quiet_job(), instance.as_ref())?;
    if typing && !simulated {
        let last = Console { node: node.clone(), instance: instance.clone(), lines, follow: false };
        context.run_on(&last, Screen::new(context.ui.clone()).with_output(Output::Bare))?;
        return Err(become_console(&context.app.quiet_job(), instance.as_ref(), &node).into());
    }
    let output = if raw { Output::Raw } else { Output::Bare };
    let request = Console { node, instance, lines, follow: !no_follow };
    context.run_on(&request, Screen::new(context.ui.clone()).with_output(output))?;
    if simulated && !no_follow {
        simulated::echo(context)?;
    }
    Ok(Exit::OK)
}
