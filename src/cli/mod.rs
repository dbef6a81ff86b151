//! The command line: from words to one call of the library, and from its answer to words and an exit status.
//!
//! `main` parses, `cmd` has one file per command, `ui` prints. Nothing outside this folder prints, reads
//! the environment's wishes or ends the process.

mod blame;
mod cmd;
mod complete;
mod console;
mod context;
mod copies;
mod doctor;
mod drill;
mod error;
mod exit;
mod farewell;
mod forward;
mod graph;
mod interrupt;
mod lab;
mod limit;
mod netns;
mod options;
mod perform;
mod progress;
mod provider;
mod raise;
mod reach;
mod reset;
mod start;
mod status;
mod table;
mod take_down;
mod ui;
mod usage;
mod wanted;
mod words;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

use context::Context;
use exit::Exit;
use options::GlobalOptions;
use ui::Ui;

use crate::state::StateDir;

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
    let context = Context {
        ui: Ui::new(cli.global.verbosity()),
        state: StateDir::at(&cli.global.state),
        provider: cli.global.provider,
        faults: cli.global.sim_fault,
    };
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
    let words: Vec<String> = std::env::args().take_while(|word| word != "--").collect();
    let value = words.iter().enumerate().find_map(|(index, word)| match word.strip_prefix("--color")? {
        "" => words.get(index + 1).map(String::as_str),
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
