//! The command line: turns words into one call of the library, and its result into text and an exit status.
//!
//! `main` parses, `cmd` has one file per command, `ui` prints. Nothing outside this folder prints, reads
//! settings from the environment or ends the process.

mod choice;
mod cmd;
mod command_line;
mod complete;
mod context;
mod drill_progress;
mod error;
mod exit;
mod grade_progress;
mod interrupt;
mod lab_tree;
mod listener;
mod markdown;
mod next_steps;
mod options;
mod progress;
mod simulated;
mod status;
mod table;
mod ui;
mod wanted;
mod watching;
mod wrong_words;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches, Parser};

use command_line::CommandLine;
use context::Context;
use error::CliError;
use exit::Exit;
use options::GlobalOptions;
use ui::{Ui, Verbosity};

use crate::app::Halab;

/// High-availability clusters as real machines: bring them up, break them on purpose, measure what users see
///
/// A lab is a folder with a lab.toml: nodes, networks, disks, virtual addresses and the stacks that run on
/// them. `lab up` makes it real with KVM/QEMU, `lab drill run` breaks it and measures, `lab down` leaves
/// nothing behind.
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
  lab status                                  what is up, and is it healthy
  lab client -- curl http://192.168.0.100/    be a client of it
  lab drill run power-cut                     cut the power of the active node, and measure
  lab down                                    take it away";

/// The whole command tree, as help, completions and manual pages see it.
fn tree() -> clap::Command {
    Cli::command().after_long_help(format!("{EXAMPLES}\n\n{}", Exit::help()))
}

/// Runs the command and returns its exit status.
pub fn main() -> ExitCode {
    clap_complete::CompleteEnv::with_factory(tree).bin("lab").complete();
    anstream::ColorChoice::write_global(wanted_colors());
    let tree = tree();
    let line = command_line::with_separator(std::env::args_os().collect(), &tree);
    let json = command_line::wants_json(&line);
    let parsed = tree.clone().try_get_matches_from(&line);
    let cli = match parsed.and_then(|mut found| Cli::from_arg_matches_mut(&mut found)) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => return wrong(&error, &line, &tree, json),
        Err(help) => {
            // A reader that has gone needs no help.
            let _ = help.print();
            return Exit::OK.into();
        }
    };
    let GlobalOptions { state, provider, sim_fault: faults, sim_pace: pace, .. } = cli.global.clone();
    let ui = Arc::new(Ui::new(cli.global.verbosity(), json));
    let context = Context { ui, app: Halab { provider, faults, pace, ..context::application(state) } };
    match cli.command.run(&context) {
        Ok(exit) => exit.into(),
        Err(error) => {
            context.ui.error(&error);
            error.exit().into()
        }
    }
}

/// Reports an error of the command line.
fn wrong(error: &clap::Error, line: &[OsString], tree: &clap::Command, json: bool) -> ExitCode {
    let ui = Ui::new(Verbosity::Normal, json);
    let read = CommandLine::read(line, tree);
    match wrong_words::explain(error, line, &read) {
        Some(explained) => ui.error(&explained.into()),
        None if json => ui.error(&CliError::usage(first_paragraph(error))),
        // Without stderr there is no way to report anything.
        None => drop(error.print()),
    }
    Exit::USAGE.into()
}

/// The message of clap, without its usage.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    text.split("\n\n").next().unwrap_or_default().trim_end().to_owned()
}

/// `--color` as it will be parsed: the help needs it before anything is parsed.
fn wanted_colors() -> anstream::ColorChoice {
    let words: Vec<OsString> = std::env::args_os().take_while(|word| word != "--").collect();
    // A word that is not UTF-8 is not a colour.
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
