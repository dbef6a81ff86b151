//! Taking an instance away, from whatever state it is in.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::context::Context;
use super::error::CliError;
use super::{perform, provider};
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::model::InstanceName;
use crate::model::Wish;
use crate::plan;

/// Takes an instance down on behalf of a command, and its keys and records too if these are to be purged. The steps are
/// told to `steps`; with the flag set it stops half-way.
///
/// # Errors
/// When it is busy, a step fails, or the flag is set.
pub fn take_down(
    name: &InstanceName,
    purge: bool,
    command: &str,
    context: &Context,
    steps: &Context,
    cancel: &AtomicBool,
) -> Result<(), CliError> {
    provider::needs_root(context, name)?;
    let lock = InstanceLock::acquire(&context.state, name, command)?;
    let provider = provider::open(context, name, Wish::Auto, Catalog::of_state(&context.state))?;
    let plan = plan::down(&provider.inventory()?)?;
    if !plan.is_empty() {
        perform::until(steps, name, &plan, provider.as_ref(), command, false, cancel)?;
    }
    // What was made before the host was marked is nothing that the host can be asked about.
    let mut folders = vec![context.state.instance(name)];
    if purge {
        folders.extend([context.state.keys(name), context.state.records(name)]);
    }
    for folder in folders {
        delete(&folder)
            .map_err(|error| CliError::failed("not everything could be deleted").because(error))?;
    }
    drop(lock);
    Ok(())
}

fn delete(folder: &PathBuf) -> std::io::Result<()> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
