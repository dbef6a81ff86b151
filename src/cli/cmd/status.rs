//! `lab status`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::{AppError, GetStatus, Watch};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::listener::{Output, Screen};
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::status::text;
use crate::cli::ui::Format;
use crate::cli::{complete, interrupt};
use crate::model::InstanceName;

/// Show how instances are: their nodes, who holds their addresses, and whether their services answer
///
/// Everything is asked now: libvirt for the machines, the nodes for addresses, the services for their health. As JSON one instance
/// is an object; several, or --all, are a list of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab status
  lab status alice bob
  lab status --watch                 each change as it happens
  lab status --all --format json")]
pub struct Args {
    /// The instances; needed only when several stand
    #[arg(conflicts_with = "instance", value_name = "INSTANCE", id = "names", add = ArgValueCompleter::new(complete::instances))]
    names: Vec<InstanceName>,
    /// All instances
    #[arg(long, conflicts_with_all = ["names", "instance"])]
    all: bool,
    #[command(flatten)]
    option: InstanceOption,
    #[command(flatten)]
    format: FormatOption,
    /// Go on showing what changes, until Ctrl-C; as JSON one line for each change
    #[arg(short, long, conflicts_with = "all")]
    watch: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let instances: Vec<InstanceName> = args.names.into_iter().chain(args.option.instance).collect();
    if args.watch {
        return watch(&instances, args.format.format, context);
    }
    let all = context.run(&GetStatus { instances, all: args.all })?;
    if all.instances.is_empty() {
        context.ui.say("no instance stands");
    }
    let (found, exit) = context.each(all)?;
    let all_texts = || found.iter().map(text).collect::<Vec<_>>().join("\n\n");
    match found.as_slice() {
        [] if !args.all => {}
        [only] if !args.all => context.ui.value(args.format.format, only, all_texts)?,
        several => context.ui.value(args.format.format, &several, all_texts)?,
    }
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
