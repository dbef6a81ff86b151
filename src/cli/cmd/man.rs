//! `lab man`

use std::path::PathBuf;

use clap_mangen::Man;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Write the manual pages, one for each command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab man --output /usr/local/share/man/man1
  lab man --output . && man ./lab-up.1")]
pub struct Args {
    /// The folder to write into; made if it is not there
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let written = write(&args.output)
        .map_err(|error| CliError::failed("the manual pages cannot be written").because(error))?;
    context.ui.say(format!("{written} manual pages are in {}", args.output.display()));
    Ok(Exit::OK)
}

fn write(folder: &std::path::Path) -> std::io::Result<usize> {
    fs_err::create_dir_all(folder)?;
    let mut tree = crate::cli::tree();
    tree.build();
    let mut pages = vec![tree];
    let mut written = 0;
    while let Some(page) = pages.pop() {
        let hidden = |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
        pages.extend(page.get_subcommands().filter(hidden).cloned());
        Man::new(page).generate_to(folder)?;
        written += 1;
    }
    Ok(written)
}
