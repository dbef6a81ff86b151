//! Performing a drill: the record is opened, the engine runs, and what it cut is on again on every way out.

use std::path::{Path, PathBuf};

use super::hands::Hands;
use super::heal_file;
use super::tell::Teller;
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::{interrupt, provider, raise};
use crate::drill::{self, Setup};
use crate::host::Host;
use crate::host::accel::{Accelerator, Facts, choose};
use crate::instance::Instance;
use crate::model::InstanceName;
use crate::model::drill::Drill;
use crate::provider::Provider;
use crate::record::{Ending, Header, Writer, create_folder};
use crate::sabotage::{Healed, Journal, heal_all};

/// A drill that was performed.
pub struct Performed {
    /// Its record.
    pub record: PathBuf,
    /// How it ended.
    pub ending: Ending,
}

/// What is to be performed.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The drill.
    pub drill: &'a Drill,
    /// What its random choices come from.
    pub seed: u64,
    /// Where its record goes: a folder of records.
    pub records: &'a Path,
    /// Whether what passes on the lab's networks is written down beside it.
    pub capture: bool,
}

/// Performs a drill and says where its record is.
///
/// # Errors
/// When the instance is busy or the record cannot be written.
pub fn perform(context: &Context, instance: &Instance, order: Order<'_>) -> Result<Performed, CliError> {
    let Order { drill, seed, records, capture } = order;
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
    interrupt::listen(format!("`lab heal {name}` heals what was broken"))?;
    let (header, clock) = Header::begin(name, &instance.lab, drill, &instance.settings, accelerator, seed);
    let unwritable = |error| CliError::failed("the record cannot be written").because(error);
    let folder = create_folder(records, &header).map_err(unwritable)?;
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
        capture: capture.then_some(&*folder),
        heal_file: &heal_file(context, name),
        cancel: interrupt::flag(),
    };
    let mut teller = Teller::new(&context.ui, drill);
    let ending = drill::run(&setup, clock, &mut writer, &mut |event| teller.hear(event));
    drop(teller);
    let record = writer.finish().map_err(unwritable)?;
    Ok(Performed { record, ending })
}

/// Heals what is in the journal of an instance, which must be locked, and puts right what a killed command left; how much
/// that was.
///
/// # Errors
/// When the journal cannot be read, or something cannot be healed.
pub fn heal(context: &Context, name: &InstanceName, provider: &dyn Provider) -> Result<usize, CliError> {
    // Nodes that stand still would not answer to any healing.
    let settled = raise::settle(provider, context)?;
    let mut journal = journal(context, name)?;
    let healed = heal_all(provider, &mut journal);
    let count = healed.len() + usize::from(settled);
    for Healed { injection, result } in healed {
        match result {
            Ok(seen) => context.ui.say(format!("healed {injection}: {seen}")),
            Err(error) => {
                return Err(CliError::failed(format!("{injection} cannot be healed")).because(error));
            }
        }
    }
    Ok(count)
}

/// The journal of an instance.
///
/// # Errors
/// When it cannot be read.
pub fn journal(context: &Context, name: &InstanceName) -> Result<Journal, CliError> {
    let unreadable = |error| CliError::failed("what is to be healed cannot be found out").because(error);
    Journal::open(&heal_file(context, name)).map_err(unreadable)
}
