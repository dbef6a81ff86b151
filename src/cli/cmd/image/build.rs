//! `lab image build`

use std::time::Instant;

use clap_complete::{ArgValueCandidates, ArgValueCompleter};
use jiff::Zoned;

use super::{Outcome, with_progress};
use crate::catalog::{Catalog, Shelf};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::words::seconds;
use crate::cli::{complete, lab};
use crate::diagnostic::suggestion;
use crate::image::{Recipe, Store, ensure, image_spec};
use crate::model::ImageName;
use crate::model::spec::ImageSpec;

/// Make an image now, or those of a lab
///
/// Does nothing for what was made already. An image as a lab needs it has the packages of the lab's stacks in it.
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
    /// The images of this lab: a folder, a lab file, or a bundled lab
    #[arg(short, long, add = ArgValueCompleter::new(complete::labs))]
    lab: Option<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let (specs, catalog) = match (&args.image, &args.lab) {
        (Some(name), _) => {
            let catalog = Catalog::of_state(&context.state);
            let spec = plain(name, &catalog)?;
            if let Some(last) = Recipe::load(name, &catalog)?.past_support(Zoned::now().date()) {
                context.ui.warn(format!("{name} has had no security updates since {last}"));
            }
            (vec![spec], catalog)
        }
        (None, Some(argument)) => {
            let found = lab::read(context, argument, Vec::new())?;
            (found.desired()?.images, found.source.catalog)
        }
        (None, None) => return Err(CliError::usage("name an image or a lab")),
    };
    for spec in specs {
        make(&spec, &catalog, context)?;
    }
    Ok(Exit::OK)
}

fn plain(name: &ImageName, catalog: &Catalog) -> Result<ImageSpec, CliError> {
    let known = catalog.names(Shelf::Images).unwrap_or_default();
    if !known.iter().any(|known| known == name.as_str()) {
        return Err(CliError::not_found(format!("there is no image `{name}`")).hint(suggestion(
            name.as_str(),
            "image",
            known.iter().map(String::as_str),
        )));
    }
    Ok(image_spec(name, &Default::default(), &[], catalog)?)
}

fn make(spec: &ImageSpec, catalog: &Catalog, context: &Context) -> Result<(), CliError> {
    let label = format!("{} ({})", spec.name, spec.digest.short());
    if Store::new(&context.state).get(&spec.digest)?.is_some() {
        context.ui.say(format!("{label} is there already"));
        return Ok(());
    }
    let start = Instant::now();
    with_progress(context, format!("image {label}"), |progress| {
        ensure(&context.state, catalog, spec, progress)
    })?;
    context.ui.say(format!("{label} is made after {}", seconds(start.elapsed())));
    Ok(())
}
