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

/// Repeat a drill with several settings of its lab, and compare them
///
/// For each setting an instance NAME-sweep is brought up, the drill is repeated from its checkpoint, the lab
/// runs under load without faults for a while, and the instance is taken down again. The report has one line
/// for each setting: the failover time, and the rate of false failovers. Existing instances are not touched,
/// but their guests take processor time from the measurement: take them down first.
///
/// The parameters to vary are in the drill's file or are given here. The first Ctrl-C ends the sweep, keeps
/// the finished measurements, and leaves no instance behind. The checkpoints of the settings are kept, which
/// makes the next sweep faster; `lab gc` deletes them.
///
/// Ends with 10 if a run broke an invariant of the drill, with 11 if a setting is inconclusive, and with 1 if
/// one could not be measured. False failovers in a soak are a result of a sweep, and not a failure.
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
    /// A parameter and its values; several parameters are combined. Default: those of the drill's file
    #[arg(long, value_name = "KEY=VALUE,VALUE…")]
    over: Vec<String>,
    /// Number of runs with each setting. Default: as in the drill's file, else 5
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: Option<u32>,
    /// Length of the soak of each setting. Default: as in the drill's file, else no soak
    #[arg(long, value_name = "TIME", value_parser = long_enough)]
    soak: Option<Millis>,
    /// The seed of random choices, the same with every setting
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    format: ReportFormatOption,
}

/// The lab, and the parameters that all settings share.
#[derive(Debug, clap::Args)]
struct Base {
    /// The lab, or an instance whose lab and parameters are used. Default: the lab of the current folder,
    /// else that of the existing instance
    #[arg(add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    /// An instance whose lab and parameters are used
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "lab", add = ArgValueCompleter::new(complete::instances))]
    instance: Option<InstanceName>,
    /// The name under which records are kept, instead of the lab's own
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
