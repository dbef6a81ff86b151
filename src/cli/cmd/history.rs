//! `lab history`: operations, who asked for them and when, and how they ended.

use clap_complete::ArgValueCompleter;
use jiff::tz::TimeZone;

use super::Outcome;
use crate::app::history::{self, Operation, Standing};
use crate::base::words::{join, seconds};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::listener::Screen;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::cli::{complete, error, interrupt};
use crate::model::InstanceName;

/// Show what was done to instances: who asked for it, when, how long it took, and how it ended
///
/// Every operation that changes something has an entry with an id. Its events are kept, and can be read later
/// or followed from another terminal.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  lab history
  lab history drbd-heartbeat
  lab history show 20260102T030405Z-up
  lab history show 20260102T030405Z-drill-run --follow
  lab history stop 20260102T030405Z-drill-run"
)]
pub struct Args {
    /// Only operations on this instance
    #[arg(id = "name", value_name = "INSTANCE", add = ArgValueCompleter::new(complete::instances))]
    name: Option<InstanceName>,
    /// The same
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "name", add = ArgValueCompleter::new(complete::instances))]
    instance: Option<InstanceName>,
    #[command(flatten)]
    format: FormatOption,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show an operation and its events
    #[command(after_help = "\
Examples:
  lab history show 20260102T030405Z-up
  lab history show 20260102T030405Z-drill-run --follow")]
    Show {
        /// Its id
        #[arg(add = ArgValueCompleter::new(complete::operations))]
        id: String,
        /// Follow the operation until it ends
        #[arg(short, long)]
        follow: bool,
    },
    /// Ask an operation to stop, as Ctrl-C in its terminal does
    #[command(after_help = "\
Examples:
  lab history stop 20260102T030405Z-drill-run")]
    Stop {
        /// Its id
        #[arg(add = ArgValueCompleter::new(complete::operations))]
        id: String,
    },
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        None => list(&args, context),
        Some(Command::Show { id, follow }) => show(&id, follow, context),
        Some(Command::Stop { id }) => {
            history::stop(&context.app, &id)?;
            context.ui.say(format!("{id} is asked to stop"));
            Ok(Exit::OK)
        }
    }
}

fn list(args: &Args, context: &Context) -> Outcome {
    let about = args.name.as_ref().or(args.instance.as_ref()).map(InstanceName::as_str);
    let all = history::list(&context.app, about)?;
    if all.is_empty() {
        context.ui.say("nothing was done yet");
    }
    context.ui.list(args.format.format, "operations", &all, || text(&all))?;
    Ok(Exit::OK)
}

fn text(all: &[Operation]) -> String {
    let mut table = Table::new(["OPERATION", "WHO", "ON", "BEGAN", "TOOK", "ENDED"]);
    for one in all {
        let began = one.started.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let took = one.took().map(seconds).unwrap_or_default();
        table.row([one.id.clone(), one.who.clone(), join(&one.subject), began, took, standing(one)]);
    }
    table.render()
}

fn standing(one: &Operation) -> String {
    match one.standing() {
        Standing::Running => "runs".to_owned(),
        Standing::Done => "done".to_owned(),
        Standing::Stopped => "stopped".to_owned(),
        Standing::Killed => "killed".to_owned(),
        Standing::Failed => {
            let error = one.ended.as_ref().and_then(|ended| ended.error.as_ref());
            format!("failed: {}", error.map(ToString::to_string).unwrap_or_default())
        }
    }
}

fn show(id: &str, follow: bool, context: &Context) -> Outcome {
    if follow {
        interrupt::listen_for_the_end();
    }
    let mut screen = Screen::of_history(context.ui.clone());
    let one =
        history::events(&context.app, id, 1, follow, interrupt::cancel(), &mut |event| screen.hear(event))?;
    drop(screen);
    let took = one.took().map(|took| format!(" after {}", seconds(took))).unwrap_or_default();
    match one.ended.as_ref().and_then(|ended| ended.error.as_ref()) {
        Some(error) => context.ui.complain(error::text(error)),
        None => context.ui.say(format!("{id} by {}: {}{took}", one.who, standing(&one))),
    }
    Ok(Exit::OK)
}
