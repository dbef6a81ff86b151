//! `lab drill compare`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::{complete, drill};
use crate::model::InstanceName;
use crate::report::{compare, compare_text, json};

/// Set the drills of several labs side by side: the same faults and the same rush on different systems
///
/// Of each drill the newest record counts, whether the instance still stands or not. Labs that differ are compared as they are: say
/// what is different when you show it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill compare nginx-cluster single-server
  lab drill compare paper tuned --format json")]
pub struct Args {
    /// Instances that have records
    #[arg(required = true, num_args = 2.., value_name = "INSTANCE", add = ArgValueCompleter::new(complete::recorded))]
    instances: Vec<InstanceName>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let mut performed = Vec::new();
    for (place, name) in args.instances.iter().enumerate() {
        if args.instances[..place].contains(name) {
            return Err(CliError::usage(format!("`{name}` is there twice")));
        }
        performed.extend(drill::newest_of_each(context, name)?);
    }
    let comparison = compare(&performed);
    context.ui.value(args.format.format, &json(&comparison), || compare_text(&comparison))?;
    Ok(Exit::OK)
}
