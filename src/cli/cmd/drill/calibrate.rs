//! `lab drill calibrate`

use crate::app::drill::{Calibrate, Drilled};
use crate::cli::cmd::Outcome;
use crate::cli::cmd::drill::reported;
use crate::cli::context::Context;
use crate::cli::options::FormatOption;
use crate::model::Millis;

/// Plant outages of known length, and see how far each probe is off
///
/// It takes no lab and no guest: a service and the probes of drills are put into two network namespaces, with a wire in
/// between that is cut for exactly as long as is asked. What is shown of each outage is the error of each probe, beside the
/// error that the probe itself states.
///
/// It is recorded; `lab drill report FILE` computes the table again.
///
/// Ends with 10 when a truth is outside of what a probe states, and with 11 when this machine held the probes up.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sudo lab drill calibrate
  sudo lab drill calibrate --lengths 50ms,1s,1s,1s
  sudo lab drill calibrate --format json")]
pub struct Args {
    /// How long the outages are
    #[arg(
        long,
        value_name = "SPANS",
        value_delimiter = ',',
        default_value = "2ms,5ms,10ms,20ms,50ms,100ms,200ms,500ms,1s,2s,5s"
    )]
    lengths: Vec<Millis>,
    /// What the phases of the outages come from
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
