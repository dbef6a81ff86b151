//! `lab image`: what guests boot from.

mod add;
mod build;
mod list;
mod rm;

use std::sync::{Mutex, PoisonError};

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::interrupt;
use crate::cli::progress::Line;
use crate::work;

/// Manage images: what guests boot from
///
/// An image is a recipe (images/NAME.toml), either built from Debian packages or fetched. The packages of a lab's
/// stacks are baked into an image of its own. `lab up` makes what it needs; all instances share what was made.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Build(build::Args),
    Add(add::Args),
    Rm(rm::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::List(args) => list::run(args, context),
        Command::Build(args) => build::run(args, context),
        Command::Add(args) => add::run(args, context),
        Command::Rm(args) => rm::run(args, context),
    }
}

/// Does something that takes long with its progress shown, until it is done or the user presses Ctrl-C.
fn with_progress<T, E: Into<CliError>>(
    context: &Context,
    title: String,
    work: impl FnOnce(&work::Context<'_>) -> Result<T, E>,
) -> Result<T, CliError> {
    interrupt::listen("what was begun is cleared away by the next build")?;
    let line = Mutex::new(Line::new(&context.ui, title, None));
    let progress = |progress| line.lock().unwrap_or_else(PoisonError::into_inner).progress(&progress);
    work(&work::Context { progress: &progress, cancel: interrupt::flag() }).map_err(Into::into)
}
