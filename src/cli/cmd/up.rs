//! `lab up`

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Outcome;
use crate::apply::{InstanceLock, interrupted};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::ui::Format;
use crate::cli::wanted::{Wanted, WantedOptions};
use crate::cli::words::{join, seconds, several};
use crate::cli::{drill, farewell, perform, provider};
use crate::host::accel::{Facts, choose};
use crate::instance::ProviderKind;
use crate::plan::{self, Plan};

/// Bring a lab up, or bring a standing one to what its file says
///
/// Checks the lab, compares what it wants with what exists, and does what is missing, as much at once as can be. On a
/// lab that stands already it does nothing. After a change in the file it makes the smallest change that gets there.
///
/// When something fails, or you press Ctrl-C: a lab that was not there before is taken back (unless --keep); on one
/// that was, what is done stays, and the next `lab up` goes on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab up drbd-heartbeat
  lab up drbd-heartbeat --as second --set profile=paper
  lab up my-cluster/ --dry-run
  lab up --recreate node2")]
pub struct Args {
    #[command(flatten)]
    wanted: WantedOptions,
    /// Show the plan and do nothing, as `lab plan` does
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Keep what was made when something fails, to look at it
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    format: FormatOption,
}

/// What `lab up` came to, as JSON.
#[derive(Serialize)]
struct Report<'a> {
    instance: &'a str,
    lab: &'a str,
    steps: usize,
    seconds: f64,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let start = Instant::now();
    let wanted = Wanted::new(args.wanted, context)?;
    let provider = wanted.provider(context)?;
    if args.dry_run {
        let plan = wanted.plan(&provider.inventory()?)?;
        context.ui.value(args.format.format, &plan, || plan::text(&plan))?;
        return Ok(Exit::OK);
    }
    provider::needs_root(context, &wanted.name)?;
    let _lock = InstanceLock::acquire(&context.state, &wanted.name, "lab up")?;
    tell_of_interruption(&wanted, context)?;
    let plan = wanted.plan(&provider.inventory()?)?;
    let new = wanted.instance(context);
    // Written before the first change, so that whoever comes after a crash knows what this was to be.
    if wanted.before.as_ref() != Some(&new) {
        new.save(&context.state)
            .map_err(|error| CliError::failed("the instance cannot be written down").because(error))?;
    }
    if !plan.is_empty() {
        announce(&wanted, &plan, context);
        perform::plan(context, &wanted.name, &plan, provider.as_ref(), "lab up", args.keep)?;
    }
    // Whatever a drill had cut when it was killed is on by now.
    crate::drill::forget(&drill::heal_file(context, &wanted.name))
        .map_err(|error| CliError::failed("a file of an earlier drill cannot be deleted").because(error))?;
    tell(&wanted, &plan, start.elapsed(), args.format.format, context)?;
    Ok(Exit::OK)
}

/// An earlier run that was killed is worth a word: this one goes on from where it was.
fn tell_of_interruption(wanted: &Wanted, context: &Context) -> Result<(), CliError> {
    let found = interrupted(&context.state.instance(&wanted.name))
        .map_err(|error| CliError::failed("the journal cannot be read").because(error))?;
    if let Some(earlier) = found {
        let during = match earlier.during.as_slice() {
            [] => String::new(),
            steps => format!(" at: {}", join(steps)),
        };
        context.ui.say(format!("an earlier `{}` was killed{during}", earlier.run.command));
    }
    Ok(())
}

/// Says which nodes are touched and why, when the lab stood before.
fn announce(wanted: &Wanted, plan: &Plan, context: &Context) {
    let steps = several(plan.steps.len(), "step");
    if plan.purpose == plan::Purpose::Fresh {
        context.ui.say(format!("bringing {} up: {steps}", wanted.name));
        tell_of_emulation(wanted, context);
        return;
    }
    context.ui.say(format!("changing {}: {steps}", wanted.name));
    for change in &plan.changes {
        context.ui.say(format!("  {} {}: {}", change.effect.verb(), change.node, change.reasons.join("; ")));
    }
}

/// Whoever waits for guests should know why they are slow. A simulated host has none.
fn tell_of_emulation(wanted: &Wanted, context: &Context) {
    let provider = wanted.before.as_ref().map_or(context.provider, |before| before.provider);
    if provider == ProviderKind::Libvirt {
        let notice = choose(wanted.accel, Facts::read()).notice(wanted.accel);
        notice.into_iter().for_each(|notice| context.ui.say(notice));
    }
}

fn tell(
    wanted: &Wanted,
    plan: &Plan,
    took: Duration,
    format: Format,
    context: &Context,
) -> Result<(), CliError> {
    if format == Format::Json {
        return context.ui.json(&Report {
            instance: wanted.name.as_str(),
            lab: wanted.found.loaded.lab.name.as_str(),
            steps: plan.steps.len(),
            seconds: took.as_secs_f64(),
        });
    }
    if plan.is_empty() {
        context.ui.say(format!("nothing to do: {} stands as its lab file says", wanted.name));
        return Ok(());
    }
    context.ui.say(format!("{} stands after {}", wanted.name, seconds(took)));
    if plan.purpose == plan::Purpose::Fresh {
        context.ui.say(farewell::text(wanted, &context.instances()?));
    }
    Ok(())
}
