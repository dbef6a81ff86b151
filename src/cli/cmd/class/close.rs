//! `lab class close`

use super::ClassOption;
use crate::app::class::Close;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Close a class: no more work, and all its clusters are taken down
///
/// Hand-ins, logs and records stay.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class close
  lab class close --force")]
pub struct Args {
    /// Also if work that stands was not handed in; it is lost
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    class: ClassOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let done = context.run(&Close { class: args.class.class, force: args.force })?;
    let failed = done.failures().next().cloned();
    failed.map_or(Ok(Exit::OK), |error| Err(error.into()))
}
