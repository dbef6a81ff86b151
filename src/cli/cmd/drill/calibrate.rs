//! `lab drill calibrate`

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::{drill, interrupt};
use crate::drill::calibrate::{CalibrateError, Plan, calibrate, probes};
use crate::model::Millis;
use crate::record::write_calibration;

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
    if !rustix::process::geteuid().is_root() {
        return Err(CliError::new(Exit::HOST, "network namespaces need root").hint("run it with sudo"));
    }
    interrupt::listen("nothing is left")?;
    let seed = args.seed.unwrap_or_else(|| jiff::Timestamp::now().as_microsecond().unsigned_abs());
    let plan = Plan { lengths: args.lengths, seed };
    let mut tell = |place: usize| {
        let length = plan.lengths.get(place).copied().unwrap_or_default();
        context.ui.say(format!("outage {} of {}: {length}", place + 1, plan.lengths.len()));
    };
    let started = jiff::Timestamp::now();
    let result = calibrate(&plan, probes(), interrupt::flag(), &mut tell).map_err(failure)?;
    let path = write_calibration(&context.state.calibrations(), &result, seed, started).map_err(|error| {
        CliError::failed("the record of the calibration cannot be written").because(error)
    })?;
    let exit = drill::report_calibration(context, &path, args.format.format)?;
    context.ui.say(format!("record: {}", path.display()));
    Ok(exit)
}

fn failure(error: CalibrateError) -> CliError {
    match error {
        CalibrateError::Cancelled => CliError::new(Exit::INTERRUPTED, "stopped"),
        CalibrateError::Wire(_) => CliError::new(Exit::HOST, "the probes cannot be calibrated here")
            .because(error)
            .hint("it takes root, /dev/net/tun and `ip` (see `lab doctor`)"),
        CalibrateError::Failed { .. } => CliError::failed("the probes cannot be calibrated").because(error),
    }
}
