//! `lab __app`: the application over standard input and output, or over a Unix socket as standard input, for
//! another process or another host.

use std::io::BufReader;

use super::Outcome;
use crate::app::wire;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Perform one request that is read as JSON, and write its events and its outcome as JSON
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: Args, context: &Context) -> Outcome {
    match wire::stdin_socket() {
        Some(stream) => wire::serve_socket(&context.app, stream).map_err(CliError::Output)?,
        None => wire::serve(&context.app, BufReader::new(std::io::stdin()), std::io::stdout()),
    }
    Ok(Exit::OK)
}
