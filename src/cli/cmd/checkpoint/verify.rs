//! `lab checkpoint verify`

use clap_complete::ArgValueCompleter;

use super::{Outcome, find};
use crate::checkpoint::Store;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Read checkpoints as a whole and compare them with the digests that were noted
///
/// A restore only looks at the lengths of files, because it is quick.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab checkpoint verify before-the-split")]
pub struct Args {
    /// The checkpoints: NAME, or LAB.NAME
    #[arg(value_name = "CHECKPOINT", required = true, add = ArgValueCompleter::new(complete::checkpoints))]
    checkpoints: Vec<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let store = Store::new(&context.state);
    for word in &args.checkpoints {
        let checkpoint = find(word, context)?;
        let id = checkpoint.id();
        store
            .verify(&checkpoint)
            .map_err(|damage| CliError::failed(format!("{id} is damaged")).because(damage))?;
        context.ui.say(format!("{id} is what was saved"));
    }
    Ok(Exit::OK)
}
