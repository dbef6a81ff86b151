//! `lab ansible-inventory`

use super::Outcome;
use crate::app::ansible::AnsibleInventory;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::OneInstanceOption;

/// Print the nodes as an inventory of Ansible
///
/// Each stack is a group of its nodes, as is its name in the catalogue; STACK_first is the preferred one,
/// STACK_others are the rest. Ansible's names have `_` in place of `-`. A script of two lines makes it an
/// inventory for `-i`. Ansible needs Python on the nodes: `packages = ["python3"]` in the lab file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab ansible-inventory demo --ssh-config demo-ssh/config
  lab ansible-inventory demo --host node1
  printf '%s\\n' '#!/bin/sh' 'exec sudo lab ansible-inventory demo --ssh-config ~/demo-ssh/config \"$@\"' >hosts
  chmod +x hosts && ansible -i hosts storage -m ping")]
pub struct Args {
    #[command(flatten)]
    instance: OneInstanceOption,
    /// All groups and nodes; the default
    #[arg(long, conflicts_with = "host")]
    list: bool,
    /// The variables of one node
    #[arg(long, value_name = "NODE")]
    host: Option<String>,
    /// The file that `lab ssh-config` wrote
    #[arg(long, value_name = "FILE", default_value = "config", value_hint = clap::ValueHint::FilePath)]
    ssh_config: std::path::PathBuf,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { instance, list: _, host, ssh_config } = args;
    let inventory = context.run(&AnsibleInventory { instance: instance.instance() })?;
    // Ansible may start `ssh` in another folder.
    let file = std::path::absolute(&ssh_config).unwrap_or(ssh_config);
    let file = file.to_string_lossy();
    let json = match host {
        Some(node) => inventory.host(&node, &file)?,
        None => inventory.list(&file)?,
    };
    context.ui.document(&json)?;
    Ok(Exit::OK)
}
