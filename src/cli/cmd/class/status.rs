//! `lab class status`

mod takes;

use super::ClassOption;
use crate::app::class::{Board, Cell, Phase, Progress, SeatRow, ShowBoard, shown};
use crate::app::exercise::{Language, State};
use crate::base::text::one_line;
use crate::base::words::several;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, LanguageOption};
use crate::cli::table::Table;
use crate::cli::ui::bold;
use takes::Most;

/// Show how a class is doing: a line for each student or group, first those who need help
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class status
  lab class status --format json")]
pub struct Args {
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let board = context.run(&ShowBoard { class: args.class.class })?;
    let language = args.language.chosen();
    context.ui.value(args.format.format, &board, || text(&board, language))?;
    Ok(Exit::OK)
}

/// The board for people.
pub fn text(board: &Board, language: Language) -> String {
    let state = if board.closed { "closed" } else { "open" };
    let mut text = format!("{}: {} ({state})\n", bold(&board.class), board.title.get(language));
    if let Some(ends) = board.ends {
        text += &format!("until {}\n", shown(ends));
    }
    if let Some(disk) = board.disk.filter(|disk| disk.nearly_full) {
        text += &format!("the disk is {} % full: nothing new can be begun or saved by students\n", disk.used);
    }
    text.push('\n');
    let most = Most::of(board);
    for row in &board.seats {
        text += &format!("{}  {}\n", bold(row.seat), names(row));
        text += &row.takes.as_ref().map(|takes| most.line(takes)).unwrap_or_default();
        let mut table = Table::new(["EXERCISE", "STATE", "CHECKS", "HINTS", "POINTS"]);
        for ((name, ..), cell) in board.exercises.iter().zip(&row.cells) {
            table.row([name.to_string(), state_of(row, cell), checks(cell), hints(cell), points(cell)]);
        }
        text += &table.render();
        text.push('\n');
    }
    for (exercise, answer, count) in &board.wrong_answers {
        text += &format!("{exercise}: {} answered \"{}\"\n", several(*count, "bench"), one_line(answer));
    }
    text
}

fn names(row: &SeatRow) -> String {
    let names: Vec<&str> = row.students.iter().map(|student| student.name.as_str()).collect();
    let joined = match row.joined.len() {
        0 => ", not joined",
        count if count < row.students.len() => ", not all joined",
        _ => "",
    };
    let hand = if row.hand { ", asks for help" } else { "" };
    format!("{}{joined}{hand}", names.join(", "))
}

fn state_of(row: &SeatRow, cell: &Cell) -> String {
    let word = match cell.progress {
        Progress::Open => "open",
        Progress::Working if row.phase == Phase::Frozen => "frozen",
        Progress::Working => "goes on",
        Progress::Left => "left",
        Progress::Submitted => "handed in",
        Progress::Graded => "graded",
    };
    word.to_owned()
}

fn checks(cell: &Cell) -> String {
    let passed = cell.checks.iter().filter(|state| **state == State::Passed).count();
    match cell.checks.len() {
        0 => String::new(),
        all => format!("{passed} of {all}"),
    }
}

fn hints(cell: &Cell) -> String {
    if cell.hints == 0 { String::new() } else { cell.hints.to_string() }
}

fn points(cell: &Cell) -> String {
    let Some(score) = cell.score else { return String::new() };
    let late = if cell.late > 0 { format!(", late: -{} %", cell.late) } else { String::new() };
    let open = if score.open { ", a teacher decides" } else { "" };
    format!("{}.{:02} %{late}{open}", score.hundredths() / 100, score.hundredths() % 100)
}
