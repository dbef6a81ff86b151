//! `lab doctor`

use super::Outcome;
use crate::app::doctor::{Doctor, Finding, Standing};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// Show what this machine has and lacks for running labs
///
/// Ends with status 4 if something is missing that guests require.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sudo lab doctor
  lab doctor --format json")]
pub struct Args {
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let findings = context.run(&Doctor {})?;
    context.ui.list(args.format.format, "findings", &findings, || text(&findings))?;
    let missing = findings.iter().any(|finding| finding.standing == Standing::Missing);
    Ok(if missing { Exit::HOST } else { Exit::OK })
}

fn text(findings: &[Finding]) -> String {
    let mut table = Table::new(["", "WHAT", "FOUND"]);
    for finding in findings {
        let standing = match finding.standing {
            Standing::Good => "ok",
            Standing::Poor => "poor",
            Standing::Missing => "missing",
        };
        table.row([standing.to_owned(), finding.what.clone(), finding.found.clone()]);
    }
    let advice: Vec<String> = findings
        .iter()
        .filter_map(|finding| Some(format!("{}: {}", finding.what, finding.advice.as_ref()?)))
        .collect();
    let gap = if advice.is_empty() { "" } else { "\n" };
    format!("{}{gap}{}", table.render(), advice.join("\n"))
}
