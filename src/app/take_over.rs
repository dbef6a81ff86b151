//! Replaces this process: by a shell on a node, or a program in the lab's network. Signals, the terminal and
//! the exit status are then those of that program.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::error::{AppError, ErrorKind};
use super::instances::node;
use super::job::Job;
use super::{network, provider, reach};
use crate::catalog::Catalog;
use crate::instance::Instance;
use crate::model::{InstanceName, Node, NodeName, Wish};

/// Replaces this process by the OpenSSH client on a node; returns only an error.
pub fn become_ssh(job: &Job, instance: Option<&InstanceName>, on: &NodeName, command: &[String]) -> AppError {
    let prepared = || {
        let name = job.choose(instance)?;
        job.needs(&name, |can| can.shells)?;
        let instance = job.describe(&name)?;
        let mut ssh = client(job, &instance, node(&instance, on)?)?;
        if !command.is_empty() {
            ssh.arg("-t").arg("--").arg(reach::line(command));
        }
        network::enter(provider::of(job, &instance)?.as_ref(), &name)?;
        Ok(ssh)
    };
    let mut ssh = match prepared() {
        Ok(ssh) => ssh,
        Err(error) => return error,
    };
    let error = ssh.exec();
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    AppError::new(if missing { ErrorKind::Host } else { ErrorKind::Failed }, "`ssh` cannot be run")
        .because(error)
        .maybe_hint(missing.then_some("`apt-get install openssh-client`; `lab exec` works without it"))
}

/// Replaces this process by `virsh console` on a node: what is typed reaches its serial console. Returns only
/// an error.
pub fn become_console(job: &Job, instance: Option<&InstanceName>, on: &NodeName) -> AppError {
    let prepared = || {
        let name = job.choose(instance)?;
        job.needs(&name, |can| can.consoles)?;
        let instance = job.describe(&name)?;
        let node = node(&instance, on)?;
        let tools = provider::of(job, &instance)?.tools();
        let tools = tools.ok_or_else(|| AppError::failed(format!("`{name}` does not run")))?;
        Ok(tools.console(&node.name))
    };
    match prepared() {
        Ok(mut console) => {
            let error = console.exec();
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            AppError::new(if missing { ErrorKind::Host } else { ErrorKind::Failed }, "`virsh` cannot be run")
                .because(error)
                .maybe_hint(missing.then_some("`apt-get install libvirt-clients`"))
        }
        Err(error) => error,
    }
}

/// Replaces this process by a program of this machine in the network of an instance, with the rights of the
/// user with this number, else those of this process; returns only an error.
pub fn become_client(
    job: &Job,
    instance: Option<&InstanceName>,
    command: &[OsString],
    user: Option<u32>,
) -> AppError {
    let prepared = || {
        let name = job.choose(instance)?;
        job.needs(&name, |can| can.clients)?;
        let user = network::client_user(user)?;
        let provider = provider::open(job, &name, Wish::Auto, Catalog::of_state(&job.state))?;
        network::enter(provider.as_ref(), &name).map(|()| user)
    };
    let user = match prepared() {
        Ok(user) => user,
        Err(error) => return error,
    };
    let [program, arguments @ ..] = command else {
        return AppError::usage("there is no command to run");
    };
    let mut command = Command::new(program);
    network::run_as(user.as_ref(), command.args(arguments));
    let error = command.exec();
    AppError::failed(format!("`{}` cannot be run", program.display())).because(error)
}

/// The OpenSSH client, with all required options and none of the user's own settings.
fn client(job: &Job, instance: &Instance, node: &Node) -> Result<Command, AppError> {
    let keys = reach::keys(job, instance)?;
    let identity =
        keys.identity(&node.name).ok_or_else(|| AppError::failed(format!("{} has no key", node.name)))?;
    let known = job.state.instance(&instance.name).join(format!("known-host-{}", node.name));
    crate::base::write::atomically(&known, format!("{} {}\n", node.name, identity.host.public).as_bytes())
        .map_err(|error| AppError::failed("the node's host key cannot be written down").because(error))?;
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
