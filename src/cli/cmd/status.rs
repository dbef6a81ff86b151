//! `lab status`

use super::Outcome;
use crate::app::{AppError, GetStatus, Watch};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::listener::{Output, Screen};
use crate::cli::options::{FormatOption, InstancesOption};
use crate::cli::status::text;
use crate::cli::ui::Format;
use crate::model::InstanceName;

/// Show the state of instances: their nodes, who holds their addresses, and whether their services answer
///
/// All answers are current: libvirt is asked for the machines, the nodes for addresses, the services for
/// their health. A node whose ports have dropped frames, as forged or as too many, has a line with their
/// numbers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab status
  lab status alice bob
  lab status --watch                 each change as it happens
  lab status --all --format json")]
pub struct Args {
    #[command(flatten)]
    instances: InstancesOption,
    #[command(flatten)]
    format: FormatOption,
    /// Show changes until Ctrl-C; as JSON, one line for each change
    #[arg(short, long, conflicts_with = "all")]
    watch: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let instances = args.instances.named();
    if args.watch {
        return watch(&instances, args.format.format, context);
    }
    let all = context.run(&GetStatus { instances, all: args.instances.all })?;
    if all.instances.is_empty() {
        context.ui.say("there are no instances");
    }
    let (found, exit) = context.each(all)?;
    let all_texts = || found.iter().map(text).collect::<Vec<_>>().join("\n\n");
    context.ui.list(args.format.format, "instances", &found, all_texts)?;
    Ok(exit)
}

fn watch(instances: &[InstanceName], format: Format, context: &Context) -> Outcome {
    let instance = match instances {
        [] => None,
        [one] => Some(one.clone()),
        _ => return Err(AppError::usage("one instance can be watched at a time").into()),
    };
    interrupt::listen_for_the_end();
    let output = if format == Format::Json { Output::Hidden } else { Output::Bare };
    let last = context.run_on(&Watch { instance }, Screen::new(context.ui.clone()).with_output(output))?;
    if !interrupt::cancel().asked() {
        context.ui.say(format!("{} is down", last.instance));
    }
    Ok(Exit::OK)
}
