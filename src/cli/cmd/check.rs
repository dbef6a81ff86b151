//! `lab check`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::lab;
use crate::cli::options::FormatOption;
use crate::cli::ui::Format;
use crate::cli::words::several;
use crate::diagnostic::{Diagnostics, Severity, render};
use crate::drill;
use crate::labfile::{Loaded, Setting};

/// Check a lab without making anything
///
/// Says all that is wrong at once, each with its place, the line, and a suggestion. Needs neither root nor libvirt.
/// Ends with status 3 when something is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab check my-cluster/
  lab check drbd-heartbeat --set deadtime=800ms
  lab check my-cluster/lab.toml --format json")]
pub struct Args {
    /// The lab: a folder, a lab file, or the name of a bundled lab
    #[arg(value_name = "PATH|NAME", default_value = ".", add = ArgValueCompleter::new(complete::labs))]
    lab: String,
    /// Check it with a parameter set: deadtime=800ms, profile=paper
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<Setting>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let source = lab::find(&args.lab, &context.state)?;
    let (mut found, mut loaded) = match lab::load(&source, &args.settings, &context.state) {
        Ok(loaded) => (loaded.warnings.clone(), Some(loaded)),
        Err(found) => (found, None),
    };
    // Drills name what the lab has, so they can be checked only against one that is right.
    if let Some(lab) = loaded.as_ref().map(|loaded| &loaded.lab) {
        for part in lab::drills(&source)? {
            let wrong = drill::load(&part, lab).err().or_else(|| drill::sweep(&part, &source).err());
            wrong.into_iter().for_each(|wrong| found.append(wrong));
        }
    }
    loaded = loaded.filter(|_| !found.has_errors());
    match args.format.format {
        Format::Json => context.ui.json(&render::json(&found))?,
        Format::Text if loaded.is_none() => {
            context.ui.complain(format!("{}\n{}", render::text(&found, true), count(&found)))
        }
        Format::Text if !found.is_empty() => context.ui.say(render::text(&found, true)),
        Format::Text => {}
    }
    match loaded {
        Some(loaded) => {
            // A stack of one's own may be wrong in itself, which shows only when it is rendered.
            lab::objects(&loaded.lab, &source.catalog)?;
            context.ui.say(summary(&loaded));
            Ok(Exit::OK)
        }
        None => Ok(Exit::BAD_FILE),
    }
}

fn summary(loaded: &Loaded) -> String {
    let lab = &loaded.lab;
    format!(
        "{} is fine: {}, {}, {}",
        lab.name,
        several(lab.nodes.len(), "node"),
        // The management network is nobody's wish.
        several(lab.networks.len().saturating_sub(1), "network"),
        several(lab.stacks.len(), "stack"),
    )
}

fn count(found: &Diagnostics) -> String {
    let errors = several(found.count(Severity::Error), "error");
    match found.count(Severity::Warning) {
        0 => errors,
        warnings => format!("{errors}, {}", several(warnings, "warning")),
    }
}
