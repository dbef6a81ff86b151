//! `lab fault inject`

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::cli::context::{self, Context};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::cli::{complete, drill, interrupt, provider};
use crate::diagnostic::suggestion;
use crate::fault::{Injection, InjectionId, Key, Keys, Unknown, Word, build, measure, unknown_names};
use crate::model::fault::Fault;
use crate::model::{Lab, Millis, NodeName};
use crate::provider::Provider;
use crate::sabotage::{self, Journal};

/// How often a fault that is held looks whether the user wants to stop.
const NAP: Duration = Duration::from_millis(50);

/// Do a fault to a node
///
/// It is written down before it is done, and proven afterwards; one that cannot be proven is healed again. What each
/// fault takes is in `lab fault list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab fault inject node1 link-down --network public
  lab fault inject node1 path-cut --path heartbeat
  lab fault inject node2 loss --percent 20 --hold 30s
  lab fault inject node1 service-kill --service web")]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: NodeName,
    /// The fault
    #[arg(hide_possible_values = true)]
    fault: Word,
    #[command(flatten)]
    instance: InstanceOption,
    /// How long it lasts; until it is healed when not given
    #[arg(long, value_name = "TIME")]
    hold: Option<Millis>,
    #[command(flatten, next_help_heading = "What the faults take")]
    keys: Keys,
}

pub fn run(args: &Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    provider::needs_root(context, &name)?;
    let instance = context.describe(&name)?;
    context::node(&instance, &args.node)?;
    let fault = fault(args, &instance.lab)?;
    let measure = measure(&instance.lab, &args.node, &fault).map_err(|unfit| {
        CliError::usage(format!("`{}` cannot be done to {}", args.fault, args.node)).because(unfit)
    })?;
    let _lock = InstanceLock::acquire(&context.state, &name, "lab fault inject")?;
    let provider = provider::open(context, &name, instance.accel, Catalog::of_state(&context.state))?;
    let mut journal = drill::journal(context, &name)?;
    let taken: Vec<InjectionId> = journal.active().iter().map(|entry| entry.injection.id.clone()).collect();
    let id = InjectionId::by_hand(&fault, &args.node, &taken);
    let injection = Injection { id, node: args.node.clone(), fault, measure };
    interrupt::listen(format!("`lab heal {name}` heals what was broken"))?;
    in_force(&injection, provider.as_ref(), &mut journal, context)?;
    let hold = if args.fault == Word::PowerCycle { args.keys.off } else { args.hold };
    match hold {
        Some(hold) => held(&injection, hold, provider.as_ref(), &mut journal, context),
        None => {
            context.ui.say(format!("`lab fault heal {}` heals it", injection.id));
            Ok(Exit::OK)
        }
    }
}

/// The fault that the command line means.
fn fault(args: &Args, lab: &Lab) -> Result<Fault, CliError> {
    if args.fault == Word::PowerCycle && args.hold.is_some() {
        return Err(CliError::usage("a power cycle ends when the power is back")
            .hint("write --off instead of --hold"));
    }
    if let Some(Unknown { what, name, known, .. }) = unknown_names(lab, &args.keys).into_iter().next() {
        let message = format!("there is no {what} `{name}` in {}", lab.name);
        return Err(CliError::not_found(message).hint(suggestion(&name, what, known)));
    }
    build(args.fault, &args.keys).map_err(|problems| {
        let mut error = CliError::usage(format!("`{}` cannot be done like this", args.fault));
        for problem in problems {
            let help = problem.help.replace(problem.key.example(), &option(problem.key));
            error = error.detail(problem.message, "").hint(help);
        }
        error
    })
}

/// A key as it is on a command line: `--percent 20`.
fn option(key: Key) -> String {
    let example = key.example().replace(" = true", "").replace(" = ", " ").replace('"', "");
    format!("--{example}")
}

/// Injects it; what cannot be proven is healed again.
fn in_force(
    injection: &Injection,
    provider: &dyn Provider,
    journal: &mut Journal,
    context: &Context,
) -> Result<(), CliError> {
    let unwritable = |error| CliError::failed("what is to be healed cannot be written down").because(error);
    journal.begin(injection, "lab fault inject").map_err(unwritable)?;
    match sabotage::inject(provider, injection, interrupt::flag(), &mut || {}) {
        Ok(done) => {
            journal.confirm(&injection.id, &done.mechanism).map_err(unwritable)?;
            context.ui.say(format!("{injection}, by {}: {}", done.mechanism, done.seen));
            Ok(())
        }
        Err(error) => {
            healed(injection, provider, journal, context)?;
            Err(CliError::failed(format!("{injection} is not in force")).because(error))
        }
    }
}

fn healed(
    injection: &Injection,
    provider: &dyn Provider,
    journal: &mut Journal,
    context: &Context,
) -> Result<(), CliError> {
    let seen = sabotage::heal(provider, injection, &mut || {})
        .map_err(|error| CliError::failed(format!("{injection} cannot be healed")).because(error))?;
    journal
        .end(&injection.id)
        .map_err(|error| CliError::failed("that it is healed cannot be written down").because(error))?;
    context.ui.say(format!("healed {injection}: {seen}"));
    Ok(())
}

/// Waits as long as the fault lasts, or until the user wants to stop, and heals it.
fn held(
    injection: &Injection,
    hold: Millis,
    provider: &dyn Provider,
    journal: &mut Journal,
    context: &Context,
) -> Outcome {
    let until = Instant::now() + hold.duration();
    while Instant::now() < until && !interrupt::flag().load(Ordering::Relaxed) {
        std::thread::sleep(NAP.min(until.saturating_duration_since(Instant::now())));
    }
    healed(injection, provider, journal, context)?;
    Ok(if interrupt::asked() { Exit::INTERRUPTED } else { Exit::OK })
}
