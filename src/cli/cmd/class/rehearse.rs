//! `lab class rehearse`

use std::path::PathBuf;
use std::time::Duration;

use crate::app::{AppError, size};
use crate::base::columns::{Align, lines};
use crate::base::random;
use crate::base::words::seconds;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::options::FormatOption;
use crate::cli::ui::bold;
use crate::rehearsal::{self, Report, Row, Wanted, milliseconds};

/// The longest rehearsal, in minutes.
const MOST_MINUTES: f64 = 600.0;

/// Let simulated students work on this machine, to see before the lesson whether it carries the class
///
/// Opens a class of its own with a cluster for each student, serves it on a free port of this machine, and
/// lets students join, look at the page, type in a terminal, take hints, save, go back, have their work
/// graded, and hand in, each at random moments. Prints how long everything took, and what the server and the
/// clusters took of the machine. Then all of it is deleted, also after Ctrl-C. Ends with 10 if the machine
/// does not carry the class: 19 of 20 keys have to be echoed within 100 ms, 19 of 20 other requests of each
/// kind answered within 1 s, nothing may fail, and a fifth of the memory has to stay free.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class rehearse class.toml --students 30
  lab class rehearse --exercise who-am-i --students 12 --minutes 10
  lab class rehearse class.toml --students 30 --seed 7 --format json")]
pub struct Args {
    /// The file of the class: its first exercise is worked on, and its roster is not read
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The exercise, instead of a file: its name, or the path of its folder
    #[arg(long, value_name = "EXERCISE", conflicts_with = "file")]
    exercise: Option<String>,
    /// The number of students
    #[arg(long, value_name = "COUNT", default_value_t = 30)]
    students: usize,
    /// How long the students work, once all clusters stand
    #[arg(long, value_name = "MINUTES", default_value_t = 5.0, value_parser = minutes)]
    minutes: f64,
    /// The seed of what the students do; the same seed gives the same deeds [default: any]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    format: FormatOption,
}

fn minutes(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= MOST_MINUTES);
    number.ok_or_else(|| format!("a rehearsal takes more than 0 and at most {MOST_MINUTES} minutes"))
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { file, exercise, students, minutes, seed, format } = args;
    let seed = match seed {
        Some(seed) => seed,
        None => any_seed()?,
    };
    let wanted = Wanted { file, exercise, students, length: Duration::from_secs_f64(minutes * 60.0), seed };
    interrupt::listen("the class `rehearsal` is left; `lab class rehearse` deletes it when it begins again");
    let ui = context.ui.clone();
    let report = rehearsal::perform(&context.app, &wanted, interrupt::cancel(), &|line| ui.say(line))?;
    context.ui.value(format.format, &report, || text(&report))?;
    Ok(if report.fits() { Exit::OK } else { Exit::DRILL_FAILED })
}

/// A seed that is short to type.
fn any_seed() -> Result<u64, AppError> {
    let bytes = random::bytes::<2>().map_err(|error| AppError::failed("no random numbers").because(error))?;
    Ok(u64::from(u16::from_le_bytes(bytes)))
}

fn text(report: &Report) -> String {
    let mut text = actions(&report.actions);
    text.push('\n');
    for (what, figure) in figures(report) {
        text += &format!("{what:<20}{figure}\n");
    }
    text.push('\n');
    text += &failures(report);
    for reason in &report.reasons {
        text += &format!("{reason}\n");
    }
    text += &report.first().map(|first| first + "\n").unwrap_or_default();
    text + &bold(report.sentence()) + "\n"
}

/// The first failures; several of one kind with one reason are a line.
fn failures(report: &Report) -> String {
    let mut lines: Vec<(String, String, usize)> = Vec::new();
    for failure in &report.failures {
        let what = format!("{}: {}", failure.what.words(), failure.why);
        match lines.iter_mut().find(|(known, ..)| *known == what) {
            Some((_, _, count)) => *count += 1,
            None => {
                let at = seconds(Duration::from_secs_f64(failure.at_s));
                lines.push((what, format!("failed after {at}, {}", failure.who), 1));
            }
        }
    }
    let line = |(what, first, count): &(String, String, usize)| match count {
        1 => format!("{first}: {what}\n"),
        _ => format!("{first} and {} more: {what}\n", count - 1),
    };
    lines.iter().map(line).collect()
}

/// A line for each kind of action. An operation goes on after its answer; its end has columns of its own.
fn actions(rows: &[Row]) -> String {
    let headings = ["ACTION", "COUNT", "FAILED", "P50", "P95", "WORST", "DONE P50", "DONE P95", "DONE WORST"];
    let mut table = vec![headings.map(str::to_owned).to_vec()];
    for row in rows {
        let spreads = [row.answer, row.done].map(|spread| {
            let all = spread.map(|spread| [spread.p50_ms, spread.p95_ms, spread.worst_ms]);
            all.map_or_else(<[String; 3]>::default, |all| all.map(milliseconds))
        });
        let counts = [row.what.words().to_owned(), row.count.to_string(), row.failures.to_string()];
        table.push(counts.into_iter().chain(spreads.into_iter().flatten()).collect());
    }
    let columns: Vec<Align> = headings
        .iter()
        .map(|heading| if *heading == "ACTION" { Align::Left } else { Align::Right })
        .collect();
    let mut text = String::new();
    for (place, line) in lines(&table, &columns).into_iter().enumerate() {
        text += &if place == 0 { bold(line) } else { line };
        text.push('\n');
    }
    text
}

/// The figures of the machine.
fn figures(report: &Report) -> Vec<(&'static str, String)> {
    let server = &report.server;
    let memory = match server.proportional {
        Some(proportional) => {
            format!("{} resident, {} proportional", size(server.resident), size(proportional))
        }
        None => format!("{} resident", size(server.resident)),
    };
    let mut figures = vec![
        ("clusters", {
            let stood = seconds(Duration::from_secs_f64(report.stood_s));
            format!("{} of {} stood after {stood}", report.clusters, report.students)
        }),
        ("server, processor", format!("{:.1} % of one", server.processor_percent)),
        ("its operations", format!("{:.1} % of one", server.begun_percent)),
        ("server, memory", memory),
    ];
    if let Some(bytes) = report.clusters_memory {
        figures.push(("clusters, memory", size(bytes)));
    }
    if let Some(room) = &report.room {
        figures.push(("least free memory", format!("{} of {}", size(room.least_memory), size(room.memory))));
        figures.push(("least free disk", size(room.least_disk)));
    }
    figures.push(("seed", report.seed.to_string()));
    figures
}
