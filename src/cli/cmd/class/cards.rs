//! `lab class cards`

use std::path::PathBuf;

use super::ClassOption;
use crate::app::class::{MadeCards, MakeCards};
use crate::app::write_private;
use crate::base::words::several;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// Make the codes with which students join
///
/// Each is good once, for students who have not joined yet. Codes that were made before are void.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class cards
  lab class cards --student s03
  lab class cards --output cards.html --address https://lab.example.org:8006")]
pub struct Args {
    /// Also write a page to print, with QR codes, into this file
    #[arg(long, value_name = "FILE", requires = "address")]
    output: Option<PathBuf>,
    /// The address that students type into their browsers: https://lab.example.org:8006
    #[arg(long, value_name = "URL", requires = "output")]
    address: Option<String>,
    /// Leave the names out of the page
    #[arg(long, requires = "output")]
    hide_names: bool,
    /// Only for this student, who may have joined already: a seat, or a part of the name
    #[arg(long, value_name = "STUDENT")]
    student: Option<String>,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { student, class, address, hide_names, .. } = args;
    let made = context.run(&MakeCards { class: class.class, student, address, hide_names })?;
    if let (Some(output), Some(page)) = (&args.output, &made.page) {
        // It has secrets.
        write_private(&context.app, output, page)?;
        context.ui.say(format!("{} to print are in {}", several(made.cards.len(), "card"), output.display()));
    }
    context.ui.value(args.format.format, &made, || text(&made))?;
    Ok(Exit::OK)
}

fn text(made: &MadeCards) -> String {
    let mut table = Table::new(["SEAT", "CODE", "NAME"]);
    for card in &made.cards {
        table.row([card.student.seat.to_string(), card.code.clone(), card.student.name.clone()]);
    }
    table.render()
}
