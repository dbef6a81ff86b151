//! `lab exercise test`

use clap_complete::ArgValueCompleter;

use crate::app::exercise::{Test, TestStep, Tested};
use crate::base::words::seconds;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// Prove that an exercise is as its author says
///
/// On guests of its own: the start is broken as declared, the untouched start does not pass, the solution
/// gets all points twice and survives a power cut of all nodes, each wrong solution gets its points and fails
/// its checks, and all of that for each variant. What was done is kept: an interrupted test goes on where it
/// stopped. Ends with 10 if a step failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab exercise test two-numbers
  lab exercise test ./my-lab/exercises/first --first-variant-only")]
pub struct Args {
    /// The exercise: its name, or the path of its folder
    #[arg(value_name = "EXERCISE", add = ArgValueCompleter::new(complete::exercises))]
    exercise: String,
    /// Do all steps again, also those that an earlier test of the same files has done
    #[arg(long)]
    again: bool,
    /// Leave out all variants but the first
    #[arg(long)]
    first_variant_only: bool,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { exercise, again, first_variant_only, format } = args;
    let tested = context.run(&Test { exercise, again, first_variant_only })?;
    context.ui.value(format.format, &tested, || text(&tested))?;
    Ok(if tested.passed() { Exit::OK } else { Exit::DRILL_FAILED })
}

fn text(tested: &Tested) -> String {
    let mut table = Table::new(["STEP", "RESULT", "TIME"]);
    for TestStep { title, failure, took } in &tested.steps {
        let result = if failure.is_some() { "failed" } else { "passed" };
        table.row([title.clone(), result.to_owned(), seconds(*took)]);
    }
    let failures = tested.steps.iter().filter_map(|step| Some((&step.title, step.failure.as_ref()?)));
    let failures: Vec<String> = failures.map(|(title, failure)| format!("{title}: {failure}\n")).collect();
    format!("{}{}", table.render(), failures.concat())
}
