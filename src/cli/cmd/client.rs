//! `lab client`

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::options::InstanceOption;
use crate::host::Host;

/// Run a command as a client of the lab
///
/// The command is one of this machine's and runs on this machine, but in the network of the instance: it reaches the
/// lab's addresses, and nothing else. It ends with the command's status.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab client -- curl http://192.168.0.100/
  lab client -- ping -c 3 192.168.0.101
  lab client -- tcpdump -ni public
  lab client -- bash")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    context.needs_machines(&name)?;
    let host = Host::new(&context.state, &name);
    crate::cli::netns::enter(&host, &name)?;
    let [program, arguments @ ..] = args.command.as_slice() else {
        return Err(CliError::usage("there is no command to run"));
    };
    // Taking this process's place keeps signals, the terminal and the exit status as the command wants them.
    let error = Command::new(program).args(arguments).exec();
    Err(CliError::failed(format!("`{}` cannot be run", program.display())).because(error))
}
