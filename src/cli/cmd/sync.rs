//! `lab sync`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::cp::MOST;
use crate::app::sync::Sync;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::model::Bytes;

/// Make a folder on a node equal to one of this machine, or the reverse
///
/// NODE:PATH is a folder on a node, relative to /root; the other folder is on this machine. Contents and
/// permissions become equal; what only TARGET has stays there, unless --delete is given. Into a node, only
/// what differs is sent. Out of a node, links and devices are left out, and nothing is written outside
/// TARGET.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab sync ./site node1:/srv/site
  lab sync ./site node1:/srv/site --delete --watch
  lab sync node1:/var/log/nginx ./logs")]
pub struct Args {
    /// The folder that stays as it is
    #[arg(value_name = "SOURCE", value_hint = clap::ValueHint::DirPath, add = ArgValueCompleter::new(complete::ends))]
    source: String,
    /// The folder that becomes equal to it; it is made if it does not exist
    #[arg(value_name = "TARGET", value_hint = clap::ValueHint::DirPath, add = ArgValueCompleter::new(complete::ends))]
    target: String,
    #[command(flatten)]
    instance: InstanceOption,
    /// Delete what only TARGET has
    #[arg(long)]
    delete: bool,
    /// Follow the changes of a folder of this machine until Ctrl-C, deletions among them
    #[arg(long)]
    watch: bool,
    /// Maximum size of the folder
    #[arg(long, value_name = "SIZE", default_value_t = MOST)]
    limit: Bytes,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { source, target, instance, delete, watch, limit } = args;
    let done = context.run(&Sync { source, target, instance: instance.instance, delete, watch, limit })?;
    for left_out in &done.left_out {
        context.ui.warn(format!("left out {left_out}"));
    }
    if let Some(first) = done.surplus.first() {
        let others = match done.surplus.len() - 1 {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        context.ui.warn(format!("only the target has {first}{others}: `--delete` deletes it there"));
    }
    context.ui.say(done.told().unwrap_or_else(|| "nothing differs".to_owned()));
    Ok(Exit::OK)
}
