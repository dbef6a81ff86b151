//! `lab exec`

use std::time::Duration;

use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::Outcome;
use crate::cli::context::{Context, node};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::ui::{Format, Ui, bold};
use crate::cli::{complete, interrupt, reach};
use crate::guest::{Limits, Target};
use crate::instance::Instance;
use crate::model::{Node, NodeName};

/// How long a command may run when nothing else is said: as good as no limit.
const DAY_S: u64 = 24 * 60 * 60;

/// Run a command on a node, or on all of them at once
///
/// As root, without a terminal. One word is a line for the node's shell; several words are the command and its
/// arguments, exactly. Ends with the command's status; with --all, with the highest.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("where").required(true).args(["node", "all"])),
    after_help = "\
Examples:
  lab exec node1 -- drbdadm status
  lab exec node1 -- 'journalctl -u heartbeat | tail'
  lab exec --all -- uptime
  lab exec --all --format json -- cat /proc/loadavg"
)]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: Option<NodeName>,
    /// All nodes at once
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    instance: InstanceOption,
    /// End the command when it has run this long
    #[arg(long, value_name = "SECONDS", default_value_t = DAY_S, hide_default_value = true)]
    timeout: u64,
    #[command(flatten)]
    format: FormatOption,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Sessions run scripts that end at the first failure; what a person types is not a script.
const UNSTRICT: &str = "set +eu\n";

/// What a command came to on one node.
#[derive(Serialize)]
struct Done {
    node: NodeName,
    status: i32,
    output: String,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    context.needs_machines(&name)?;
    let instance = context.describe(&name)?;
    let nodes: Vec<&Node> = match &args.node {
        Some(wanted) => vec![node(&instance, wanted)?],
        None => instance.lab.nodes.iter().collect(),
    };
    let work = Work {
        script: format!("{UNSTRICT}{}", reach::line(&args.command)),
        limit: Duration::from_secs(args.timeout),
    };
    let show = match (args.format.format, args.all) {
        (Format::Json, _) => Show::Nothing,
        (Format::Text, true) => Show::Named,
        (Format::Text, false) => Show::Bare,
    };
    interrupt::listen("the command may go on running in the guest")?;
    let done = everywhere(&nodes, &instance, &work, show, context)?;
    if args.format.format == Format::Json {
        context.ui.json(&done)?;
    }
    let worst = done.iter().map(|done| done.status).max().unwrap_or(0);
    Ok(Exit(u8::try_from(worst).unwrap_or(u8::MAX)))
}

struct Work {
    script: String,
    limit: Duration,
}

#[derive(Clone, Copy)]
enum Show {
    Nothing,
    Bare,
    Named,
}

fn everywhere(
    nodes: &[&Node],
    instance: &Instance,
    work: &Work,
    show: Show,
    context: &Context,
) -> Result<Vec<Done>, CliError> {
    let targets: Vec<Target> =
        nodes.iter().map(|node| reach::target(context, instance, node)).collect::<Result<_, _>>()?;
    std::thread::scope(|scope| {
        let running: Vec<_> = nodes
            .iter()
            .zip(&targets)
            .map(|(node, target)| scope.spawn(|| on_one(node, target, work, show, &context.ui)))
            .collect();
        let all = running.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err(CliError::failed("a thread of `lab exec` panicked")))
        });
        all.collect()
    })
}

fn on_one(node: &Node, target: &Target, work: &Work, show: Show, ui: &Ui) -> Result<Done, CliError> {
    let mut session = reach::open(target, node)?;
    let (mut output, mut shown) = (Vec::new(), 0);
    let limits = Limits::within(work.limit, interrupt::flag());
    let mut refused = None;
    let status = session
        .stream(&work.script, limits, &mut |bytes| {
            output.extend_from_slice(bytes);
            let printed = match show {
                Show::Nothing => Ok(()),
                Show::Bare => ui.raw(bytes, false),
                Show::Named => whole_lines(&output, &mut shown, node, ui),
            };
            refused = refused.take().or(printed.err());
        })
        .map_err(|error| reach::unreachable(node, error))?;
    if let (Show::Named, true) = (show, shown < output.len()) {
        output.push(b'\n');
        whole_lines(&output, &mut shown, node, ui)?;
    }
    match refused {
        Some(error) => Err(error),
        None => Ok(Done {
            node: node.name.clone(),
            status,
            output: String::from_utf8_lossy(&output).into_owned(),
        }),
    }
}

/// Prints the lines that are complete and not yet printed, each with its node in front.
fn whole_lines(output: &[u8], shown: &mut usize, node: &Node, ui: &Ui) -> Result<(), CliError> {
    let rest = output.get(*shown..).unwrap_or_default();
    let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
    let text = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
    let name = bold(format!("{}:", node.name));
    let lines: Vec<String> = text.split('\n').map(|line| format!("{name} {line}")).collect();
    *shown += end + 1;
    ui.data(lines.join("\n"))
}
