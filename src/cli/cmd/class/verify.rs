//! `lab class verify`

use super::ClassOption;
use crate::app::class::Verify;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;

/// Compute every point of a class again from the records
///
/// Ends with 10 if a point does not follow from the records and answers, or a receipt is not in the log. A
/// log that was changed is an error. Outcomes of which nothing but the log is kept are listed, with the
/// reason.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class verify
  lab class verify --receipt 4f7a…")]
pub struct Args {
    /// A receipt that a student holds; can be repeated
    #[arg(long = "receipt", value_name = "RECEIPT")]
    receipts: Vec<String>,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let verified = context.run(&Verify { class: args.class.class, receipts: args.receipts })?;
    context.ui.value(args.format.format, &verified, || {
        let mut head = format!(
            "{}: {} lines, {} graded hand-ins, {} outcomes\n",
            verified.class, verified.lines, verified.hand_ins, verified.outcomes
        );
        if verified.proposals > 0 {
            head += &format!("graded again and not decided: {}\n", verified.proposals);
        }
        let unproven = &verified.unproven;
        if !unproven.is_empty() {
            head += &format!("not computed again, the log says so: {}\n", unproven.len());
            head += &unproven.iter().map(|one| format!("  {one}\n")).collect::<String>();
        }
        verified.mismatches.iter().fold(head, |text, wrong| format!("{text}{wrong}\n"))
    })?;
    Ok(if verified.mismatches.is_empty() { Exit::OK } else { Exit::DRILL_FAILED })
}
