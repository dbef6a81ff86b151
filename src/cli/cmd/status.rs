//! `lab status`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::status;
use crate::model::InstanceName;

/// Show how an instance is: its nodes, who holds its addresses, and whether its services answer
///
/// Everything is asked now: libvirt for the machines, the nodes for addresses, the services for their health.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab status
  lab status second --format json")]
pub struct Args {
    /// The instance; needed only when several stand
    #[arg(conflicts_with = "instance", value_name = "INSTANCE", id = "name", add = ArgValueCompleter::new(complete::instances))]
    name: Option<InstanceName>,
    #[command(flatten)]
    option: InstanceOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.name.as_ref().or(args.option.instance.as_ref()))?;
    let status = status::ask(context, &name)?;
    context.ui.value(args.format.format, &status, || status::text(&status))?;
    Ok(Exit::OK)
}
