//! `lab class pack`

use super::ClassOption;
use crate::app::class::{ClassPacked, Pack};
use crate::app::size;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// Pack the hand-ins: keep of each memory only what differs from the start
///
/// An open class that is served does this by itself, and `lab class close` does it, too. Automatic save
/// points are packed once their cluster is gone. What is packed can be graded and opened again as before.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class pack
  lab class pack --student s03")]
pub struct Args {
    /// Only those of this student: a seat, or a part of the name
    #[arg(long, value_name = "STUDENT")]
    student: Option<String>,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let packed = context.run(&Pack { class: args.class.class, student: args.student })?;
    context.ui.value(args.format.format, &packed, || text(&packed))?;
    // Each was reported when it happened.
    let failed = packed.states.iter().any(|one| one.error.is_some());
    Ok(if failed { Exit::FAILED } else { Exit::OK })
}

fn text(packed: &ClassPacked) -> String {
    let mut table = Table::new(["SEAT", "CHECKPOINT", "BEFORE", "NOW", "PACKED"]);
    for one in &packed.states {
        let state = match (&one.error, one.packed) {
            (None, true) => "yes",
            (None, false) => "no: in use",
            (Some(_), _) => "no: failed",
        };
        table.row([
            one.seat.to_string(),
            one.checkpoint.to_string(),
            size(one.before),
            size(one.bytes),
            state.to_owned(),
        ]);
    }
    table.render()
}
