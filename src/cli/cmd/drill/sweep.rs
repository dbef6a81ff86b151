//! `lab drill sweep`

use clap_complete::ArgValueCompleter;

use super::reported;
use super::soak::long_enough;
use crate::app::LabWish;
use crate::app::drill::RunSweep;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::options::ReportFormatOption;
use crate::model::{InstanceName, Millis};

/// Repeat a drill with several settings of its lab, and set side by side what each is worth
///
/// For each setting an instance NAME-sweep is brought up, the drill is repeated from its checkpoint, the lab is left alone
/// under load for a while, and the instance is taken away again. The report has a line for each setting: how long the
/// takeover lasts, and how often one happens that nothing calls for. What stands already is not touched; but its guests
/// take processor time from what is measured, so better take it down.
///
/// What is varied stands in the drill's file, or is said here. One Ctrl-C ends it, keeps what was measured, and leaves
/// nothing standing. Checkpoints of the settings are kept, so that the next sweep is quicker; `lab gc` deletes them.
///
/// Ends with 10 when a run broke what the drill may never break, with 11 when a setting proves nothing, and with 1 when
/// one could not be measured. False failovers in a soak are what a sweep is to find, and no failure.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill sweep power-cut drbd-heartbeat
  lab drill sweep power-cut drbd-heartbeat --over deadtime=1500ms,2s,3s --repeat 10 --soak 10m
  lab drill sweep power-cut --over deadtime=2s,3s --over keepalive=250ms,500ms
  lab drill report power-cut --format html > sweep.html")]
pub struct Args {
    /// The drill: its name, or a file
    #[arg(value_name = "NAME|FILE", add = ArgValueCompleter::new(complete::drills))]
    drill: String,
    #[command(flatten)]
    wanted: Base,
    /// A parameter and its values; several of these are combined. Without any: what the drill's file says
    #[arg(long, value_name = "KEY=VALUE,VALUE…")]
    over: Vec<String>,
    /// How often the drill is performed with each setting; without it: what the drill's file says, else 5
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: Option<u32>,
    /// How long the lab is then left alone; without it: what the drill's file says, else not at all
    #[arg(long, value_name = "TIME", value_parser = long_enough)]
    soak: Option<Millis>,
    /// What random choices come from, the same ones with every setting
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    format: ReportFormatOption,
}

/// Which lab, and what all settings have.
#[derive(Debug, clap::Args)]
struct Base {
    /// The lab, or an instance whose lab it is, with the parameters that it was brought up with. Without it: the lab of the
    /// current folder, else the instance that stands
    #[arg(add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    /// An instance whose lab it is
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "lab", add = ArgValueCompleter::new(complete::instances))]
    instance: Option<InstanceName>,
    /// The name that records are kept under, when not the lab's own
    #[arg(long = "as", value_name = "NAME")]
    name: Option<InstanceName>,
    /// Set a parameter in every setting
    #[arg(long = "set", value_name = "KEY=VALUE", add = ArgValueCompleter::new(complete::settings))]
    settings: Vec<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { drill, wanted, over, repeat, soak, seed, format } = args;
    let Base { lab, instance, name, settings } = wanted;
    let wish = LabWish { lab, instance, name, settings, ..LabWish::default() };
    let done = context.run(&RunSweep { drill, wish, over, repeat, soak, seed })?;
    reported(&done, "sweep", format.format, context)
}
