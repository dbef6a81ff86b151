//! `lab __pipe`: what OpenSSH starts to reach a node.

use super::Outcome;
use crate::app::pipe::pipe;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Carry the bytes of an SSH connection to a node
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The node and the instance: node1.demo
    host: String,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    pipe(&context.app.quiet_job(), &args.host, std::io::stdin(), std::io::stdout())?;
    Ok(Exit::OK)
}
