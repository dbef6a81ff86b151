//! `lab new`

use std::path::{Path, PathBuf};

use clap_complete::ArgValueCandidates;

use super::Outcome;
use crate::catalog::{Catalog, Shelf};
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::diagnostic::suggestion;
use crate::model::LabName;

/// Start a lab of your own from one that comes with the program
///
/// Makes the folder NAME with a copy of the lab's files, under the new name. Templates and images that you put
/// beside the lab (NAME/templates/…, NAME/images/…) hide the bundled ones of the same name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab new my-cluster
  lab new my-cluster --from drbd-heartbeat
  lab check my-cluster/")]
pub struct Args {
    /// The lab's name, and the folder's
    name: LabName,
    /// The bundled lab to copy
    #[arg(long, value_name = "LAB", default_value = "drbd-heartbeat", add = ArgValueCandidates::new(complete::bundled_labs))]
    from: String,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let files = Catalog::bundled().bundle(Shelf::Labs, &args.from);
    if files.is_empty() {
        return Err(unknown(&args.from));
    }
    let folder = PathBuf::from(args.name.as_str());
    if folder.exists() {
        return Err(CliError::failed(format!("{} is already there", folder.display()))
            .hint("choose another name, or another folder to do it in"));
    }
    copy(&files, &folder, &args.name)
        .map_err(|error| CliError::failed("the lab cannot be copied").because(error))?;
    context.ui.say(format!(
        "{name}/ is a copy of {from}; change {name}/lab.toml, then `lab check {name}/` and `lab up {name}/`",
        name = args.name,
        from = args.from,
    ));
    Ok(Exit::OK)
}

fn unknown(name: &str) -> CliError {
    let labs = Catalog::bundled().names(Shelf::Labs).unwrap_or_default();
    CliError::not_found(format!("there is no bundled lab `{name}`")).hint(suggestion(
        name,
        "bundled lab",
        labs.iter().map(String::as_str),
    ))
}

fn copy(files: &[(PathBuf, &[u8])], folder: &Path, name: &LabName) -> std::io::Result<()> {
    for (path, content) in files {
        let target = folder.join(path);
        if let Some(parent) = target.parent() {
            fs_err::create_dir_all(parent)?;
        }
        match std::str::from_utf8(content) {
            Ok(text) if path == Path::new("lab.toml") => fs_err::write(target, renamed(text, name))?,
            _ => fs_err::write(target, content)?,
        }
    }
    Ok(())
}

/// The lab file with another name; everything else stays as its author wrote it, comments included.
fn renamed(text: &str, name: &LabName) -> String {
    let is_name = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == "name");
    let mut done = false;
    let lines = text.lines().map(|line| {
        if done || !is_name(line) {
            return line.to_owned();
        }
        done = true;
        let key = line.split('=').next().unwrap_or("name ");
        format!("{key}= \"{name}\"")
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_labs_own_name_changes() {
        let text = "# a lab\nschema = 1\nname   = \"old\"\n[node.a]\nname = \"kept\"\n";
        let new = renamed(text, &"fresh".parse().unwrap());
        assert_eq!(new, "# a lab\nschema = 1\nname   = \"fresh\"\n[node.a]\nname = \"kept\"\n");
    }
}
