//! `lab image build`

use clap_complete::{ArgValueCandidates, ArgValueCompleter};

use crate::app::image::{Build, Which};
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::model::ImageName;

/// Make an image, or the images of a lab
///
/// Existing images are not made again. The image for a lab contains the packages of the lab's stacks.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("what").required(true).args(["image", "lab"])),
    after_help = "\
Examples:
  lab image build debian-12
  lab image build --lab drbd-heartbeat"
)]
pub struct Args {
    /// The image, without any stack
    #[arg(add = ArgValueCandidates::new(complete::images))]
    image: Option<ImageName>,
    /// The images of this lab: ./FOLDER, a lab file, or a bundled or installed lab
    #[arg(short, long, add = ArgValueCompleter::new(complete::labs))]
    lab: Option<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let which = match (args.image, args.lab) {
        (Some(name), _) => Which::Image(name),
        (None, Some(lab)) => Which::Lab(lab),
        (None, None) => return Err(CliError::usage("name an image or a lab")),
    };
    context.run(&Build { which })?;
    Ok(Exit::OK)
}
