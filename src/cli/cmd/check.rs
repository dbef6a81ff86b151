//! `lab check`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::check::Counts;
use crate::app::{AppError, Check, ErrorKind};
use crate::base::text_file;
use crate::base::words::several;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::ui::Format;
use crate::diagnostic::{Diagnostics, Severity, render};

/// Check a lab without creating anything
///
/// Reports all problems at once, each with its place, the line, and a suggestion. Needs neither root nor
/// libvirt. Ends with status 3 if the lab has an error, and with 4 if only this machine is too small.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab check my-cluster/
  lab check drbd-heartbeat --set deadtime=1500ms
  lab check my-cluster/lab.toml --format json")]
pub struct Args {
    /// The lab: ./FOLDER, a lab file, the name of a bundled or installed lab, or - to read a lab file from
    /// standard input
    #[arg(value_name = "PATH|NAME", default_value = ".", add = ArgValueCompleter::new(complete::labs))]
    lab: String,
    /// Check it with a parameter set: deadtime=1500ms, profile=paper
    #[arg(long = "set", value_name = "KEY=VALUE", add = ArgValueCompleter::new(complete::settings))]
    settings: Vec<String>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let (lab, text) = match args.lab.as_str() {
        "-" => (".".to_owned(), Some(piped()?)),
        _ => (args.lab, None),
    };
    let checked = context.run(&Check { lab, text, settings: args.settings })?;
    let found = &checked.problems;
    match args.format.format {
        Format::Json => context.ui.list(Format::Json, "problems", &render::json(found), String::new)?,
        Format::Text if checked.counts.is_none() => {
            context.ui.complain(format!("{}\n{}", render::text(found, true), count(found)));
        }
        Format::Text if !found.is_empty() => context.ui.say(render::text(found, true)),
        Format::Text => {}
    }
    match checked.counts {
        Some(counts) => {
            context.ui.say(summary(&counts));
            Ok(Exit::OK)
        }
        None if checked.too_small => Ok(Exit::HOST),
        None => Ok(Exit::BAD_FILE),
    }
}

/// The lab file from the standard input.
fn piped() -> Result<String, AppError> {
    text_file::read_from(std::io::stdin().lock()).map_err(|error| {
        AppError::new(ErrorKind::BadFile, "the standard input cannot be read").because(error)
    })
}

fn summary(counts: &Counts) -> String {
    format!(
        "{} is fine: {}, {}, {}",
        counts.lab,
        several(counts.nodes, "node"),
        several(counts.networks, "network"),
        several(counts.stacks, "stack"),
    )
}

fn count(found: &Diagnostics) -> String {
    let errors = several(found.count(Severity::Error), "error");
    match found.count(Severity::Warning) {
        0 => errors,
        warnings => format!("{errors}, {}", several(warnings, "warning")),
    }
}
