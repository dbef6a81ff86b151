//! `lab cp`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::cp::{Copy, MOST};
use crate::app::size;
use crate::base::words::several;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::model::Bytes;

/// Copy files and folders into a node, or out of one
///
/// NODE:PATH is a path on a node, relative to /root; any other path is on this machine. If TARGET is an
/// existing folder, sources are copied into it under their own names; otherwise TARGET is the name of the
/// copy. Folders are copied with all their content.
///
/// Links on a node are not copied to this machine, and nothing is written outside TARGET.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab cp node1:/var/log/ha-log .
  lab cp ./site.conf node1:/etc/apache2/sites-available/
  lab cp node1:/etc ./etc-of-node1")]
pub struct Args {
    /// What to copy
    #[arg(required = true, value_name = "SOURCE", value_hint = clap::ValueHint::AnyPath, add = ArgValueCompleter::new(complete::ends))]
    sources: Vec<String>,
    /// Where to copy it
    #[arg(required = true, value_name = "TARGET", value_hint = clap::ValueHint::AnyPath, add = ArgValueCompleter::new(complete::ends))]
    target: String,
    #[command(flatten)]
    instance: InstanceOption,
    /// Maximum size of the copy of one source
    #[arg(long, value_name = "SIZE", default_value_t = MOST)]
    limit: Bytes,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { sources, target, instance, limit } = args;
    let copied = context.run(&Copy { sources, target, instance: instance.instance, limit })?;
    for left_out in &copied.left_out {
        context.ui.warn(format!("left out {left_out}"));
    }
    let files = several(usize::try_from(copied.files).unwrap_or(usize::MAX), "file");
    context.ui.say(format!("{files}, {}", size(copied.bytes)));
    Ok(Exit::OK)
}
