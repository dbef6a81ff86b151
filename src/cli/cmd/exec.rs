//! `lab exec`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::Exec;
use crate::app::exec::{DAY_S, LONGEST_S};
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::listener::{Output, Screen};
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::ui::Format;
use crate::model::NodeName;

/// Run a command on a node, or on all of them at once
///
/// Runs it as root, without a terminal. A single word is a line for the node's shell; several words are the
/// command and its exact arguments. Options of `lab` come before the command; a `--` before it may be left
/// out. Ends with the command's status; with --all, with the highest.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("where").required(true).args(["node", "all"])),
    after_help = "\
Examples:
  lab exec node1 drbdadm status
  lab exec node1 'journalctl -u heartbeat | tail'
  lab exec --all uptime
  lab exec --all --format json -- cat /proc/loadavg"
)]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: Option<NodeName>,
    /// All nodes at once
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    instance: InstanceOption,
    /// End the command after this time
    #[arg(long, value_name = "SECONDS", default_value_t = DAY_S, hide_default_value = true, value_parser = clap::value_parser!(u64).range(..=LONGEST_S))]
    timeout: u64,
    /// On a terminal, show the output as it is. Otherwise only text, colours and cursor movements pass
    #[arg(long, conflicts_with = "all")]
    raw: bool,
    #[command(flatten)]
    format: FormatOption,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let output = match (args.format.format, args.all) {
        (Format::Json, _) => Output::Hidden,
        (Format::Text, true) => Output::Named,
        (Format::Text, false) if args.raw => Output::Raw,
        (Format::Text, false) => Output::Bare,
    };
    let Args { node, command, timeout: timeout_s, .. } = args;
    let request = Exec { instance: args.instance.instance, node, command, timeout_s };
    let ran = context.run_on(&request, Screen::new(context.ui.clone()).with_output(output))?;
    if args.format.format == Format::Json {
        context.ui.list(Format::Json, "nodes", &ran, String::new)?;
    }
    let worst = ran.iter().map(|ran| ran.status).max().unwrap_or(0);
    Ok(Exit(u8::try_from(worst).unwrap_or(u8::MAX)))
}
