//! A simulated host: no guests, no network, no time, but the rules of a real one.
//!
//! It performs plans and commands in milliseconds, for tests and for users who want to see the effects of
//! `lab` (`--provider sim`). It can fail at any action, also in the middle, and perform every action twice.

mod checkpoints;
mod client;
pub mod cluster;
mod disks;
mod fault;
mod injections;
mod memories;
mod model;
mod rules;
mod shell;
mod store;
mod world;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use fault::{At, How, SimFault};
pub use shell::{Part, Ran};
pub use world::{SimGuest, World};

use self::store::SimStore;
use super::{Capabilities, Faults, Machines, Model, Power, Provider};
use crate::checkpoint::{Checkpoint, CheckpointSpec};
use crate::fault::{Goal, Injection, Look};
use crate::inventory::Inventory;
use crate::model::spec::DiskId;
use crate::model::{InstanceName, Lab, NodeName};
use crate::plan::Action;
use crate::state::StateDir;
use crate::work::{Context, Progress, ProviderError};

/// How often a hanging action checks for cancellation.
const CANCEL_POLL: Duration = Duration::from_millis(5);

/// A simulated host.
#[derive(Debug, Default)]
pub struct Sim {
    inner: Mutex<Inner>,
    store: Option<SimStore>,
    checkpoints: Option<crate::checkpoint::CheckpointStore>,
    faults: Vec<SimFault>,
    repeat: bool,
    /// The cluster on it; none if no caller needs it.
    lab: Option<Lab>,
}

#[derive(Debug, Default)]
struct Inner {
    world: World,
    /// The number of performed actions.
    performed: usize,
    /// The number of performed actions by their text.
    alike: BTreeMap<String, usize>,
    /// A drill owns the cluster, and passes changes on to it.
    lent: bool,
}

impl Inner {
    /// Counts an action, and returns the fault of the host that it meets.
    fn fault(&mut self, faults: &[SimFault], what: &str) -> Option<How> {
        let number = self.performed;
        self.performed += 1;
        let alike = self.alike.entry(what.to_owned()).or_default();
        let before = *alike;
        *alike += 1;
        faults.iter().find_map(|fault| fault.on(number, what, before))
    }
}

impl Sim {
    /// A host in memory.
    pub fn new(world: World) -> Self {
        Self { inner: Mutex::new(Inner { world, ..Inner::default() }), ..Self::default() }
    }

