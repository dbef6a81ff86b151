//! `lab drill list`

use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::drill::Last;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::cli::{complete, drill, lab};
use crate::labfile::LabPart;
use crate::model::{InstanceName, Lab};

/// List the drills of a lab, and what became of each when it was last performed
///
/// Without LAB: those of the instance that stands, else those of the lab in the current folder.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab drill list
  lab drill list drbd-heartbeat --format json"
)]
pub struct Args {
    /// The lab (a folder, a lab file, or a bundled lab), or the instance
    #[arg(add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    #[command(flatten)]
    format: FormatOption,
}

/// A drill as JSON.
#[derive(Serialize)]
struct Row {
    drill: String,
    title: String,
    /// What is wrong with its file, if something is.
    broken: bool,
    /// What became of it when it was last performed here; none if it never was.
    last: Option<Last>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let (lab, instance, parts) = which(&args, context)?;
    let last = |drill: &str| instance.as_ref().and_then(|name| drill::last(context, name, drill));
    let rows: Vec<Row> = parts.iter().map(|part| row(part, &lab, last(&part.name))).collect();
    if rows.is_empty() {
        context.ui.say(format!("{} has no drills", lab.name));
    }
    context.ui.value(
        args.format.format,
        &rows,
        || if rows.is_empty() { String::new() } else { text(&rows) },
    )?;
    Ok(Exit::OK)
}

fn which(args: &Args, context: &Context) -> Result<(Lab, Option<InstanceName>, Vec<LabPart>), CliError> {
    let standing = context.instances()?;
    let named = |name: &String| standing.iter().find(|known| known.as_str() == name);
    let instance = match &args.lab {
        Some(name) => named(name).cloned(),
        None if lab::here().is_none() || standing.len() == 1 => Some(context.choose(None)?),
        None => None,
    };
    if let Some(instance) = instance {
        let instance = context.describe(&instance)?;
        let parts = drill::all(context, &instance)?;
        return Ok((instance.lab, Some(instance.name), parts));
    }
    let argument = args.lab.clone().or_else(lab::here).unwrap_or_default();
    let found = lab::read(context, &argument, Vec::new())?;
    let parts = lab::drills(&found.source)?;
    Ok((found.loaded.lab, None, parts))
}

fn row(part: &LabPart, lab: &Lab, last: Option<Last>) -> Row {
    let loaded = crate::drill::load(part, lab);
    let broken = loaded.is_err();
    let title = loaded.map(|drill| drill.title).unwrap_or_default();
    Row { drill: part.name.clone(), title, broken, last }
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(["DRILL", "LAST", "TITLE"]);
    for row in rows {
        let title =
            if row.broken { "(something is wrong with its file; `lab check` says what)" } else { &row.title };
        let last = row.last.as_ref().map_or_else(|| "-".to_owned(), Last::to_string);
        table.row([row.drill.clone(), last, title.to_owned()]);
    }
    table.render()
}
