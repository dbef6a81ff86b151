//! `lab env`

use super::Outcome;
use crate::app::{Env, Tools};
use crate::base::shell::quote;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption};

/// Print what virsh and other tools need to reach an instance
///
/// Each instance has a libvirt daemon and a network namespace of its own. The output is for a shell to
/// evaluate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  eval \"$(lab env)\" && virsh list
  lab env --format json")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let tools = context.run(&Env { instance: args.instance.instance })?;
    context.ui.value(args.format.format, &tools, || shell(&tools))?;
    Ok(Exit::OK)
}

fn shell(tools: &Tools) -> String {
    let lines = tools.variables().map(|(variable, value)| format!("export {variable}={}", quote(value)));
    lines.join("\n")
}
