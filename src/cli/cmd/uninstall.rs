//! `lab uninstall`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::Uninstall;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::model::LabName;

/// Remove an installed lab; its instances stay
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab list --labs
  lab uninstall exercise-3")]
pub struct Args {
    /// The name of the installed lab
    #[arg(add = ArgValueCompleter::new(complete::installed))]
    name: LabName,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    context.run(&Uninstall { name: args.name.clone() })?;
    context.ui.say(format!("{} is no longer installed", args.name));
    Ok(Exit::OK)
}
