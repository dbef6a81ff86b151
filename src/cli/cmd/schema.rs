//! `lab schema`

use super::Outcome;
use crate::app::{FileKind, Schema};
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Print the JSON Schema of a kind of file, for completion and checks in an editor
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab schema > lab.schema.json
  lab schema stack > stack.schema.json

In lab.toml, the editor extension Even Better TOML reads:
  #:schema ./lab.schema.json")]
pub struct Args {
    /// The kind of file
    #[arg(value_enum, default_value_t)]
    kind: Kind,
}

/// A kind of file that people write.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Kind {
    /// lab.toml
    #[default]
    Lab,
    /// drills/NAME.toml
    Drill,
    /// exercises/NAME/exercise.toml
    Exercise,
    /// courses/NAME/course.toml
    Course,
    /// class.toml
    Class,
    /// templates/NAME/stack.toml
    Stack,
    /// images/NAME.toml
    Image,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let file = match args.kind {
        Kind::Lab => FileKind::Lab,
        Kind::Drill => FileKind::Drill,
        Kind::Exercise => FileKind::Exercise,
        Kind::Course => FileKind::Course,
        Kind::Class => FileKind::Class,
        Kind::Stack => FileKind::Stack,
        Kind::Image => FileKind::Image,
    };
    let schema = context.run(&Schema { file })?;
    context.ui.document(&schema)?;
    Ok(Exit::OK)
}
