//! What every command is given.

use std::path::PathBuf;

use super::error::CliError;
use super::exit::Exit;
use super::ui::{Ui, Verbosity};
use super::words::join;
use crate::base::threads;
use crate::diagnostic::suggestion;
use crate::instance::{self, Instance, ProviderKind};
use crate::model::{InstanceName, Node, NodeName};
use crate::provider::sim::SimFault;
use crate::state::StateDir;

const HOW_TO_BEGIN: &str = "`lab up LAB` brings one up; `lab list --bundled` shows which labs there are";

/// The terminal, the state folder and the provider of one run of the command.
#[derive(Debug)]
pub struct Context {
    /// Where everything is printed.
    pub ui: Ui,
    /// Where everything is kept.
    pub state: StateDir,
    /// Where guests run.
    pub provider: ProviderKind,
    /// Where a simulated host fails.
    pub faults: Vec<SimFault>,
}

impl Context {
    /// The instances that stand, or are left half-made.
    ///
    /// # Errors
    /// When the state folder cannot be read.
    pub fn instances(&self) -> Result<Vec<InstanceName>, CliError> {
        instance::list(&self.state).map_err(|error| self.unreadable(error))
    }

    /// The instance that is meant: the named one, or the only one.
    ///
    /// # Errors
    /// When there is none of this name, none at all, or several to choose from.
    pub fn choose(&self, wanted: Option<&InstanceName>) -> Result<InstanceName, CliError> {
        self.choose_or(wanted, "choose one with `--lab INSTANCE`")
    }

    /// As [`Context::choose`], for a command on which one of several is chosen in another way.
    ///
    /// # Errors
    /// The same.
    pub fn choose_or(&self, wanted: Option<&InstanceName>, how: &str) -> Result<InstanceName, CliError> {
        let names = self.instances()?;
        match (wanted, names.as_slice()) {
            (Some(wanted), names) if names.contains(wanted) => Ok(wanted.clone()),
            (Some(wanted), []) => {
                Err(CliError::not_found(format!("no instance `{wanted}` stands")).hint(HOW_TO_BEGIN))
            }
            (Some(wanted), names) => Err(CliError::not_found(format!("no instance `{wanted}` stands"))
                .hint(suggestion(wanted.as_str(), "instance", names.iter().map(InstanceName::as_str)))),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(CliError::not_found("no instance stands").hint(HOW_TO_BEGIN)),
            (None, several) => {
                Err(CliError::usage(format!("several instances stand: {}", join(several))).hint(how))
            }
        }
    }

    /// The instances that are meant: those named, all, or the only one.
    ///
    /// # Errors
    /// When one does not stand, or several do and none is named.
    pub fn several(&self, named: &[InstanceName], all: bool) -> Result<Vec<InstanceName>, CliError> {
        if all {
            return self.instances();
        }
        if named.is_empty() {
            return Ok(vec![self.choose_or(None, "name those that you mean, or use --all")?]);
        }
        named.iter().map(|name| self.choose(Some(name))).collect()
    }

    /// Does something to each of several instances, at the same time as far as the machine's processors go. One that fails is no
    /// reason to leave the others; the worst status counts.
    ///
    /// # Errors
    /// None of its own.
    pub fn for_each(
        &self,
        names: &[InstanceName],
        what: impl Fn(&InstanceName) -> Result<(), CliError> + Sync,
    ) -> Result<Exit, CliError> {
        if names.is_empty() {
            self.ui.say("no instance stands");
        }
        let next = std::sync::atomic::AtomicUsize::new(0);
        let worst = std::sync::Mutex::new(Exit::OK);
        let work = || {
            while let Some(name) = names.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                if let Err(error) = what(name) {
                    let error = if names.len() > 1 { error.about(name) } else { error };
                    self.ui.error(&error);
                    *worst.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = error.exit();
                    if error.exit() == Exit::INTERRUPTED {
                        break;
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..at_once().min(names.len())).map(|_| scope.spawn(work)).collect();
            workers.into_iter().for_each(threads::end);
        });
        Ok(worst.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The same, saying only errors: where several instances are worked on at once, their steps would be told in a jumble.
    pub fn muted(&self) -> Self {
        let ui =
            if self.ui.verbosity() == Verbosity::Verbose { Verbosity::Verbose } else { Verbosity::Quiet };
        Self {
            ui: Ui::new(ui),
            state: self.state.clone(),
            provider: self.provider,
            faults: self.faults.clone(),
        }
    }

    /// What the steps of one of so many instances are told to.
    pub fn muted_for(&self, instances: usize) -> Self {
        let ui = if instances > 1 { self.muted().ui } else { Ui::new(self.ui.verbosity()) };
        Self { ui, state: self.state.clone(), provider: self.provider, faults: self.faults.clone() }
    }

    /// What an instance remembers of its lab.
    ///
    /// # Errors
    /// When it remembers nothing: it is left from an interrupted `lab up` or `lab down`.
    pub fn describe(&self, name: &InstanceName) -> Result<Instance, CliError> {
        match Instance::load(&self.state, name) {
            Ok(Some(instance)) => Ok(instance),
            Ok(None) => Err(CliError::failed(format!("`{name}` is half-made and does not know its lab"))
                .hint(format!("`lab down {name}` takes it away"))),
            Err(error) => Err(undescribed(name, error)),
        }
    }

    /// Where the guests of an instance run: as it was brought up, or as the command line says.
    ///
    /// # Errors
    /// When the instance's description cannot be read.
    pub fn provider_of(&self, name: &InstanceName) -> Result<ProviderKind, CliError> {
        let described = Instance::load(&self.state, name).map_err(|error| undescribed(name, error))?;
        Ok(described.map_or(self.provider, |instance| instance.provider))
    }

    /// Refuses what a simulated instance cannot do.
    ///
    /// # Errors
    /// When the instance is simulated, or its description cannot be read.
    pub fn needs_machines(&self, name: &InstanceName) -> Result<(), CliError> {
        match self.provider_of(name)? {
            ProviderKind::Libvirt => Ok(()),
            ProviderKind::Sim => Err(CliError::new(
                Exit::HOST,
                format!("`{name}` is simulated: it has no machines and no network"),
            )),
        }
    }

    fn unreadable(&self, error: std::io::Error) -> CliError {
        let root: PathBuf = self.state.root().to_owned();
        let denied = error.kind() == std::io::ErrorKind::PermissionDenied;
        CliError::failed(format!("the state folder {} cannot be read", root.display()))
            .because(error)
            .maybe_hint(denied.then_some("run it with sudo"))
    }
}

/// How many instances are worked on at once. Guests that wake up keep the processors busy, and a cluster whose nodes wait for one
/// for too long takes them for dead; so no more than there are processors.
pub fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// The description of an instance is there and cannot be used.
pub fn undescribed(name: &InstanceName, error: instance::InstanceError) -> CliError {
    let denied = error.is_denied();
    CliError::failed(format!("`{name}` cannot be described"))
        .because(error)
        .maybe_hint(denied.then_some("run it with sudo"))
}

/// A node of an instance, by name.
///
/// # Errors
/// When the lab has no such node.
pub fn node<'a>(instance: &'a Instance, name: &NodeName) -> Result<&'a Node, CliError> {
    instance.lab.node(name).ok_or_else(|| {
        let names: Vec<&str> = instance.lab.nodes.iter().map(|node| node.name.as_str()).collect();
        CliError::not_found(format!("`{}` has no node `{name}`", instance.name)).hint(suggestion(
            name.as_str(),
            "node",
            names,
        ))
    })
}
