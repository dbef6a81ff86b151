//! `lab checkpoint save`

use std::time::Instant;

use super::Outcome;
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::checkpoint::{CheckpointSpec, Inputs, Kind, Store};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::cli::start::{self, Saved, bad_store};
use crate::cli::words::seconds;
use crate::cli::{provider, raise};
use crate::model::CheckpointId;
use crate::model::CheckpointName;

/// Keep what a lab is now, under a name
///
/// All nodes stand still for a few seconds and then go on; the cluster on them does not notice. Nodes that are off are kept off.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab checkpoint save before-the-split
  lab checkpoint save half-full --note \"1 GB of rows, node2 primary\"")]
pub struct Args {
    /// What it will be called
    name: CheckpointName,
    /// What it is, for whoever reads the list
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    #[command(flatten)]
    instance: InstanceOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let begin = Instant::now();
    let name = context.choose(args.instance.instance.as_ref())?;
    provider::needs_root(context, &name)?;
    let instance = context.describe(&name)?;
    let id = CheckpointId::named(&instance.lab.name, &args.name)
        .map_err(|error| CliError::usage(format!("`{}` cannot be the name", args.name)).because(error))?;
    let _lock = InstanceLock::acquire(&context.state, &name, "lab checkpoint save")?;
    if Store::new(&context.state).get(&id).map_err(bad_store)?.is_some() {
        return Err(CliError::failed(format!("{id} is there already"))
            .hint(format!("choose another name, or delete it with `lab checkpoint rm {}`", args.name)));
    }
    let provider = provider::open(context, &name, instance.accel, Catalog::of_state(&context.state))?;
    raise::settle(provider.as_ref(), context)?;
    let inputs = Inputs::of(&instance.lab, &instance.desired, provider.platform()?);
    let created = jiff::Timestamp::now();
    let spec = CheckpointSpec { id, kind: Kind::Named, note: args.note, created, inputs, instance };
    if start::save(spec, provider.as_ref(), context)? == Saved::Busy {
        return Err(CliError::failed(format!("another command is at work on {}", args.name)));
    }
    context.ui.say(format!("saved as {} after {}", args.name, seconds(begin.elapsed())));
    context.ui.say(format!("`lab checkpoint restore {}` goes back to it", args.name));
    Ok(Exit::OK)
}
