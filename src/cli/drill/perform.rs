//! Performing a drill: the record is opened, the engine runs, and what it cut is on again on every way out.

use std::path::PathBuf;

use super::hands::Hands;
use super::heal_file;
use super::tell::Teller;
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::words::join;
use crate::cli::{interrupt, provider};
use crate::drill::{self, Setup};
use crate::host::Host;
use crate::host::accel::{Accelerator, Facts, choose};
use crate::instance::Instance;
use crate::model::InstanceName;
use crate::model::drill::Drill;
use crate::provider::{Power, Provider};
use crate::record::{Ending, Header, Writer, create_folder};

/// A drill that was performed.
pub struct Performed {
    /// Its record.
    pub record: PathBuf,
    /// How it ended.
    pub ending: Ending,
}

/// Performs a drill and says where its record is.
///
/// # Errors
/// When the instance is busy or the record cannot be written.
pub fn perform(
    context: &Context,
    instance: &Instance,
    drill: &Drill,
    seed: u64,
) -> Result<Performed, CliError> {
    let name = &instance.name;
    provider::needs_root(context, name)?;
    let _lock = InstanceLock::acquire(&context.state, name, "lab drill run")?;
    let provider = provider::open(context, name, instance.accel, Catalog::of_state(&context.state))?;
    heal(context, name, provider.as_ref())?;
    let hands = Hands::new(context, instance, provider.as_ref())?;
    let accelerator = match choose(instance.accel, Facts::read()).accelerator {
        Accelerator::Kvm => "kvm",
        Accelerator::Tcg => "tcg",
    };
    interrupt::listen(format!("`lab heal {name}` switches on again what was cut"))?;
    let (header, clock) = Header::begin(name, &instance.lab, drill, &instance.settings, accelerator, seed);
    let unwritable = |error| CliError::failed("the record cannot be written").because(error);
    let folder = create_folder(&context.state.records(name), &header).map_err(unwritable)?;
    let mut writer = Writer::create(&folder, &header).map_err(unwritable)?;
    let setup = Setup {
        lab: &instance.lab,
        drill,
        seed,
        provider: provider.as_ref(),
        netns: Some(&Host::new(&context.state, name).netns()),
        checks: &instance.desired.checks,
        health: &|check, time, cancel| hands.health(check, time, cancel),
        follow: &|node, command, cancel, hear| hands.follow(node, command, cancel, hear),
        heal_file: &heal_file(context, name),
        cancel: interrupt::flag(),
    };
    let mut teller = Teller::new(&context.ui, drill);
    let ending = drill::run(&setup, clock, &mut writer, &mut |event| teller.hear(event));
    drop(teller);
    let record = writer.finish().map_err(unwritable)?;
    Ok(Performed { record, ending })
}

/// Switches on what an earlier drill left without power when it was killed. The instance must be locked.
///
/// # Errors
/// When it cannot be found out, or a node cannot be switched on.
pub fn heal(context: &Context, name: &InstanceName, provider: &dyn Provider) -> Result<usize, CliError> {
    let file = heal_file(context, name);
    let unreadable = |error| CliError::failed("what an earlier drill cut cannot be found out").because(error);
    let nodes = drill::pending(&file).map_err(unreadable)?;
    for node in &nodes {
        provider.power(node, Power::On)?;
    }
    drill::forget(&file).map_err(unreadable)?;
    if !nodes.is_empty() {
        context.ui.say(format!("an earlier drill was killed; switched on again: {}", join(&nodes)));
    }
    Ok(nodes.len())
}
