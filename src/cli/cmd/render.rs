//! `lab render`

use std::path::{Path, PathBuf};

use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::ui::{bold, dim};
use crate::cli::{complete, lab};
use crate::desired::Desired;
use crate::diagnostic::suggestion;
use crate::labfile::Setting;
use crate::model::NodeName;
use crate::model::spec::GuestFile;
use crate::model::spec::StepSpec;

/// Show what the stacks put on a node: its files, and the scripts that set it up
///
/// Without --lab: the lab of the current folder, else the instance that stands, as it was brought up.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab render node1
  lab render node1 --lab drbd-heartbeat --set profile=paper
  lab render node1 --output /tmp/node1 && tree /tmp/node1")]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: NodeName,
    /// The lab (a folder, a lab file, or a bundled lab), or the instance
    #[arg(short, long, add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    /// Render it with a parameter set: deadtime=800ms, profile=paper
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<Setting>,
    /// Write files and scripts below this folder instead
    #[arg(short, long, value_name = "DIR", conflicts_with = "format")]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: FormatOption,
}

/// What a node gets.
#[derive(Serialize)]
struct Rendered<'a> {
    node: &'a NodeName,
    packages: Vec<&'a str>,
    files: &'a [GuestFile],
    steps: Vec<&'a StepSpec>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let desired = which(&args, context)?;
    let rendered = of(&desired, &args.node)?;
    match &args.output {
        Some(folder) => {
            let count = write(&rendered, folder)
                .map_err(|error| CliError::failed("the files cannot be written").because(error))?;
            context.ui.say(format!("{count} files of {} are in {}", args.node, folder.display()));
        }
        None => context.ui.value(args.format.format, &rendered, || text(&rendered))?,
    }
    Ok(Exit::OK)
}

fn which(args: &Args, context: &Context) -> Result<Desired, CliError> {
    let standing = |name: &String| context.instances().ok()?.into_iter().find(|known| known.as_str() == name);
    if let Some(instance) = args.lab.as_ref().and_then(standing)
        && args.settings.is_empty()
    {
        return Ok(context.describe(&instance)?.desired);
    }
    match args.lab.clone().or_else(lab::here) {
        Some(argument) => lab::read(context, &argument, args.settings.clone())?.desired(),
        None => {
            let instance = context.describe(&context.choose(None)?)?;
            if args.settings.is_empty() {
                return Ok(instance.desired);
            }
            lab::read(context, &instance.origin.argument(), args.settings.clone())?.desired()
        }
    }
}

fn of<'a>(desired: &'a Desired, name: &NodeName) -> Result<Rendered<'a>, CliError> {
    let node = desired.nodes.iter().find(|node| node.name == *name).ok_or_else(|| {
        let names: Vec<&str> = desired.nodes.iter().map(|node| node.name.as_str()).collect();
        CliError::not_found(format!("the lab has no node `{name}`")).hint(suggestion(
            name.as_str(),
            "node",
            names,
        ))
    })?;
    let image = desired.images.iter().find(|image| image.digest == node.guest.image);
    Ok(Rendered {
        node: &node.name,
        packages: image.iter().flat_map(|image| &image.packages).map(String::as_str).collect(),
        files: &node.seed.files,
        steps: desired.phases.iter().flatten().filter(|step| step.node == *name).collect(),
    })
}

fn text(rendered: &Rendered<'_>) -> String {
    let mut out = String::new();
    if !rendered.packages.is_empty() {
        out += &format!("{}\n{}\n\n", bold("packages"), rendered.packages.join(" "));
    }
    for file in rendered.files {
        let rights = dim(format!("({:04o} {})", file.mode, file.owner));
        out += &format!("{} {rights}\n{}\n\n", bold(format!("file {}", file.path)), file.content.trim_end());
    }
    for step in &rendered.steps {
        let title = dim(format!("({})", step.script.title));
        let head = bold(format!("step {}/{}", step.stack, step.step));
        out += &format!("{head} {title}\n{}\n\n", step.script.text.trim_end());
    }
    out.trim_end().to_owned()
}

fn write(rendered: &Rendered<'_>, folder: &Path) -> std::io::Result<usize> {
    let mut texts: Vec<(PathBuf, &str)> = Vec::new();
    for file in rendered.files {
        texts.push((folder.join("files").join(file.path.trim_start_matches('/')), &file.content));
    }
    for (number, step) in rendered.steps.iter().enumerate() {
        let name = format!("{}-{}-{}.sh", number + 1, step.stack, step.step);
        texts.push((folder.join("steps").join(name), &step.script.text));
    }
    for (path, text) in &texts {
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        fs_err::write(path, text)?;
    }
    Ok(texts.len())
}
