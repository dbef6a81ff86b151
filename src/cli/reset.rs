//! Putting an instance back to how it was when it had just come up.

use super::context::Context;
use super::error::CliError;
use super::start::{Found, Start};
use super::{perform, provider, raise};
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::instance::Instance;
use crate::inventory::Inventory;
use crate::model::InstanceName;
use crate::plan;
use crate::provider::Provider;

/// An instance that is being put back; locked as long as this is there.
pub struct Reset<'a> {
    instance: Instance,
    provider: Box<dyn Provider>,
    inventory: Inventory,
    start: Start,
    command: &'static str,
    context: &'a Context,
    /// Where the steps are told.
    steps: &'a Context,
    _lock: InstanceLock,
}

impl<'a> Reset<'a> {
    /// Locks an instance for a command and looks at what there is of it.
    ///
    /// # Errors
    /// When it is busy, or cannot be looked at.
    pub fn of(
        name: &InstanceName,
        command: &'static str,
        context: &'a Context,
        steps: &'a Context,
    ) -> Result<Self, CliError> {
        provider::needs_root(context, name)?;
        let instance = context.describe(name)?;
        let lock = InstanceLock::acquire(&context.state, name, command)?;
        let provider = provider::open(context, name, instance.accel, Catalog::of_state(&context.state))?;
        raise::settle(provider.as_ref(), context)?;
        let inventory = provider.inventory()?;
        let start = Start::of(&instance, provider.as_ref(), context)?;
        Ok(Self { instance, provider, inventory, start, command, context, steps, _lock: lock })
    }

    /// Restores it from its checkpoint; does nothing when it has none that can be used, and says why.
    ///
    /// # Errors
    /// When a step fails or the user stops it.
    pub fn restore(&mut self) -> Result<Result<(), String>, CliError> {
        match self.start.find()? {
            Found::Usable(checkpoint) => {
                let plan = plan::restore(&checkpoint, &self.inventory)?;
                raise::restore(
                    &mut self.instance,
                    &plan,
                    &checkpoint,
                    self.provider.as_ref(),
                    self.command,
                    self.steps,
                )?;
                Ok(Ok(()))
            }
            Found::No(why) => Ok(Err(why.unwrap_or_else(|| "the lab has no checkpoint".to_owned()))),
        }
    }

    /// Makes all its nodes again, and keeps what comes of it as its start.
    ///
    /// # Errors
    /// When a step fails or the user stops it.
    pub fn make_again(mut self) -> Result<(), CliError> {
        let plan = raise::from_nothing(&self.instance.desired, &self.inventory)?;
        perform::plan(self.steps, &self.instance.name, &plan, self.provider.as_ref(), self.command, true)?;
        self.instance.restoring = None;
        raise::write_down(&self.instance, self.context)?;
        raise::forget_faults(&self.instance, self.context)?;
        self.start.save(&self.instance, self.provider.as_ref(), self.context);
        Ok(())
    }
}
