//! `lab forward`

use std::net::{Ipv4Addr, SocketAddrV4};

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::cli::{complete, forward, interrupt};
use crate::diagnostic::suggestion;
use crate::host::Host;
use crate::instance::Instance;

/// Make a port of the lab reachable on this machine's 127.0.0.1
///
/// For a browser. ADDRESS is a virtual address, a node, or an IP address of the lab. It works until you press Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab forward web:80
  lab forward node1:3306 --local 3306
  lab forward 192.168.0.100:80")]
pub struct Args {
    /// What to reach
    #[arg(value_name = "ADDRESS:PORT", add = ArgValueCompleter::new(complete::hosts))]
    target: String,
    /// The port on 127.0.0.1; without it, the same port where that takes no root, else 8000 more, else any
    #[arg(long, value_name = "PORT")]
    local: Option<u16>,
    #[command(flatten)]
    instance: InstanceOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    context.needs_machines(&name)?;
    let instance = context.describe(&name)?;
    let target = target(&args.target, &instance)?;
    let listener = forward::listen(args.local, target.port()).map_err(|error| {
        CliError::failed("the port cannot be opened")
            .because(error)
            .hint("choose another with `--local PORT`")
    })?;
    let local =
        listener.local_addr().map_err(|error| CliError::failed("the port has no address").because(error))?;
    interrupt::listen_for_the_end()?;
    context.ui.data(if target.port() == 80 { format!("http://{local}/") } else { local.to_string() })?;
    context.ui.say(format!("forwards to {target} until you press Ctrl-C"));
    let connect = forward::inside(Host::new(&context.state, &name).netns(), target);
    forward::serve(&listener, &connect, interrupt::flag(), &context.ui)
        .map_err(|error| CliError::failed("the port cannot be served").because(error))?;
    Ok(Exit::OK)
}

/// An address of the lab by its name, and a port.
fn target(text: &str, instance: &Instance) -> Result<SocketAddrV4, CliError> {
    let bad = || CliError::usage(format!("`{text}` is not an address and a port such as web:80"));
    let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
    let port: u16 = port.parse().map_err(|_| bad())?;
    let lab = &instance.lab;
    let address =
        lab.addresses.iter().find(|address| address.name.as_str() == host).map(|address| address.ip);
    let node = || lab.nodes.iter().find(|node| node.name.as_str() == host)?.nics.first().map(|nic| nic.ip);
    let ip = address.or_else(node).or_else(|| host.parse::<Ipv4Addr>().ok());
    let ip = ip.ok_or_else(|| {
        let addresses = lab.addresses.iter().map(|address| address.name.as_str());
        let names: Vec<&str> = addresses.chain(lab.nodes.iter().map(|node| node.name.as_str())).collect();
        CliError::not_found(format!("`{}` has no address `{host}`", instance.name))
            .hint(suggestion(host, "address", names))
    })?;
    Ok(SocketAddrV4::new(ip, port))
}
