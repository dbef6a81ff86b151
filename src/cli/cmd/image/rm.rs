//! `lab image rm`

use clap_complete::ArgValueCompleter;

use crate::app::image::Remove;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Remove images from the store
///
/// Images that a lab needs are made again by the next `lab up`. An image that instances have disks on is not
/// removed.
#[derive(Debug, clap::Args)]
#[command(visible_aliases = ["remove", "delete"], after_help = "\
Examples:
  lab image rm debian-12
  lab image rm 3a753bd4e21a
  lab image rm --cache")]
pub struct Args {
    /// Images by name, or by the first digits of their digest
    #[arg(value_name = "IMAGE", required_unless_present = "cache", add = ArgValueCompleter::new(complete::stored_images))]
    images: Vec<String>,
    /// Also remove images that instances have disks on; these instances are lost
    #[arg(long)]
    force: bool,
    /// Also delete the cache of builds
    #[arg(long)]
    cache: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    context.run(&Remove { images: args.images, force: args.force, cache: args.cache })?;
    Ok(Exit::OK)
}
