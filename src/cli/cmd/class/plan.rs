//! `lab class plan`

use std::path::PathBuf;

use super::ClassOption;
use crate::app::class::{ClassPlanned, PlanClass, Resource, ResourceRow};
use crate::app::exercise::Lasting;
use crate::app::size;
use crate::base::words::several;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::cli::ui::{Format, bold};

/// What the figures rest on.
const NOTES: &str = "\
Estimates: the memory of a machine is what others like it took of their own on emulated processors, idle and
after a drill; a saved state and a packed hand-in are the means of those of the lab on this machine, or
marked with ~; a grading lasts between all at once and all waits at their limits, without repetitions. What
the class takes already counts as available. Memory of machines that were worked on and processors are
advice: with too little of them, measured times are those of this machine, and guests may be ended.";

/// Show how many students fit on this machine
///
/// Creates nothing. Ends with status 4 if the class does not fit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class plan class.toml
  lab class plan class.toml --students 40
  lab class plan --format json")]
pub struct Args {
    /// The file that describes the class; without it, the class that is open
    #[arg(value_name = "FILE", conflicts_with = "class")]
    file: Option<PathBuf>,
    /// For this number of students, each with a cluster, instead of those of the roster
    #[arg(long, value_name = "N")]
    students: Option<u16>,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let request = PlanClass { file: args.file, class: args.class.class, students: args.students };
    let planned = context.run(&request)?;
    context.ui.value(args.format.format, &planned, || text(&planned))?;
    if args.format.format == Format::Text {
        context.ui.say(NOTES);
    }
    Ok(if planned.fits { Exit::OK } else { Exit::HOST })
}

fn text(planned: &ClassPlanned) -> String {
    let count = usize::try_from(planned.instances).unwrap_or(usize::MAX);
    let mut text = format!("{}: {}\n\n", bold(&planned.class), several(count, "instance"));
    let mut exercises =
        Table::new(["EXERCISE", "LAB", "NODES", "IDLE", "WORKED ON", "SAVED STATE", "HAND-IN", "GRADING"]);
    for one in &planned.exercises {
        let mark = if one.measured { "" } else { "~" };
        exercises.row([
            one.name.to_string(),
            one.lab.to_string(),
            one.nodes.to_string(),
            size(one.idle),
            size(one.worked_on),
            format!("{mark}{}", size(one.saved)),
            one.handed_in.map_or_else(|| format!("~{}", size(one.saved)), size),
            minutes(one.grading),
        ]);
    }
    text += &exercises.render();
    text.push('\n');
    let mut resources = Table::new(["RESOURCE", "EACH", "SHARED", "NEEDED", "AVAILABLE", "FITS"]);
    for row in &planned.resources {
        let amount = |amount| match row.resource {
            Resource::Processors => format!("{amount}"),
            _ => size(amount),
        };
        resources.row([
            title(row).to_owned(),
            amount(row.each),
            amount(row.shared),
            amount(row.needed),
            amount(row.available),
            if row.most < planned.instances {
                format!("{}, too few", row.most)
            } else {
                row.most.to_string()
            },
        ]);
    }
    text += &resources.render();
    let (most, limit) = (planned.most, word(planned.limit));
    text += &match planned.fits {
        true => format!("\nit fits: {limit} is enough for {most}, and allows no more\n"),
        false => format!("\nit does not fit: {limit} is enough for {most} only\n"),
    };
    text + &format!("grading all hand-ins, one at a time: {}\n", minutes(planned.grading))
}

fn title(row: &ResourceRow) -> &'static str {
    match row.resource {
        Resource::Memory => "memory, idle",
        Resource::MemoryWorkedOn => "memory, worked on (advice)",
        Resource::Disk => "disk",
        Resource::Processors => "processors (advice)",
    }
}

fn word(resource: Resource) -> &'static str {
    match resource {
        Resource::Memory | Resource::MemoryWorkedOn => "the memory",
        Resource::Disk => "the disk",
        Resource::Processors => "the number of processors",
    }
}

/// A duration between two, in whole minutes, rounded up.
fn minutes(lasting: Lasting) -> String {
    let up = |millis: u64| millis.div_ceil(60_000);
    format!("{} to {} min", up(lasting.least.0), up(lasting.most.0))
}
