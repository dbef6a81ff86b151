//! `lab stack list`

use clap_complete::ArgValueCompleter;

use crate::app::stack::List;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// List the stacks that a lab can use
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab stack list
  lab stack list --lab ./my-cluster"
)]
pub struct Args {
    /// The lab, with the stacks beside it. Default: that of the current folder, if there is one
    #[arg(short, long, add = ArgValueCompleter::new(complete::labs))]
    lab: Option<String>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rows = context.run(&List { lab: args.lab })?;
    context.ui.list(args.format.format, "stacks", &rows, || {
        let mut table = Table::new(["STACK", "WHAT IT IS"]);
        for row in &rows {
            let own = if row.bundled { "" } else { " (the lab's own)" };
            table.row([row.stack.clone(), format!("{}{own}", row.title)]);
        }
        table.render()
    })?;
    Ok(Exit::OK)
}
