//! `lab stack show`

use clap_complete::{ArgValueCandidates, ArgValueCompleter};
use serde_json::Value;

use crate::app::stack::{Show, ShownParameter, ShownStack};
use crate::base::columns::paragraph;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::ui::{bold, dim};

/// Show what can be set of a stack: its parameters, and the places for text of your own in its files
///
/// A lab gives text for a place in a table of its use of the stack:
///
///   [stack.NAME.extra]
///   PLACE = """
///   text
///   """
///
/// `lab render NODE` shows the files with it.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  lab stack show keepalived
  lab stack show mine --lab ./my-cluster
  lab stack show drbd --format json"
)]
pub struct Args {
    /// The stack
    #[arg(add = ArgValueCandidates::new(complete::bundled_stacks))]
    stack: String,
    /// The lab, whose own stacks come first. Default: that of the current folder, if there is one
    #[arg(short, long, add = ArgValueCompleter::new(complete::labs))]
    lab: Option<String>,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let shown = context.run(&Show { stack: args.stack, lab: args.lab })?;
    let width = context.ui.width();
    context.ui.value(args.format.format, &shown, || text(&shown, width))?;
    Ok(Exit::OK)
}

/// The indentation of what is about the line before it.
const INDENT: &str = "    ";

fn text(stack: &ShownStack, width: usize) -> String {
    let mut out =
        format!("{} {}\n{}\n\n{}\n", bold(&stack.stack), dim(&stack.file), stack.title, facts(stack));
    section(&mut out, "parameters", &stack.parameters, |parameter| {
        let head = format!("{} {}", bold(&parameter.name), dim(kind(parameter)));
        format!("  {head}\n{}", paragraph(&parameter.doc, INDENT, width))
    });
    section(&mut out, "places for text of a lab", &stack.places, |place| {
        let head = format!("{} {}", bold(&place.name), dim(&place.file));
        format!("  {head}\n{}", paragraph(&place.doc, INDENT, width))
    });
    section(&mut out, "rules", &stack.rules, |rule| {
        let level = if rule.warning { "  (a warning)" } else { "" };
        format!("  {}{}\n{}", rule.holds, dim(level), paragraph(&rule.message, INDENT, width))
    });
    section(&mut out, "files", &stack.files, |file| format!("  {file}\n"));
    out
}

fn section<T>(out: &mut String, title: &str, rows: &[T], row: impl Fn(&T) -> String) {
    if !rows.is_empty() {
        *out += &format!("\n{}\n", bold(title));
        rows.iter().for_each(|one| *out += &row(one));
    }
}

/// What it needs, and what it has that drills refer to.
fn facts(stack: &ShownStack) -> String {
    let nodes = match (stack.min_nodes, stack.max_nodes) {
        (least, Some(most)) if least == most => least.to_string(),
        (least, Some(most)) => format!("{least} to {most}"),
        (least, None) => format!("{least} or more"),
    };
    let several = if stack.several { "; several uses on a node" } else { "" };
    let mut lines = vec![format!("nodes: {nodes}{several}")];
    let lists = [
        ("needs on the same nodes", &stack.requires),
        ("profiles", &stack.profiles),
        ("services", &stack.services),
        ("paths", &stack.paths),
    ];
    for (title, names) in lists {
        if !names.is_empty() {
            lines.push(format!("{title}: {}", names.join(", ")));
        }
    }
    lines.join("\n")
}

/// The kind, the range and the default of a parameter.
fn kind(parameter: &ShownParameter) -> String {
    let mut words = match parameter.choices.as_slice() {
        [] => parameter.kind.clone(),
        choices => choices.join(" | "),
    };
    match (parameter.min, parameter.max) {
        (Some(min), Some(max)) if parameter.kind == "duration" => words += &format!(", {min} to {max} ms"),
        (Some(min), Some(max)) => words += &format!(", {min} to {max}"),
        _ => {}
    }
    words
        + &match &parameter.default {
            None => ", has to be set".to_owned(),
            Some(Value::String(text)) => format!(", default \"{text}\""),
            Some(value) => format!(", default {value}"),
        }
}
