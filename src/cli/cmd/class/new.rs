//! `lab class new`

use std::path::PathBuf;

use crate::app::class::New;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::model::ClassName;

/// Write the file of a class and a roster, as a start for your own
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class new ha1
  lab class open ha1/class.toml")]
pub struct Args {
    /// The name of the class, and of the new folder
    #[arg(value_name = "NAME")]
    name: ClassName,
    /// The folder in which it is made
    #[arg(long = "in", value_name = "FOLDER", default_value = ".")]
    inside: PathBuf,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let file = context.run(&New { name: args.name, inside: args.inside })?;
    context.ui.data(file.display())?;
    context.ui.say("change it and the roster beside it; `lab class open` opens the class");
    Ok(Exit::OK)
}
