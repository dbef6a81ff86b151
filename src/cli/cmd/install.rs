//! `lab install`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::Install;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::model::LabName;

/// Install a lab on this machine, to bring it up by its name
///
/// Checks the lab, its drills, stacks and images, and copies them to the state folder, where only its owner
/// changes them. From then on the name means this copy, from any folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab install ./my-cluster
  lab install ./my-cluster --as exercise-3
  lab up exercise-3")]
pub struct Args {
    /// The folder of the lab: ./NAME
    #[arg(value_name = "FOLDER", add = ArgValueCompleter::new(complete::folders))]
    from: String,
    /// The name of the installed lab, instead of its own
    #[arg(long = "as", value_name = "NAME")]
    name: Option<LabName>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let installed = context.run(&Install { from: args.from, name: args.name })?;
    let name = installed.name;
    context
        .ui
        .say(format!("{name} is installed: `lab up {name}` brings it up, `lab uninstall {name}` removes it"));
    Ok(Exit::OK)
}
