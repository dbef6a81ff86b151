//! `lab ssh`

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::context::{Context, node};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::cli::{complete, reach};
use crate::host::Host;
use crate::instance::Instance;
use crate::model::{Node, NodeName};

/// Open a shell on a node
///
/// As root, with the instance's own key; the node's host key is known before the first connection. Uses the OpenSSH
/// client of this machine. For commands without a terminal, `lab exec` is quicker.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab ssh node1
  lab ssh node1 -- top")]
pub struct Args {
    /// The node
    #[arg(add = ArgValueCompleter::new(complete::nodes))]
    node: NodeName,
    #[command(flatten)]
    instance: InstanceOption,
    /// A command to run in a terminal instead of a shell
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    context.needs_machines(&name)?;
    let instance = context.describe(&name)?;
    let node = node(&instance, &args.node)?;
    let mut ssh = client(context, &instance, node)?;
    if !args.command.is_empty() {
        ssh.arg("-t").arg("--").arg(reach::line(&args.command));
    }
    crate::cli::netns::enter(&Host::new(&context.state, &name), &name)?;
    // Taking this process's place keeps signals, the terminal and the exit status as they are with ssh.
    let error = ssh.exec();
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    Err(CliError::new(if missing { Exit::HOST } else { Exit::FAILED }, "`ssh` cannot be run")
        .because(error)
        .maybe_hint(missing.then_some("`apt-get install openssh-client`; `lab exec` works without it")))
}

/// The OpenSSH client, told all that it needs and nothing of the user's own settings.
fn client(context: &Context, instance: &Instance, node: &Node) -> Result<Command, CliError> {
    let keys = reach::keys(context, instance)?;
    let identity =
        keys.identity(&node.name).ok_or_else(|| CliError::failed(format!("{} has no key", node.name)))?;
    let known = context.state.instance(&instance.name).join(format!("known-host-{}", node.name));
    crate::base::write::atomically(&known, format!("{} {}\n", node.name, identity.host.public).as_bytes())
        .map_err(|error| CliError::failed("the node's host key cannot be written down").because(error))?;
    let mut ssh = Command::new("ssh");
    ssh.args([
        "-F",
        "none",
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "LogLevel=ERROR",
    ])
    .arg("-o")
    .arg(format!("UserKnownHostsFile={}", known.display()))
    .arg("-o")
    .arg(format!("HostKeyAlias={}", node.name))
    .arg("-i")
    .arg(&keys.client_file)
    .arg(format!("root@{}", node.management().ip));
    Ok(ssh)
}
