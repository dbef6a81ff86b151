//! `lab checkpoint save`

use crate::app::checkpoint::Save;
use crate::base::words::seconds;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::model::CheckpointName;

/// Save the present state of a lab under a name
///
/// All nodes are paused for a few seconds; the cluster on them does not notice. Nodes that are off are saved
/// as off.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab checkpoint save before-the-split
  lab checkpoint save half-full --note \"1 GB of rows, node2 primary\"")]
pub struct Args {
    /// The name of the checkpoint
    name: CheckpointName,
    /// A note for the list of checkpoints
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    #[command(flatten)]
    instance: InstanceOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { name, note, instance } = args;
    let saved = context.run(&Save { name: name.clone(), note, instance: instance.instance })?;
    context.ui.say(format!("saved as {name} after {}", seconds(saved.took)));
    context.ui.say(format!("`lab checkpoint restore {name}` goes back to it"));
    Ok(Exit::OK)
}
