//! `lab list`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::{BundledLab, List, ListBundled, Listed};
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::model::InstanceName;

/// List the instances, or the bundled and installed labs
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab list
  lab list alice bob
  lab list --bundled
  lab list --format json"
)]
pub struct Args {
    /// The instances. Default: all
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(complete::instances))]
    instances: Vec<InstanceName>,
    /// The same; can be given several times
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "instances", add = ArgValueCompleter::new(complete::instances))]
    option: Vec<InstanceName>,
    /// List the bundled and the installed labs instead
    #[arg(long, visible_alias = "labs", conflicts_with_all = ["instances", "option"])]
    bundled: bool,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    if args.bundled {
        return labs(&args, context);
    }
    let instances = args.instances.into_iter().chain(args.option).collect();
    let rows = context.run(&List { instances })?;
    if rows.is_empty() {
        context.ui.say("there are no instances");
    }
    for row in &rows {
        if let Some(damage) = &row.damage {
            context.ui.warn(format!("{}: {damage}; `lab down {}` takes it away", row.instance, row.instance));
        }
    }
    context.ui.list(args.format.format, "instances", &rows, || text(&rows))?;
    Ok(Exit::OK)
}

fn text(rows: &[Listed]) -> String {
    let mut table = Table::new(["INSTANCE", "LAB", "RUNNING", "NODES", "CREATED"]);
    for row in rows {
        let running = row.running.map_or("?".to_owned(), |count| count.to_string());
        table.row([
            row.instance.to_string(),
            row.lab.clone().unwrap_or_else(|| {
                if row.damage.is_some() { "(damaged)" } else { "(incomplete)" }.to_owned()
            }),
            format!("{running} of {}", row.nodes.len()),
            row.nodes.join(" "),
            row.created.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default(),
        ]);
    }
    table.render()
}

fn labs(args: &Args, context: &Context) -> Outcome {
    let rows = context.run(&ListBundled {})?;
    context.ui.list(args.format.format, "labs", &rows, || {
        let mut table = Table::new(["LAB", "WHAT IT IS"]);
        let title = |row: &BundledLab| match row.installed {
            true => format!("{} (installed)", row.title),
            false => row.title.clone(),
        };
        rows.iter().for_each(|row| table.row([row.lab.clone(), title(row)]));
        table.render()
    })?;
    Ok(Exit::OK)
}
