//! The command line: from words to one call of the library, and from its answer to words and an exit status.
//!
//! `main` parses, `cmd` has one file per command, `ui` prints. Nothing outside this folder prints, reads
//! the environment's wishes or ends the process.

mod choice;
mod cmd;
mod complete;
mod context;
mod drill_progress;
mod error;
mod exit;
mod interrupt;
mod lab_tree;
mod listener;
mod next_steps;
mod options;
mod progress;
mod simulated;
mod status;
mod table;
mod ui;
mod wanted;
mod watching;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches, Parser};

use context::Context;
use exit::Exit;
use options::GlobalOptions;
use ui::Ui;

use crate::app::Halab;

/// High-availability clusters as real machines: bring them up, break them on purpose, measure what users see
///
/// A lab is a folder with a lab.toml: nodes, networks, disks, virtual addresses and the stacks that run on them.
/// `lab up` makes it real with KVM/QEMU, `lab drill run` breaks it and measures, `lab down` leaves nothing behind.
#[derive(Debug, Parser)]
#[command(name = "lab", version, disable_help_subcommand = false, arg_required_else_help = true)]
#[command(after_help = EXAMPLES, subcommand_required = true)]
struct Cli {
    #[command(subcommand)]
    command: cmd::Command,
    #[command(flatten)]
    global: GlobalOptions,
}

const EXAMPLES: &str = "\
Examples:
  lab up drbd-heartbeat                       bring a bundled lab up
  lab status                                  what stands, and is it healthy
  lab client -- curl http://192.168.0.100/    be a client of it
  lab drill run power-cut                     cut the power of the active node, and measure
  lab down                                    take it away";

/// The whole command tree, as help, completions and manual pages see it.
fn tree() -> clap::Command {
    Cli::command().after_long_help(format!("{EXAMPLES}\n\n{}", Exit::help()))
}

/// Runs the command and says how it ended.
pub fn main() -> ExitCode {
    clap_complete::CompleteEnv::with_factory(tree).bin("lab").complete();
    anstream::ColorChoice::write_global(wanted_colors());
    let cli = match tree().try_get_matches().and_then(|mut found| Cli::from_arg_matches_mut(&mut found)) {
        Ok(cli) => cli,
        Err(error) => return help_or_usage(&error),
    };
    let GlobalOptions { state, provider, sim_fault: faults, sim_pace: pace, .. } = cli.global.clone();
    let ui = Arc::new(Ui::new(cli.global.verbosity()));
    let context = Context { ui, app: Halab { provider, faults, pace, ..context::application(state) } };
    match cli.command.run(&context) {
        Ok(exit) => exit.into(),
        Err(error) => {
            context.ui.error(&error);
            error.exit().into()
        }
    }
}

/// Prints what clap has to say: help and version to stdout, complaints to stderr.
fn help_or_usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell when the stream is gone.
    let _ = error.print();
    if error.use_stderr() { Exit::USAGE.into() } else { Exit::OK.into() }
}

/// `--color` as it will be parsed: the help needs it before anything is parsed.
fn wanted_colors() -> anstream::ColorChoice {
    let words: Vec<OsString> = std::env::args_os().take_while(|word| word != "--").collect();
    // A word that is not UTF-8 is no colour.
    let words: Vec<&str> = words.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    let value = words.iter().enumerate().find_map(|(index, word)| match word.strip_prefix("--color")? {
        "" => words.get(index + 1).copied(),
        rest => rest.strip_prefix('='),
    });
    let when = value.and_then(|value| <ui::ColorWhen as clap::ValueEnum>::from_str(value, false).ok());
    when.unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_tree_holds_together() {
        super::tree().debug_assert();
    }
}
