//! `lab drill soak`

use clap_complete::ArgValueCompleter;

use super::reported;
use crate::app::drill::{LONGEST_SOAK, Run, SHORTEST_SOAK, Soak};
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::options::{InstanceOption, ReportFormatOption};
use crate::model::{DurationError, Millis};

/// Put the load of a drill on a running lab, without any fault
///
/// Every failover during a soak is a false one: the timeouts of the cluster are too short for this machine.
/// Counts false failovers, late heartbeats and failed requests; if there was no false failover, reports the
/// upper bound of their hourly rate.
///
/// Ends with 10 if there was a false failover or an invariant was broken, and with 11 if the soak is
/// inconclusive.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill soak power-cut
  lab drill soak power-cut --for 10m
  lab drill report soak")]
pub struct Args {
    /// The drill whose steady state, loads and invariants are used: its name, or a file
    #[arg(value_name = "NAME|FILE", add = ArgValueCompleter::new(complete::drills))]
    drill: String,
    /// The length of the soak
    #[arg(long = "for", value_name = "TIME", default_value = "2m", value_parser = long_enough)]
    length: Millis,
    #[command(flatten)]
    instance: InstanceOption,
    /// The seed of random choices
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    format: ReportFormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { drill, length, instance, seed, format } = args;
    let run = Run { drill, instance: instance.instance, seed, capture: false };
    reported(&context.run(&Soak { run, length })?, "record", format.format, context)
}

/// A valid length of a soak.
pub fn long_enough(text: &str) -> Result<Millis, String> {
    let span: Millis = text.parse().map_err(|error: DurationError| error.to_string())?;
    if span < SHORTEST_SOAK {
        Err(format!("a soak of {span} shows nothing: write {SHORTEST_SOAK} or more"))
    } else if span > LONGEST_SOAK {
        Err(format!("a soak of {span} is too long: write {LONGEST_SOAK} at most"))
    } else {
        Ok(span)
    }
}
