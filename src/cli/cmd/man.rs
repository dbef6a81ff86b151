//! `lab man`

use std::path::PathBuf;

use clap_mangen::Man;

use super::Outcome;
use crate::app::write_files;
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
    /// The output folder; created if it does not exist
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let mut tree = crate::cli::tree();
    tree.build();
    let mut commands = vec![tree];
    let mut pages = Vec::new();
    while let Some(command) = commands.pop() {
        let hidden = |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
        commands.extend(command.get_subcommands().filter(hidden).cloned());
        let man = Man::new(command);
        let mut text = Vec::new();
        man.render(&mut text).map_err(CliError::Output)?;
        pages.push((man.get_filename(), text));
    }
    write_files(&args.output, &pages)?;
    context.ui.say(format!("{} manual pages are in {}", pages.len(), args.output.display()));
    Ok(Exit::OK)
}
