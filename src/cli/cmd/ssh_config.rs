//! `lab ssh-config`

use std::path::PathBuf;

use super::Outcome;
use crate::app::AppError;
use crate::app::ssh_config::{Carrier, SshConfig};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::OneInstanceOption;

/// Print a configuration of OpenSSH, with which ssh, scp, rsync and Ansible reach the nodes
///
/// A node is called NODE.INSTANCE. The configuration refers to the instance's keys, which only root can read;
/// --output writes it with copies of the keys into a folder of yours. A user who can read that folder is root
/// on the nodes. An instance that comes up again may have other keys: print its configuration again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sudo lab ssh-config demo --output ./demo-ssh
  ssh -F demo-ssh/config node1.demo
  rsync -e 'ssh -F demo-ssh/config' -a ./site/ node1.demo:/srv/site/
  lab ssh-config demo >demo.conf               as root, without copies of the keys")]
pub struct Args {
    #[command(flatten)]
    instance: OneInstanceOption,
    /// Write the configuration and the keys into this folder
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output: Option<PathBuf>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let access = context.run(&SshConfig { instance: args.instance.instance() })?;
    match args.output {
        Some(folder) => {
            // The user has no rights of their own to enter the network of an instance.
            let before = context.caller().map(|_| "sudo".to_owned()).into_iter().collect();
            let config = access.write(&context.app, &folder, &carrier(context, before)?)?;
            context.ui.say(format!("`ssh -F {} NODE.{}` uses it", config.display(), access.instance));
        }
        None => context.ui.data(access.text(&carrier(context, Vec::new())?)?.trim_end())?,
    }
    Ok(Exit::OK)
}

fn carrier(context: &Context, before: Vec<String>) -> Result<Carrier, AppError> {
    let unknown =
        |error: std::io::Error| AppError::failed("the path of this program is not known").because(error);
    let state = std::path::absolute(context.app.state.root()).map_err(unknown)?;
    Ok(Carrier { before, program: std::env::current_exe().map_err(unknown)?, state })
}
