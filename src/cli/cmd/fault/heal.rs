//! `lab fault heal`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::cli::{complete, drill, provider};
use crate::diagnostic::suggestion;
use crate::fault::Injection;
use crate::sabotage;

/// Heal a fault, all faults of a node, or all there are
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab fault heal
  lab fault heal node1
  lab fault heal link-down.node1")]
pub struct Args {
    /// A node, or what `lab fault list` calls the fault; all of them when not given
    #[arg(value_name = "NODE|FAULT", add = ArgValueCompleter::new(complete::faults))]
    what: Option<String>,
    #[command(flatten)]
    instance: InstanceOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    provider::needs_root(context, &name)?;
    let instance = context.describe(&name)?;
    let _lock = InstanceLock::acquire(&context.state, &name, "lab fault heal")?;
    let provider = provider::open(context, &name, instance.accel, Catalog::of_state(&context.state))?;
    let mut journal = drill::journal(context, &name)?;
    let active: Vec<Injection> = journal.active().iter().map(|entry| entry.injection.clone()).collect();
    let meant = |injection: &&Injection| {
        args.what.as_ref().is_none_or(|what| injection.node.as_str() == what || injection.id.as_str() == what)
    };
    let wanted: Vec<&Injection> = active.iter().filter(meant).collect();
    if let (Some(what), true) = (&args.what, wanted.is_empty())
        && instance.lab.nodes.iter().all(|node| node.name.as_str() != what)
    {
        let known = active.iter().map(|injection| injection.id.as_str());
        let error = CliError::not_found(format!("no fault or node is called `{what}`"));
        return Err(error.hint(suggestion(what, "fault", known.collect::<Vec<_>>())));
    }
    if wanted.is_empty() {
        context.ui.say("nothing to do: no fault is in force");
    }
    for injection in wanted.into_iter().rev() {
        if journal.entry(&injection.id).is_none() {
            // It had ended with the power of its node.
            continue;
        }
        let seen = sabotage::heal(provider.as_ref(), injection, &mut || {})
            .map_err(|error| CliError::failed(format!("{injection} cannot be healed")).because(error))?;
        journal
            .end(&injection.id)
            .map_err(|error| CliError::failed("that it is healed cannot be written down").because(error))?;
        context.ui.say(format!("healed {injection}: {seen}"));
    }
    Ok(Exit::OK)
}
