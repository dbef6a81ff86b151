//! `lab console`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::catalog::Catalog;
use crate::cli::context::{Context, node};
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::cli::{complete, console, interrupt, provider};
use crate::instance::ProviderKind;
use crate::model::NodeName;
use crate::model::Wish;

/// Show what a node writes to its console, and go on showing it
///
/// The kernel's messages and the boot: what there is to see when a node does not answer. It cannot be typed into; for
/// a shell there is `lab ssh`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab console node1
  lab console node1 --lines 200 --no-follow")]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: NodeName,
    #[command(flatten)]
    instance: InstanceOption,
    /// How many of the last lines to begin with
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    lines: usize,
    /// End after these
    #[arg(long)]
    no_follow: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    let instance = context.describe(&name)?;
    let node = node(&instance, &args.node)?;
    if args.no_follow || instance.provider == ProviderKind::Sim {
        let provider = provider::open(context, &name, Wish::Auto, Catalog::of_state(&context.state))?;
        context.ui.data(provider.console_tail(&node.name, args.lines)?)?;
        return Ok(Exit::OK);
    }
    interrupt::listen_for_the_end()?;
    console::follow(context, &name, &node.name, args.lines)?;
    Ok(Exit::OK)
}
