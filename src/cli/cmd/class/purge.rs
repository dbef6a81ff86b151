//! `lab class purge`

use crate::app::class::{Purge, Purged};
use crate::app::size;
use crate::base::words::{join, several};
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::ui::bold;
use crate::model::ClassName;
use crate::web::Tokens;

/// Delete what is kept of a closed class: shows it first, deletes it with --yes
///
/// This is the roster, the log and the key of the class; the logs, records, keys, hand-ins and save points of
/// its instances; and the sessions of its students. Points can no longer be computed again afterwards.
/// Interrupted, the same command goes on where it stopped. The lines of the audit and of the history stay,
/// with the names of those who acted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class purge ha1
  lab class purge ha1 --yes")]
pub struct Args {
    /// The class
    #[arg(value_name = "CLASS")]
    class: ClassName,
    /// Delete it
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let found = context.run(&Purge { class: args.class.clone(), delete: false })?;
    if !args.yes {
        context.ui.value(args.format.format, &found, || text(&found))?;
        context.ui.say(format!("`lab class purge {} --yes` deletes this", found.class));
        return Ok(Exit::OK);
    }
    // First the sessions: without the class, nothing would say which ones belong to it.
    let ended = Tokens::of(&context.app.state).end_on(&found.instances)?;
    let deleted = context.run(&Purge { class: args.class, delete: true })?;
    context.ui.value(args.format.format, &deleted, || text(&deleted))?;
    context.ui.say(format!("{} ended; the class `{}` is deleted", several(ended, "session"), deleted.class));
    context.ui.say(
        "the lines of the audit and of the history stay, and copies of the state folder have all that was \
         deleted",
    );
    Ok(Exit::OK)
}

fn text(found: &Purged) -> String {
    let verb = if found.deleted { "deleted" } else { "kept" };
    let mut text = format!("{}: {} of it {verb}\n", bold(&found.class), size(found.bytes));
    text += &format!("  the roster with {}, the log and the key\n", several(found.students, "student"));
    if !found.having.is_empty() {
        let count = several(found.having.len(), "instance");
        text += &format!("  logs, records and keys of {count}: {}\n", join(&found.having));
    }
    if !found.checkpoints.is_empty() {
        let count = several(found.checkpoints.len(), "saved state");
        text += &format!("  {count} of them: hand-ins and save points\n");
    }
    if !found.named.is_empty() {
        text += &format!("not deleted, because they have names: {}\n", join(&found.named));
        text += "`lab checkpoint rm` deletes them\n";
    }
    text
}
