//! `lab image list`

use jiff::Zoned;
use jiff::civil::Date;

use crate::app::image::{List, Row};
use crate::base::words::join;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// List the images that exist, and those that can be made
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab image list
  lab image list --format json"
)]
pub struct Args {
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let rows = context.run(&List {})?;
    for row in &rows {
        if let Some(broken) = &row.broken {
            context.ui.warn(format!("the recipe of {} is wrong: {broken}", row.name));
        }
    }
    context.ui.list(args.format.format, "images", &rows, || text(&rows))?;
    Ok(Exit::OK)
}

/// The digest of an image, or why there is none.
fn made(row: &Row) -> String {
    let digest = row.digest.as_deref().and_then(|digest| digest.get(..12));
    digest.unwrap_or(if row.broken.is_some() { "recipe is wrong" } else { "not made yet" }).to_owned()
}

fn text(rows: &[Row]) -> String {
    let today = Zoned::now().date();
    let support = |last: Date| if last < today { format!("ended {last}") } else { format!("until {last}") };
    let mut table =
        Table::new(["IMAGE", "DIGEST", "SIZE", "MADE", "SUPPORT", "USED BY", "PACKAGES OF STACKS"]);
    for row in rows {
        table.row([
            row.name.clone(),
            made(row),
            row.bytes.map(|bytes| format!("{} MiB", bytes >> 20)).unwrap_or_default(),
            row.created.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default(),
            row.support_ends.map(support).unwrap_or_default(),
            join(&row.used_by),
            row.packages.iter().cloned().collect::<Vec<_>>().join(" "),
        ]);
    }
    table.render()
}
