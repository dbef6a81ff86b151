//! `lab drill compare`

use clap_complete::ArgValueCompleter;

use crate::app::drill::Compare;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::model::InstanceName;

/// Compare the drills of several labs: the same faults and the same load on different systems
///
/// Compares the newest record of each drill, whether its instance still exists or not. Labs that differ are
/// compared as they are: state the differences when you publish a comparison.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill compare nginx-cluster single-server
  lab drill compare paper tuned --format json")]
pub struct Args {
    /// Instances that have records
    #[arg(required_unless_present = "option", num_args = 2.., value_name = "INSTANCE", add = ArgValueCompleter::new(complete::recorded))]
    instances: Vec<InstanceName>,
    /// The same, each with an option of its own
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "instances", add = ArgValueCompleter::new(complete::recorded))]
    option: Vec<InstanceName>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let instances: Vec<InstanceName> = args.instances.into_iter().chain(args.option).collect();
    if instances.len() < 2 {
        return Err(CliError::usage("one instance alone cannot be compared: name two or more"));
    }
    let found = context.run(&Compare { instances, width: context.ui.width() })?;
    context.ui.value(args.format.format, &found.data, || found.text.clone())?;
    Ok(Exit::OK)
}
