//! `lab drill list`

use clap_complete::ArgValueCompleter;

use crate::app::drill::{Last, List, Row};
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::model::InstanceName;

/// List the drills of a lab, with the outcome of the last run of each
///
/// Without LAB: the drills of the existing instance, else those of the lab in the current folder.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab drill list
  lab drill list drbd-heartbeat --format json"
)]
pub struct Args {
    /// The lab (./FOLDER, a lab file, or a bundled or installed lab), or the instance
    #[arg(add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    /// The instance
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "lab", add = ArgValueCompleter::new(complete::instances))]
    instance: Option<InstanceName>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rows = context.run(&List { lab: args.lab, instance: args.instance })?;
    context.ui.list(args.format.format, "drills", &rows, || text(&rows))?;
    Ok(Exit::OK)
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(["DRILL", "LAST", "TITLE"]);
    for row in rows {
        let title = if row.broken { "(its file has an error; `lab check` shows it)" } else { &row.title };
        let last = row.last.as_ref().map_or_else(|| "-".to_owned(), Last::to_string);
        table.row([row.drill.clone(), last, title.to_owned()]);
    }
    table.render()
}