    /// The host of an instance, kept in the state folder.
    ///
    /// # Errors
    /// When it was saved and cannot be read.
    pub fn open(state: &StateDir, instance: &InstanceName) -> std::io::Result<Self> {
        let store = SimStore::of(state, instance);
        let sim = Self::new(store.load()?);
        Ok(Self {
            store: Some(store),
            checkpoints: Some(crate::checkpoint::CheckpointStore::new(state)),
            ..sim
        })
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(mut self, fault: SimFault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Performs every action twice, to show that this has the same result as once.
    #[must_use]
    pub fn repeating(mut self) -> Self {
        self.repeat = true;
        self
    }

    /// Sets the lab that runs on it, so that its cluster follows the changes of the host.
    #[must_use]
    pub fn with_lab(mut self, lab: Option<Lab>) -> Self {
        self.lab = lab;
        self
    }

    /// Lets the cluster follow the changes of the host, unless a drill does so.
    fn follow(&self, inner: &mut Inner) {
        if let Some(lab) = self.lab.as_ref().filter(|_| !inner.lent) {
            inner.world.cluster = Some(inner.world.cluster_of(lab, &[]).state().clone());
        }
    }

    /// The present state.
    pub fn world(&self) -> World {
        self.lock().world.clone()
    }

    /// The number of actions that were performed so far.
    pub fn performed(&self) -> usize {
        self.lock().performed
    }

    /// The description of a checkpoint that was made on it.
    pub fn described(&self, spec: &CheckpointSpec) -> Checkpoint {
        self.lock().world.described(spec)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A rule that panicked has changed nothing that would affect the next one.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world as an action would, including the faults of the host itself.
    fn meddle(
        &self,
        what: &str,
        context: &Context<'_>,
        mut change: impl FnMut(&mut World) -> Result<(), ProviderError>,
    ) -> Result<(), ProviderError> {
        let mut inner = self.lock();
        let how = inner.fault(&self.faults, what);
        let failure = |when: &str| ProviderError::Host {
            what: format!("cannot {what}"),
            source: format!("simulated fault {when} the effect").into(),
        };
        match how {
            Some(How::Before) => return Err(failure("before")),
            Some(How::Hang) => {
                drop(inner);
                while !context.cancel.load(Ordering::SeqCst) {
                    std::thread::sleep(CANCEL_POLL);
                }
                return Err(ProviderError::Cancelled);
            }
            Some(How::After | How::Plant) | None => {}
        }
        change(&mut inner.world)?;
        if self.repeat {
            change(&mut inner.world)?;
        }
        self.follow(&mut inner);
        self.save(&inner.world, None)?;
        if how == Some(How::After) { Err(failure("after")) } else { Ok(()) }
    }

    fn save(&self, world: &World, action: Option<&Action>) -> Result<(), ProviderError> {
        let Some(store) = &self.store else { return Ok(()) };
        let saved = match action {
            Some(Action::DestroyHost) => store.delete(),
            _ => store.save(world),
        };
        saved.map_err(|source| ProviderError::Host {
            what: "cannot save the simulated host".to_owned(),
            source: source.into(),
        })
    }
}

impl Provider for Sim {
    fn capabilities(&self) -> Capabilities {
        Capabilities::SIMULATED
    }

    fn model(&self) -> Option<&dyn Model> {
        Some(self)
    }
}

impl Machines for Sim {
    fn inventory(&self) -> Result<Inventory, ProviderError> {
        Ok(self.lock().world.inventory())
    }

    fn perform(&self, action: &Action, context: &Context<'_>) -> Result<(), ProviderError> {
        (context.progress)(Progress::Phase("simulated".to_owned()));
        let mut inner = self.lock();
        let how = inner.fault(&self.faults, &action.to_string());
        let failure = |what: &str| ProviderError::Host {
            what: format!("cannot {action}"),
            source: format!("simulated fault {what} the effect").into(),
        };
        match how {
            Some(How::Before) => return Err(failure("before")),
            Some(How::Hang) => {
                drop(inner);
                while !context.cancel.load(Ordering::SeqCst) {
                    std::thread::sleep(CANCEL_POLL);
                }
                return Err(ProviderError::Cancelled);
            }
            Some(How::After | How::Plant) | None => {}
        }
        let failed = |source| ProviderError::Host { what: format!("cannot {action}"), source };
        if let (Action::LoadGuest { guest, checkpoint }, Some(checkpoints)) = (action, &self.checkpoints) {
            memories::load(checkpoints, checkpoint, &guest.node).map_err(failed)?;
        }
        inner.world.act(action)?;
        if self.repeat {
            inner.world.act(action)?;
        }
        if inner.world.held().is_none() {
            inner.world.held = None;
        }
        self.save(&inner.world, Some(action))?;
        if let (Action::SaveCheckpoint(spec), Some(checkpoints)) = (action, &self.checkpoints) {
            let saved = inner.world.checkpoints.get(&spec.id).cloned().unwrap_or_default();
            memories::keep(checkpoints, inner.world.described(spec), &saved).map_err(failed)?;
        }
        if how == Some(How::After) { Err(failure("after")) } else { Ok(()) }
    }

    fn power(&self, node: &NodeName, power: Power) -> Result<(), ProviderError> {
        let mut inner = self.lock();
        match power {
            Power::On => inner.world.start(&Action::StartGuest(node.clone()), node)?,
            Power::Cut => inner.world.stop(node)?,
        }
        self.follow(&mut inner);
        self.save(&inner.world, None)
    }

    fn hold_because(&self, why: &str) -> Result<(), ProviderError> {
        let mut inner = self.lock();
        inner.world.hold(why);
        self.save(&inner.world, None)
    }

    fn paused_by_itself(&self) -> Option<String> {
        self.lock().world.held().map(str::to_owned)
    }

    fn ask_to_shut_down(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        self.meddle(&format!("shut {node} down"), context, |world| world.stop(node))
    }

    fn accelerator(&self) -> &'static str {
        "simulated"
    }
}

impl Faults for Sim {
    fn compare_disks(
        &self,
        disks: &[DiskId],
        bytes: u64,
        _: &AtomicBool,
    ) -> Result<Option<u64>, ProviderError> {
        self.lock().world.first_difference(disks, bytes)
    }

    fn inject(&self, injection: &Injection, context: &Context<'_>) -> Result<String, ProviderError> {
        let what = format!("inject {injection}");
        self.meddle(&what, context, |world| world.inject(injection))?;
        Ok("simulated".to_owned())
    }

    fn look(
        &self,
        injection: &Injection,
        wanted: Goal,
        _context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        Ok(self.lock().world.look(injection, wanted))
    }

    fn heal(&self, injection: &Injection, context: &Context<'_>) -> Result<(), ProviderError> {
        self.meddle(&format!("heal {injection}"), context, |world| world.heal(injection))
    }
}
