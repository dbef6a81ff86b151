//! `lab class export`

use std::path::PathBuf;

use super::ClassOption;
use crate::app::class::{Export, ExportFormat};
use crate::app::write_private;
use crate::cli::choice::choice;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::LanguageOption;

/// Write the grades of a class for another program
///
/// csv, json, junit and html have everything; moodle, canvas, lti and gradescope are what these programs
/// import. An exercise that was not handed in is empty, and never zero.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class export --format moodle --output grades.csv
  lab class export --format html --hide-names --output board.html")]
pub struct Args {
    /// The format: csv, moodle, canvas, json, junit, html, lti or gradescope
    #[arg(long, value_name = "FORMAT", value_parser = choice::<ExportFormat>(), hide_possible_values = true)]
    format: ExportFormat,
    /// The file, instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write seats instead of names, ids and addresses
    #[arg(long)]
    hide_names: bool,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    class: ClassOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { format, output, hide_names, language, class } = args;
    let language = language.chosen();
    let exported = context.run(&Export { class: class.class, format, language, hide_names })?;
    match &output {
        Some(file) => write_private(&context.app, file, &exported.text)?,
        None => context.ui.data(exported.text.trim_end_matches('\n'))?,
    }
    for note in &exported.notes {
        context.ui.say(note);
    }
    Ok(Exit::OK)
}
