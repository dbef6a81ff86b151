//! `lab fault list`

use serde::Serialize;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::drill;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::table::Table;
use crate::fault::{Entry, Need};
use crate::model::InstanceName;
use crate::sabotage;

/// List the faults that there are, what each takes, and which are in force now
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab fault list
  lab fault list --format json"
)]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    format: FormatOption,
}

/// Everything as JSON.
#[derive(Serialize)]
struct All {
    faults: Vec<Row>,
    active: Vec<Active>,
}

/// A fault as JSON.
#[derive(Serialize)]
struct Row {
    fault: String,
    about: String,
    takes: Vec<Parameter>,
}

/// What a fault takes, as JSON.
#[derive(Serialize)]
struct Parameter {
    key: String,
    /// What it is when not given; none if it must be given.
    default: Option<&'static str>,
}

/// A fault that is in force, as JSON.
#[derive(Serialize)]
struct Active {
    instance: InstanceName,
    id: String,
    node: String,
    fault: String,
    /// Who began it.
    by: String,
    since: jiff::Timestamp,
    /// None while it is not known to have been done.
    mechanism: Option<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let instances = match &args.instance.instance {
        Some(_) => vec![context.choose(args.instance.instance.as_ref())?],
        None => context.instances()?,
    };
    let mut active = Vec::new();
    for instance in instances {
        let journal = drill::journal(context, &instance)?;
        active.extend(journal.active().iter().map(|entry| in_force(&instance, entry)));
    }
    let faults = Entry::all().map(|entry| row(&entry)).collect();
    let all = All { faults, active };
    context.ui.value(args.format.format, &all, || text(&all))?;
    Ok(Exit::OK)
}

fn row(entry: &Entry) -> Row {
    let parameter = |(key, need): &(crate::fault::Key, Need)| Parameter {
        key: key.to_string(),
        default: match need {
            Need::Required => None,
            Need::Default(value) => Some(value),
        },
    };
    Row {
        fault: entry.word.to_string(),
        about: entry.word.about(),
        takes: entry.takes.iter().map(parameter).collect(),
    }
}

fn in_force(instance: &InstanceName, entry: &sabotage::Entry) -> Active {
    let injection = &entry.injection;
    Active {
        instance: instance.clone(),
        id: injection.id.to_string(),
        node: injection.node.to_string(),
        fault: crate::fault::Word::of(&injection.fault).to_string(),
        by: entry.by.clone(),
        since: entry.since,
        mechanism: entry.mechanism.clone(),
    }
}

fn text(all: &All) -> String {
    let mut table = Table::new(["FAULT", "TAKES", "WHAT IT DOES"]);
    for row in &all.faults {
        let option = |parameter: &Parameter| match parameter.default {
            None => format!("--{}", parameter.key),
            Some(_) => format!("[--{}]", parameter.key),
        };
        let takes: Vec<String> = row.takes.iter().map(option).collect();
        table.row([row.fault.clone(), takes.join(" "), row.about.clone()]);
    }
    let mut out = table.render();
    if all.active.is_empty() {
        return out + "\nNone is in force now.\n";
    }
    let mut table = Table::new(["IN FORCE", "LAB", "SINCE", "BY", "MECHANISM"]);
    for active in &all.active {
        let mechanism =
            active.mechanism.clone().unwrap_or_else(|| "(not known to have been done)".to_owned());
        let since = active.since.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        table.row([active.id.clone(), active.instance.to_string(), since, active.by.clone(), mechanism]);
    }
    out += "\n";
    out + &table.render()
}
