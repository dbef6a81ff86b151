//! `lab class recordings`

use super::ClassOption;
use crate::app::class::{Recorded, RecordingRow, Recordings, shown};
use crate::app::size;
use crate::base::words::seconds;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// List the recordings of terminals that were made in an exam
///
/// Each is a file in the format asciicast 2, with all that a terminal showed. Play it where nothing can
/// happen: a player passes on what the student's programs printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class recordings
  lab class recordings s03
  lab class recordings --format json")]
pub struct Args {
    /// Only those of this student: a seat, or a part of the name
    #[arg(value_name = "STUDENT")]
    student: Option<String>,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let recorded = context.run(&Recordings { class: args.class.class, student: args.student })?;
    context.ui.value(args.format.format, &recorded, || text(&recorded))?;
    Ok(Exit::OK)
}

fn text(recorded: &Recorded) -> String {
    if recorded.recordings.is_empty() {
        return format!("{} has no recordings\n", recorded.class);
    }
    let mut table = Table::new(["SEAT", "NODE", "BEGAN", "LENGTH", "SIZE", "FILE"]);
    for one in &recorded.recordings {
        let file = one.file.display().to_string();
        table.row([
            one.seat.to_string(),
            one.node.to_string(),
            shown(one.began),
            seconds(one.length.duration()),
            size_of(one),
            file,
        ]);
    }
    table.render()
}

fn size_of(one: &RecordingRow) -> String {
    let cut = if one.cut { ", cut" } else { "" };
    format!("{}{cut}", size(one.bytes))
}
