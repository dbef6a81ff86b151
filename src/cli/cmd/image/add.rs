//! `lab image add`

use std::path::PathBuf;

use crate::app::image::{Add, From};
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::model::ImageName;

/// Add an image of your own: a file, or a URL with its SHA-256
///
/// The image must boot with a BIOS and read its settings from a NoCloud volume (as cloud-init does). No
/// packages can be installed into it, so it cannot be used with stacks that have packages.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("from").required(true).args(["file", "url"])),
    after_help = "\
Examples:
  lab image add my-debian --file debian.qcow2
  lab image add my-debian --url https://example.org/debian.qcow2 --sha256 0123… --user debian"
)]
pub struct Args {
    /// The name of the image
    name: ImageName,
    /// A disk image on this machine, qcow2 or raw
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Where to fetch it from
    #[arg(long, requires = "sha256")]
    url: Option<String>,
    /// The SHA-256 that the fetched file must have
    #[arg(long, value_name = "SUM", requires = "url")]
    sha256: Option<String>,
    /// The format of the fetched file
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    disk: Disk,
    /// The user to log in as, besides root
    #[arg(long, default_value = "debian")]
    user: String,
    /// A description in one line
    #[arg(long, default_value = "")]
    title: String,
}

/// The formats of disks.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Disk {
    #[default]
    Qcow2,
    Raw,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let from = match (args.file, args.url, args.sha256) {
        (Some(path), ..) => From::File(path),
        (None, Some(url), Some(sha256)) => From::Url { url, sha256, raw: matches!(args.disk, Disk::Raw) },
        (None, ..) => return Err(CliError::usage("name a file, or a URL with its sum")),
    };
    let Args { name, user, title, .. } = args;
    let digest = context.run(&Add { name: name.clone(), from, user, title })?;
    let short = digest.short();
    context.ui.say(format!("{name} ({short}) is there: a lab uses it with image = \"{name}\""));
    Ok(Exit::OK)
}
