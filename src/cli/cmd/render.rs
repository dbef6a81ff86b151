//! `lab render`

use std::path::PathBuf;

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::{Render, Rendered};
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::ui::{bold, dim};
use crate::model::NodeName;

/// Show what the lab and its stacks put on a node: its files, and the scripts that set it up
///
/// Without --lab: the lab of the current folder, else that of the existing instance, as it was brought up.
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
    /// The lab (./FOLDER, a lab file, or a bundled or installed lab), or the instance
    #[arg(short, long, add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    /// Render it with a parameter set: deadtime=1500ms, profile=paper
    #[arg(long = "set", value_name = "KEY=VALUE", add = ArgValueCompleter::new(complete::settings))]
    settings: Vec<String>,
    /// Write files and scripts below this folder instead
    #[arg(short, long, value_name = "DIR", conflicts_with = "format")]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { node, lab, settings, output, format } = args;
    let rendered = context.run(&Render { node, lab, settings })?;
    match &output {
        Some(folder) => {
            let count = rendered.write(folder)?;
            context.ui.say(format!("{count} files of {} are in {}", rendered.node, folder.display()));
        }
        None => context.ui.value(format.format, &rendered, || text(&rendered))?,
    }
    Ok(Exit::OK)
}

fn text(rendered: &Rendered) -> String {
    let mut out = String::new();
    if !rendered.packages.is_empty() {
        out += &format!("{}\n{}\n\n", bold("packages"), rendered.packages.join(" "));
    }
    for file in &rendered.files {
        let rights = dim(format!("({:04o} {})", file.mode, file.owner));
        out += &format!("{} {rights}\n{}\n\n", bold(format!("file {}", file.path)), file.content.trim_end());
    }
    for step in &rendered.steps {
        let title = dim(format!("({})", step.script.title));
        let head = bold(format!("step {}", step.label()));
        out += &format!("{head} {title}\n{}\n\n", step.script.text.trim_end());
    }
    out.trim_end().to_owned()
}
