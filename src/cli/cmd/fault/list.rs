//! `lab fault list`

use crate::app::fault::{Faults, List, Parameter};
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::table::Table;

/// List the faults, the options of each, and those that are in force now
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

pub fn run(args: Args, context: &Context) -> Outcome {
    let all = context.run(&List { instance: args.instance.instance })?;
    context.ui.value(args.format.format, &all, || text(&all))?;
    Ok(Exit::OK)
}

fn text(all: &Faults) -> String {
    let mut table = Table::new(["FAULT", "TAKES", "WHAT IT DOES"]);
    for row in &all.faults {
        let option = |parameter: &Parameter| match &parameter.default {
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
        let mechanism = active.mechanism.clone().unwrap_or_else(|| "(injection not confirmed)".to_owned());
        let since = active.since.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        table.row([active.id.clone(), active.instance.to_string(), since, active.by.clone(), mechanism]);
    }
    out += "\n";
    out + &table.render()
}
