//! `lab serve`

use core::net::SocketAddr;
use std::path::PathBuf;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::web::{Options, serve};

/// Serve a page in which the labs can be seen and used
///
/// Prints a link that opens the page once. On another address than 127.0.0.1 the page is served with TLS:
/// with your own certificate, else with one that is made, whose fingerprint is printed. `lab token` makes
/// credentials for other people and programs. Ctrl-C ends the page; labs and running operations go on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab serve
  lab serve --listen 192.0.2.10:8006 --name lab.example.org
  lab serve --listen 0.0.0.0:443 --certificate lab.crt --key lab.key")]
pub struct Args {
    #[command(flatten)]
    page: PageOptions,
}

/// Where a page is served.
#[derive(Debug, clap::Args)]
pub struct PageOptions {
    /// The address and the port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8006")]
    listen: SocketAddr,
    /// A name of this machine under which browsers ask; can be repeated
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// A certificate, or a chain of them, in the form PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Its private key, in the form PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// The port, on the same address, at which students of a class connect with SSH; 0 for any free one
    #[arg(long, value_name = "PORT")]
    ssh: Option<u16>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    served(args.page, None, context)
}

/// Serves the page until Ctrl-C; with SSH at a port if none is chosen.
pub fn served(page: PageOptions, ssh: Option<u16>, context: &Context) -> Outcome {
    let PageOptions { listen, names, certificate, key, ssh: chosen } = page;
    interrupt::listen_for_the_end();
    let options = Options { listen, names, certificate: certificate.zip(key), ssh: chosen.or(ssh) };
    let ui = context.ui.clone();
    let served = serve(&context.app, &options, Box::new(move |what| ui.warn(what)))?;
    context.ui.data(&served.link)?;
    context.ui.say("open this link in a browser within an hour; Ctrl-C ends the page");
    if let Some(fingerprint) = &served.fingerprint {
        context.ui.say(format!("the browser will ask about the certificate; its SHA-256 is {fingerprint}"));
    }
    if let Some((address, fingerprint)) = &served.ssh {
        context.ui.say(format!("students connect with SSH at {address}; its key is {fingerprint}"));
    }
    served.run(interrupt::cancel())?;
    Ok(Exit::OK)
}
