//! `lab up`

use std::path::PathBuf;

use serde::Serialize;

use super::Outcome;
use crate::app::{AppError, Copies, CopyUp, How, IsUp, LabWish, PlanOnly, Up, UpCopies, UpHow};
use crate::base::words::seconds;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::next_steps;
use crate::cli::options::FormatOption;
use crate::cli::ui::Format;
use crate::cli::wanted::WantedOptions;
use crate::model::InstanceName;

/// Bring a lab up, or change an existing instance to match its lab file
///
/// Checks the lab, compares it with what exists, and performs the missing steps, in parallel where possible.
/// On a lab that is up already it does nothing. After a change of the file it makes the smallest change that
/// is needed.
///
/// On a failure or Ctrl-C, a new instance is removed again (unless --keep); an existing instance keeps the
/// finished steps, and the next `lab up` continues.
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
    /// On a failure, keep what was made, to inspect it
    #[arg(long)]
    keep: bool,
    /// Boot the nodes, even if a checkpoint of this lab could be restored
    #[arg(long)]
    cold: bool,
    /// Save no checkpoint when the lab has come up
    #[arg(long)]
    no_checkpoint: bool,
    #[command(flatten)]
    format: FormatOption,
}

/// Which copies to bring up.
#[derive(Debug, clap::Args)]
pub struct CopiesOptions {
    /// Number of instances, called NAME-1, NAME-2…
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=500), conflicts_with = "roster")]
    copies: Option<u16>,
    /// One instance for each name in a CSV file: of its column `name` (or `nama`), or of its only column
    #[arg(long, value_name = "FILE", conflicts_with = "name")]
    roster: Option<PathBuf>,
}

impl CopiesOptions {
    fn wanted(&self) -> Option<Copies> {
        let roster = || self.roster.clone().map(Copies::Roster);
        self.copies.map(Copies::Number).or_else(roster)
    }
}

/// The result of `lab up`, as JSON.
#[derive(Serialize)]
struct Report<'a> {
    instance: &'a str,
    lab: &'a str,
    steps: usize,
    seconds: f64,
    /// The checkpoint that it was restored from; none if it booted or existed already.
    from: Option<String>,
}

/// The result of a copy, as JSON.
#[derive(Serialize)]
struct CopyReport<'a> {
    instance: &'a str,
    steps: usize,
    seconds: f64,
    /// As in [`Report`].
    from: Option<String>,
}

impl<'a> CopyReport<'a> {
    /// Of a copy that came up.
    fn of((name, result): &'a (InstanceName, Result<CopyUp, AppError>)) -> Option<Self> {
        let copy = result.as_ref().ok()?;
        let from = copy.from.as_ref().map(ToString::to_string);
        Some(Self { instance: name.as_str(), steps: copy.steps, seconds: copy.took.as_secs_f64(), from })
    }
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let wish: LabWish = args.wanted.into();
    let how = How { cold: args.cold, no_checkpoint: args.no_checkpoint, keep: args.keep };
    if args.dry_run {
        return super::plan::show(&PlanOnly { wish, how }, args.format.format, context);
    }
    if let Some(copies) = args.copies.wanted() {
        return up_copies(&UpCopies { wish, how, copies }, args.format.format, context);
    }
    let up = context.run(&Up { wish, how })?;
    tell(&up, args.format.format, context)?;
    Ok(Exit::OK)
}

fn up_copies(request: &UpCopies, format: Format, context: &Context) -> Outcome {
    let all = context.run(request)?;
    if format == Format::Json {
        let rows: Vec<CopyReport<'_>> = all.instances.iter().filter_map(CopyReport::of).collect();
        context.ui.list(format, "instances", &rows, String::new)?;
        return Ok(context.each(all)?.1);
    }
    let first = all.instances.first().map(|(name, _)| name.clone());
    let (done, exit) = context.each(all)?;
    let took = done.iter().map(|copy| copy.took).max().unwrap_or_default();
    context.ui.say(format!("after {}", seconds(took)));
    match (exit, first) {
        (Exit::OK, Some(first)) => context.ui.say(format!(
            "\n`lab list` shows them, `lab ssh -l {first} NODE` gets into one, `lab down --all` takes them away"
        )),
        (Exit::OK, None) => {}
        _ => context.ui.say(
            "\ncopies that came up stay: `lab list` shows them, the same command goes on with the others, `lab down \
             --all` takes them away",
        ),
    }
    Ok(exit)
}

fn tell(up: &IsUp, format: Format, context: &Context) -> Result<(), crate::cli::error::CliError> {
    if format == Format::Json {
        return context.ui.json(&Report {
            instance: up.instance.as_str(),
            lab: up.lab.name.as_str(),
            steps: up.steps,
            seconds: up.took.as_secs_f64(),
            from: up.from.as_ref().map(ToString::to_string),
        });
    }
    if up.how == UpHow::Stood {
        context.ui.say(format!("nothing to do: {} matches its lab file", up.instance));
        return Ok(());
    }
    context.ui.say(format!("{} is up after {}", up.instance, seconds(up.took)));
    if up.fresh {
        context.ui.say(next_steps::text(up));
    }
    Ok(())
}
