//! `lab drill calibrate`

use crate::app::drill::{Calibrate, Drilled};
use crate::cli::cmd::Outcome;
use crate::cli::cmd::drill::reported;
use crate::cli::context::Context;
use crate::cli::options::FormatOption;
use crate::model::Millis;

/// Measure the error of each probe with outages of known length
///
/// Needs no lab and no guest: a service and the probes of drills run in two network namespaces, and the link
/// between them is cut for exactly the given times. The table shows the measured error of each probe for each
/// outage, beside the error bound that the probe itself states.
///
/// The calibration is recorded; `lab drill report FILE` computes the table again.
///
/// Ends with 10 if an outage lies outside the bounds that a probe states, and with 11 if this machine delayed
/// the probes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sudo lab drill calibrate
  sudo lab drill calibrate --lengths 50ms,1s,1s,1s
  sudo lab drill calibrate --format json")]
pub struct Args {
    /// The lengths of the outages
    #[arg(
        long,
        value_name = "SPANS",
        value_delimiter = ',',
        default_value = "2ms,5ms,10ms,20ms,50ms,100ms,200ms,500ms,1s,2s,5s"
    )]
    lengths: Vec<Millis>,
    /// The seed of the phases of the outages
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let done = context.run(&Calibrate { lengths: args.lengths, seed: args.seed })?;
    let done = Drilled { record: done.record, verdict: Some(done.verdict), stopped: None };
    reported(&done, "record", args.format.format.into(), context)
}
