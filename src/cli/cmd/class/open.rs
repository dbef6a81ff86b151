//! `lab class open`

use std::path::PathBuf;

use crate::app::class::Open;
use crate::base::words::several;
use crate::cli::cmd::Outcome;
use crate::cli::cmd::serve;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// The port of the SSH server of a class.
const SSH: u16 = 2222;

/// Open a class, and serve its page
///
/// Reads the file of the class and its roster, prepares a cluster for each student or group, and serves the
/// page. Ctrl-C ends the page only; opened again, the class goes on where it was.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class open class.toml
  lab class open class.toml --listen 192.0.2.10:8006 --name lab.example.org
  lab class open class.toml --no-page")]
pub struct Args {
    /// The file of the class
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Do not serve the page: `lab serve` does, or did already
    #[arg(long)]
    no_page: bool,
    /// Do not let students connect with SSH
    #[arg(long, conflicts_with = "ssh")]
    no_ssh: bool,
    #[command(flatten)]
    page: serve::PageOptions,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let opened = context.run(&Open { file: args.file })?;
    let (students, clusters) =
        (several(opened.students, "student"), several(opened.instances.len(), "cluster"));
    let again = if opened.again { "goes on" } else { "is open" };
    context.ui.say(format!("{} {again}: {students}, {clusters}", opened.class));
    context.ui.say("`lab class cards` makes the codes with which they join");
    if args.no_page {
        return Ok(Exit::OK);
    }
    serve::served(args.page, (!args.no_ssh).then_some(SSH), context)
}
