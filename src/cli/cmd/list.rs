//! `lab list`

use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::Outcome;
use crate::catalog::Catalog;
use crate::cli::context::{Context, undescribed};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::cli::{complete, lab, provider};
use crate::instance::Instance;
use crate::inventory::{GuestState, Inventory};
use crate::labfile::{self, bundled_labs};
use crate::model::InstanceName;

/// List the instances that stand, or the labs that there are
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
    /// The instances; all without it
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(complete::instances))]
    instances: Vec<InstanceName>,
    /// List the labs that come with the program instead
    #[arg(long, visible_alias = "labs", conflicts_with = "instances")]
    bundled: bool,
    #[command(flatten)]
    format: FormatOption,
}

/// An instance as JSON.
#[derive(Serialize)]
struct Row {
    instance: String,
    /// None when it is half-made.
    lab: Option<String>,
    title: Option<String>,
    nodes: Vec<String>,
    /// How many nodes run; none when the host could not be asked.
    running: Option<usize>,
    created: Option<jiff::Timestamp>,
}

/// A lab as JSON.
#[derive(Serialize)]
struct LabRow {
    lab: String,
    title: String,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    if args.bundled {
        return labs(&args, context);
    }
    let names = context.several(&args.instances, args.instances.is_empty())?;
    let rows: Vec<Row> = names.iter().map(|name| row(name, context)).collect::<Result<_, _>>()?;
    if rows.is_empty() {
        context.ui.say("no instance stands");
    }
    context.ui.value(
        args.format.format,
        &rows,
        || if rows.is_empty() { String::new() } else { text(&rows) },
    )?;
    Ok(Exit::OK)
}

fn row(name: &InstanceName, context: &Context) -> Result<Row, CliError> {
    let described = Instance::load(&context.state, name).map_err(|error| undescribed(name, error))?;
    let accel = described.as_ref().map(|instance| instance.accel).unwrap_or_default();
    let inventory = provider::open(context, name, accel, Catalog::of_state(&context.state))?.inventory();
    let running = |inventory: Inventory| {
        inventory.guests.values().filter(|guest| guest.state == GuestState::Running).count()
    };
    Ok(Row {
        instance: name.to_string(),
        lab: described.as_ref().map(|i| i.lab.name.to_string()),
        title: described.as_ref().map(|i| i.lab.title.clone()),
        nodes: described.iter().flat_map(|i| &i.lab.nodes).map(|node| node.name.to_string()).collect(),
        // Who may not ask the host still sees which instances there are.
        running: inventory.ok().map(running),
        created: described.as_ref().map(|i| i.created),
    })
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(["INSTANCE", "LAB", "RUNNING", "NODES", "CREATED"]);
    for row in rows {
        let running = row.running.map_or("?".to_owned(), |count| count.to_string());
        table.row([
            row.instance.clone(),
            row.lab.clone().unwrap_or_else(|| "(half-made)".to_owned()),
            format!("{running} of {}", row.nodes.len()),
            row.nodes.join(" "),
            row.created.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default(),
        ]);
    }
    table.render()
}

fn labs(args: &Args, context: &Context) -> Outcome {
    let mut rows = Vec::new();
    for lab in bundled_labs() {
        let loaded = labfile::load(&lab::find(&lab, &context.state)?, &[]);
        let title = loaded.map(|loaded| loaded.lab.title).unwrap_or_default();
        rows.push(LabRow { lab, title });
    }
    context.ui.value(args.format.format, &rows, || {
        let mut table = Table::new(["LAB", "TITLE"]);
        rows.iter().for_each(|row| table.row([row.lab.clone(), row.title.clone()]));
        table.render()
    })?;
    Ok(Exit::OK)
}
