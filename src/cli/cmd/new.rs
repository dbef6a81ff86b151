//! `lab new`

use std::path::PathBuf;

use clap_complete::ArgValueCandidates;

use super::Outcome;
use crate::app::NewLab;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::model::LabName;

/// Start a lab of your own from a bundled one
///
/// Creates the folder NAME with a copy of the lab's files under the new name. Templates and images that you
/// put beside the lab (NAME/templates/…, NAME/images/…) hide the bundled ones of the same name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab new my-cluster
  lab new my-cluster --from drbd-heartbeat
  lab check my-cluster/")]
pub struct Args {
    /// The name of the lab and of its folder
    name: LabName,
    /// The bundled lab to copy
    #[arg(long, value_name = "LAB", default_value = "drbd-heartbeat", add = ArgValueCandidates::new(complete::bundled_labs))]
    from: String,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { name, from } = args;
    context.run(&NewLab { name: name.clone(), inside: PathBuf::new(), from: from.clone() })?;
    context.ui.say(format!(
        "{name}/ is a copy of {from}; change {name}/lab.toml, then `lab check {name}/` and `lab up {name}/`"
    ));
    Ok(Exit::OK)
}
