//! `lab up`

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Outcome;
use crate::apply::{InstanceLock, interrupted};
use crate::cli::context::Context;
use crate::cli::copies::{self, CopiesOptions};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::raise::{self, How, Planned};
use crate::cli::ui::Format;
use crate::cli::wanted::{Wanted, WantedOptions};
use crate::cli::words::{join, seconds, several};
use crate::cli::{farewell, provider};
use crate::host::accel::{Facts, choose};
use crate::instance::ProviderKind;
use crate::plan;

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
  lab up drbd-heartbeat --copies 30
  lab up drbd-heartbeat --roster class.csv
  lab up my-cluster/ --dry-run
  lab up --recreate node2")]
pub struct Args {
    #[command(flatten)]
    wanted: WantedOptions,
    #[command(flatten)]
    copies: CopiesOptions,
    /// Show the plan and do nothing, as `lab plan` does
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Keep what was made when something fails, to look at it
    #[arg(long)]
    keep: bool,
    /// Boot the nodes, even where a checkpoint of this lab could be restored
    #[arg(long)]
    cold: bool,
    /// Make no checkpoint of the lab when it has come up
    #[arg(long)]
    no_checkpoint: bool,
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
    /// The checkpoint that it was restored from; none when it was booted or stood already.
    from: Option<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let start = Instant::now();
    let wanted = Wanted::new(args.wanted, context)?;
    let provider = wanted.provider(context)?;
    let how = How { cold: args.cold, no_checkpoint: args.no_checkpoint, keep: args.keep };
    if args.dry_run {
        return super::plan::show(&wanted, provider.as_ref(), how, args.format.format, context);
    }
    if let Some(names) = args.copies.names(&wanted)? {
        return copies::raise_all(&wanted, &names, how, context);
    }
    provider::needs_root(context, &wanted.name)?;
    let _lock = InstanceLock::acquire(&context.state, &wanted.name, "lab up")?;
    tell_of_interruption(&wanted, context)?;
    let announce = |planned: &Planned| announce(&wanted, planned, context);
    let done = raise::raise(&wanted, provider.as_ref(), how, &announce, context)?;
    tell(&wanted, &done, start.elapsed(), args.format.format, context)?;
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

/// Says where it begins; and which nodes are touched and why, when the lab stood before.
fn announce(wanted: &Wanted, planned: &Planned, context: &Context) {
    let plan = &planned.plan;
    let steps = several(plan.steps.len(), "step");
    if plan.is_empty() {
        return;
    }
    if let Some(checkpoint) = &planned.from {
        let made = checkpoint.spec.created.strftime("%Y-%m-%d %H:%M UTC");
        context.ui.say(format!("restoring {} from its checkpoint of {made}", wanted.name));
        return;
    }
    if let Some(why) = &planned.cold_because {
        context.ui.say(format!("booting, because {why}"));
    }
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
    done: &Planned,
    took: Duration,
    format: Format,
    context: &Context,
) -> Result<(), CliError> {
    let plan = &done.plan;
    if format == Format::Json {
        return context.ui.json(&Report {
            instance: wanted.name.as_str(),
            lab: wanted.found.loaded.lab.name.as_str(),
            steps: plan.steps.len(),
            seconds: took.as_secs_f64(),
            from: done.from.as_ref().map(|checkpoint| checkpoint.id().to_string()),
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
