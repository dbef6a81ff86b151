//! `lab course list`

use crate::app::course::{CourseRow, List};
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, LanguageOption};
use crate::cli::table::Table;

/// List the bundled courses
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab course list
  lab course list --language id"
)]
pub struct Args {
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rows = context.run(&List::default())?;
    let language = args.language.chosen();
    let text = || {
        let mut table = Table::new(["COURSE", "SESSIONS", "TIME", "PASSED", "TITLE"]);
        for CourseRow { name, title, sessions, time, exercises, passed, .. } in &rows {
            table.row([
                name.to_string(),
                sessions.to_string(),
                time.to_string(),
                format!("{passed} of {exercises}"),
                title.get(language).to_owned(),
            ]);
        }
        table.render()
    };
    context.ui.list(args.format.format, "courses", &rows, text)?;
    Ok(Exit::OK)
}
