//! `lab exercise test`

use clap_complete::ArgValueCompleter;

use std::path::PathBuf;

use crate::app::exercise::{StepKind, Test, TestStep, Tested};
use crate::base::words::seconds;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::cli::ui::bold;

/// Prove that exercises are as their authors say
///
/// On guests of its own: the start is broken as declared, the untouched start does not pass, the solution
/// gets all points twice and survives a power cut of all nodes, each wrong solution gets its points and fails
/// its checks, and all of that for each variant. What was done is kept: an interrupted test goes on where it
/// stopped. Ends with 10 if a step failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab exercise test two-numbers
  lab exercise test ./my-lab/exercises/first --first-variant-only
  lab exercise test --all --lock exercises.lock")]
pub struct Args {
    /// The exercises: their names, or the paths of their folders
    #[arg(value_name = "EXERCISE", required_unless_present = "all",
          add = ArgValueCompleter::new(complete::exercises))]
    exercises: Vec<String>,
    /// Test the exercises of the bundled and installed labs, and of the lab in the current folder
    #[arg(long, conflicts_with = "exercises")]
    all: bool,
    /// Do all steps again, also those that an earlier test of the same files has done
    #[arg(long)]
    again: bool,
    /// Leave out all variants but the first
    #[arg(long)]
    first_variant_only: bool,
    /// Take only these steps after the start; given several times, all of them
    #[arg(long, value_name = "STEP", value_enum, conflicts_with = "lock")]
    only: Vec<Only>,
    /// Write the results to this file, and leave out the exercises that it knows as passed
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
    #[command(flatten)]
    format: FormatOption,
}

/// A kind of step.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Only {
    /// The hints come in order
    Hints,
    /// The untouched start does not pass
    Untouched,
    /// The solution gets all points
    Solution,
    /// It gets them a second time
    Again,
    /// The solution survives a power cut of all nodes
    Reboot,
    /// Wrong solutions get their points
    Wrong,
}

impl Only {
    fn kind(self) -> StepKind {
        match self {
            Self::Hints => StepKind::Hints,
            Self::Untouched => StepKind::Untouched,
            Self::Solution => StepKind::Solution,
            Self::Again => StepKind::Again,
            Self::Reboot => StepKind::Reboot,
            Self::Wrong => StepKind::Wrong,
        }
    }
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { exercises, all: _, again, first_variant_only, only, lock, format } = args;
    let only = only.into_iter().map(Only::kind).collect();
    let tested = context.run(&Test { exercises, again, first_variant_only, only, lock })?;
    context.ui.list(format.format, "exercises", &tested, || tested.iter().map(text).collect())?;
    Ok(if tested.iter().all(Tested::passed) { Exit::OK } else { Exit::DRILL_FAILED })
}

fn text(tested: &Tested) -> String {
    let mut table = Table::new(["STEP", "RESULT", "TIME"]);
    for TestStep { title, failure, took, repeated } in &tested.steps {
        let result = match (failure, repeated) {
            (Some(_), _) => "failed".to_owned(),
            (None, 0) => "passed".to_owned(),
            (None, repeated) => format!("passed, {repeated} checks repeated"),
        };
        table.row([title.clone(), result, seconds(*took)]);
    }
    let Tested { exercise, variants, of_variants, .. } = tested;
    let took = tested.took().as_secs().div_ceil(60);
    let head = format!("{exercise}: {variants} of {of_variants} variants, {took} min");
    let failures = tested.steps.iter().filter_map(|step| Some((&step.title, step.failure.as_ref()?)));
    let failures: Vec<String> = failures.map(|(title, failure)| format!("{title}: {failure}\n")).collect();
    format!("{}\n{}{}\n", bold(head), table.render(), failures.concat())
}
