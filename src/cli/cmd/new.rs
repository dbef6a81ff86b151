//! `lab new`

use std::path::PathBuf;

use clap_complete::ArgValueCandidates;

use super::Outcome;
use crate::app::{AppError, NewLab, NewStack};
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::model::{LabName, NameError, StackName};

/// The lab that is copied if none is named.
const FIRST: &str = "drbd-heartbeat";

/// Start a lab of your own, or change a stack for a lab of your own
///
/// Creates the folder NAME with a copy of a bundled lab's files under the new name, or with two bare nodes
/// (--empty). With --stack, copies a bundled stack into the folder of a lab. Templates and images beside a
/// lab (NAME/templates/…, NAME/images/…) hide the bundled ones of the same name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab new my-cluster
  lab new my-cluster --from redundant-web
  lab new my-cluster --empty
  lab new --stack keepalived --into my-cluster
  lab new my-vrrp --stack keepalived --into my-cluster
  lab check my-cluster/")]
pub struct Args {
    /// The name of the lab and of its folder; with --stack, of the copy
    #[arg(required_unless_present = "stack")]
    name: Option<LabName>,
    /// The bundled lab to copy. Default: drbd-heartbeat
    #[arg(long, value_name = "LAB", conflicts_with_all = ["empty", "stack"], add = ArgValueCandidates::new(complete::bundled_labs))]
    from: Option<String>,
    /// Copy no lab: two bare nodes on a network
    #[arg(long, conflicts_with = "stack")]
    empty: bool,
    /// The bundled stack to copy beside a lab
    #[arg(long, value_name = "STACK", add = ArgValueCandidates::new(complete::bundled_stacks))]
    stack: Option<String>,
    /// The lab's folder, for --stack. Default: the current folder
    #[arg(long, value_name = "DIR", requires = "stack")]
    into: Option<PathBuf>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match (args.stack, args.name) {
        (Some(stack), name) => {
            copy_stack(stack, name, args.into.unwrap_or_else(|| PathBuf::from(".")), context)
        }
        (None, Some(name)) => {
            let from = (!args.empty).then(|| args.from.unwrap_or_else(|| FIRST.to_owned()));
            new_lab(name, from, context)
        }
        (None, None) => Err(AppError::usage("a new lab needs a name").into()),
    }
}

fn new_lab(name: LabName, from: Option<String>, context: &Context) -> Outcome {
    context.run(&NewLab { name: name.clone(), inside: PathBuf::new(), from: from.clone() })?;
    let what = from.map_or_else(|| "has two bare nodes".to_owned(), |from| format!("is a copy of {from}"));
    context.ui.say(format!(
        "{name}/ {what}; change {name}/lab.toml, then `lab check {name}/` and `lab up {name}/`"
    ));
    Ok(Exit::OK)
}

fn copy_stack(stack: String, name: Option<LabName>, into: PathBuf, context: &Context) -> Outcome {
    let wrong = |error: NameError| AppError::usage("the copy cannot have this name").because(error);
    let name = name.map(|name| name.as_str().parse::<StackName>()).transpose().map_err(wrong)?;
    let own = name.clone().filter(|name| name.as_str() != stack);
    let folder = context.run(&NewStack { stack: stack.clone(), name, into: into.clone() })?;
    let (folder, into) = (folder.display(), into.display().to_string());
    // With a `/` at its end a name is that of a folder.
    let into = format!("{}/", into.trim_end_matches('/'));
    let used = match own {
        Some(own) => format!("a use in {into}lab.toml takes it with `use = \"{own}\"`"),
        None => format!("in this lab `use = \"{stack}\"` is this one from now on"),
    };
    context.ui.say(format!(
        "{folder}/ is a copy of the stack {stack}: {used}\n\
         change its stack.toml and its templates, then `lab check {into}` and `lab render NODE --lab {into}`"
    ));
    Ok(Exit::OK)
}
