//! `lab status`

use std::collections::BTreeMap;
use std::sync::Mutex;

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::status::{self, Status};
use crate::model::InstanceName;

/// Show how instances are: their nodes, who holds their addresses, and whether their services answer
///
/// Everything is asked now: libvirt for the machines, the nodes for addresses, the services for their health. As JSON one instance
/// is an object; several, or --all, are a list of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab status
  lab status alice bob
  lab status --all --format json")]
pub struct Args {
    /// The instances; needed only when several stand
    #[arg(conflicts_with = "instance", value_name = "INSTANCE", id = "names", add = ArgValueCompleter::new(complete::instances))]
    names: Vec<InstanceName>,
    /// All instances
    #[arg(long, conflicts_with_all = ["names", "instance"])]
    all: bool,
    #[command(flatten)]
    option: InstanceOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let named: Vec<InstanceName> = args.names.into_iter().chain(args.option.instance).collect();
    let names = context.several(&named, args.all)?;
    let asked = Mutex::new(BTreeMap::new());
    let exit = context.for_each(&names, |name| {
        let status = status::ask(context, name)?;
        asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(name.clone(), status);
        Ok(())
    })?;
    let asked = asked.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    // In the order in which they were named.
    let found: Vec<&Status> = names.iter().filter_map(|name| asked.get(name)).collect();
    let text = || found.iter().map(|status| status::text(status)).collect::<Vec<_>>().join("\n\n");
    match found.as_slice() {
        [] if !args.all => {}
        [only] if !args.all => context.ui.value(args.format.format, only, text)?,
        several => context.ui.value(args.format.format, &several, text)?,
    }
    Ok(exit)
}
