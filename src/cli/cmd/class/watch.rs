//! `lab class watch`

use super::{ClassOption, status};
use crate::app::class::WatchBoard;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::listener::{Output, Screen};
use crate::cli::options::{FormatOption, LanguageOption};
use crate::cli::ui::Format;

/// Show how a class is doing until Ctrl-C, again whenever it changes; as JSON, one line for each change
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class watch
  lab class watch --format json")]
pub struct Args {
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    interrupt::listen_for_the_end();
    let output = if args.format.format == Format::Json { Output::Hidden } else { Output::Bare };
    let language = args.language.chosen();
    let screen = Screen::new(context.ui.clone()).with_output(output);
    let screen = screen.with_board(move |board| status::text(board, language));
    context.run_on(&WatchBoard { class: args.class.class }, screen)?;
    Ok(Exit::OK)
}
