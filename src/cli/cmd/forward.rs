//! `lab forward`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::forward::Forward;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::cli::{complete, interrupt};

/// Make a port of the lab reachable on this machine's 127.0.0.1
///
/// For a browser, for example. ADDRESS is a virtual address, a node, or an IP address of the lab. The port is
/// open until you press Ctrl-C, for your own programs and those of root.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab forward web:80
  lab forward node1:3306 --local 3306
  lab forward 192.168.0.100:80")]
pub struct Args {
    /// The address and port to reach
    #[arg(value_name = "ADDRESS:PORT", add = ArgValueCompleter::new(complete::hosts))]
    target: String,
    /// The port on 127.0.0.1. Default: the same port if that needs no root, else 8000 more, else any free
    /// port
    #[arg(long, value_name = "PORT")]
    local: Option<u16>,
    #[command(flatten)]
    instance: InstanceOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    interrupt::listen_for_the_end();
    let Args { target, local, instance } = args;
    context.run(&Forward { target, local, instance: instance.instance, user: context.caller() })?;
    Ok(Exit::OK)
}
