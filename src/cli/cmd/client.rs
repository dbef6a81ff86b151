//! `lab client`

use std::ffi::OsString;

use super::Outcome;
use crate::app::Client;
use crate::app::exec::DAY_S;
use crate::app::simulated::is_simulated;
use crate::app::take_over::become_client;
use crate::cli::context::Context;
use crate::cli::options::InstanceOption;
use crate::cli::simulated;

/// Run a command as a client of the lab
///
/// The command is a program of this machine and runs on this machine, but in the network of the instance: it
/// reaches the lab's addresses, and nothing else. With sudo, it has the rights of the user who called sudo,
/// because the lab's servers may attack it. Ends with the command's status.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab client curl http://192.168.0.100/
  lab client ping -c 3 192.168.0.101
  lab client --as-root -- tcpdump -ni public
  lab client -- bash")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    /// Keep the rights of root, for programs that need them: tcpdump
    #[arg(long)]
    as_root: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let job = context.app.quiet_job();
    if is_simulated(&job, args.instance.instance.as_ref())? {
        let command = args.command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let client = Client { command, instance: args.instance.instance, timeout_s: DAY_S, user: None };
        return Ok(simulated::exit(context.run(&client)?.status));
    }
    let user = context.caller().filter(|_| !args.as_root);
    Err(become_client(&job, args.instance.instance.as_ref(), &args.command, user).into())
}
