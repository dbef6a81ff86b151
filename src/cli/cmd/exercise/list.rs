//! `lab exercise list`

use crate::app::exercise::{List, Row};
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, LanguageOption};
use crate::cli::table::Table;
use crate::model::Choice;

/// List the exercises of the bundled and installed labs, and of the lab in the current folder
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab exercise list
  lab exercise list --language id"
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
        let mut table = Table::new(["EXERCISE", "LAB", "LEVEL", "TIME", "BEST", "TITLE"]);
        for Row { name, lab, about, best, passed } in &rows {
            let best = match (best, passed) {
                (Some(best), true) => format!("{best} % ✓"),
                (Some(best), false) => format!("{best} %"),
                (None, _) => "-".to_owned(),
            };
            let [lab, level, time, title] = match about {
                Ok(about) => [
                    about.lab.to_string(),
                    about.level.name().to_owned(),
                    about.time.to_string(),
                    about.title.get(language).to_owned(),
                ],
                Err(_) => {
                    let title = "(it has an error; `lab exercise show` shows it)".to_owned();
                    [lab.clone(), "-".to_owned(), "-".to_owned(), title]
                }
            };
            table.row([name.clone(), lab, level, time, best, title]);
        }
        table.render()
    };
    context.ui.list(args.format.format, "exercises", &rows, text)?;
    context.ui.say("`lab start EXERCISE` begins one");
    Ok(Exit::OK)
}
