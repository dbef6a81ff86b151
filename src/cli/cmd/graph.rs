//! `lab graph`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::graph::{self, ShowLab};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::{complete, lab_tree};
use crate::model::InstanceName;

/// Draw a lab: its networks, nodes, addresses and stacks
///
/// Without LAB: the lab of the current folder, else that of the existing instance.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab graph drbd-heartbeat
  lab graph my-cluster/ --format dot | dot -Tsvg > cluster.svg
  lab graph --format mermaid")]
pub struct Args {
    /// The lab: ./FOLDER, a lab file, or the name of a bundled or installed lab
    #[arg(add = ArgValueCompleter::new(complete::labs))]
    lab: Option<String>,
    /// The lab of this instance, as it was brought up
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "lab", add = ArgValueCompleter::new(complete::instances))]
    instance: Option<InstanceName>,
    /// The format of the drawing
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Picture,
}

/// The formats of drawings.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Picture {
    /// The terminal
    #[default]
    Text,
    /// Graphviz
    Dot,
    /// Mermaid
    Mermaid,
    /// Programs: the whole model
    Json,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let lab = context.run(&ShowLab { lab: args.lab, instance: args.instance })?;
    match args.format {
        Picture::Text => context.ui.data(lab_tree::text(&lab))?,
        Picture::Dot => context.ui.data(graph::dot(&lab))?,
        Picture::Mermaid => context.ui.data(graph::mermaid(&lab))?,
        Picture::Json => context.ui.json(&lab)?,
    }
    Ok(Exit::OK)
}
