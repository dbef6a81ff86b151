//! Chooses instances, reads their descriptions, and works on several of them at once.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::error::{AppError, ErrorKind};
use super::exercise::attempt;
use super::job::Job;
use crate::base::threads;
use crate::base::words::join;
use crate::diagnostic::suggestion;
use crate::instance::{self, Instance, InstanceError, ProviderKind};
use crate::model::{InstanceName, Node, NodeName};
use crate::provider::Capabilities;
use crate::state::DEFAULT_STATE;

const HOW_TO_BEGIN: &str = "`lab up LAB` brings one up; `lab list --bundled` shows which labs there are";

/// The end of the names of the copies on which a grading performs drills.
pub const GRADED: &str = "-graded";

/// The name of an instance that a user wants.
///
/// # Errors
/// When it is that of a copy: a grading restores over its copies, and deletes them.
pub fn wanted_name(name: InstanceName) -> Result<InstanceName, AppError> {
    if !name.as_str().ends_with(GRADED) {
        return Ok(name);
    }
    let message = format!("`{name}` cannot be an instance: `lab grade` gives such names to its copies");
    Err(AppError::usage(message).hint(format!("choose a name that does not end in `{GRADED}`")))
}

/// The result for each of several instances, in the order in which they were named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Each<T> {
    /// Each instance with its result.
    pub instances: Vec<(InstanceName, Result<T, AppError>)>,
}

impl<T> Each<T> {
    /// The failures, in the order in which the instances were named.
    pub fn failures(&self) -> impl Iterator<Item = &AppError> {
        self.instances.iter().filter_map(|(_, result)| result.as_ref().err())
    }
}

impl Job {
    /// The instances that exist, also incomplete ones.
    ///
    /// # Errors
    /// When the state folder cannot be read.
    pub fn instances(&self) -> Result<Vec<InstanceName>, AppError> {
        instance::list(&self.state).map_err(|error| {
            let denied = error.kind() == std::io::ErrorKind::PermissionDenied;
            AppError::failed(format!("the state folder {} cannot be read", self.state.root().display()))
                .because(error)
                .maybe_hint(denied.then_some("run it with sudo"))
        })
    }

    /// A remark on a state folder that does not exist: perhaps another one was meant.
    fn no_state(&self) -> Option<String> {
        let root = self.state.root();
        let named = root != Path::new(DEFAULT_STATE);
        (named && !root.exists()).then(|| format!("there is no state folder {} yet", root.display()))
    }

    /// The chosen instance: the named one, the only one, or of several the only one with an exercise that is
    /// open, because the task of an exercise names commands without an instance.
    ///
    /// # Errors
    /// When there is none of this name, none at all, or several to choose from.
    pub fn choose(&self, wanted: Option<&InstanceName>) -> Result<InstanceName, AppError> {
        let exercised = match wanted {
            Some(_) => None,
            None => attempt::only_one(&self.state, &self.instances()?),
        };
        self.choose_or(wanted.or(exercised.as_ref()), "choose one with `--lab INSTANCE`")
    }

    /// The named instance or the only one, with a hint for choosing one of several. For commands that take
    /// work away, an exercise is no choice.
    ///
    /// # Errors
    /// The same.
    pub fn choose_or(&self, wanted: Option<&InstanceName>, how: &str) -> Result<InstanceName, AppError> {
        let names = self.instances()?;
        match (wanted, names.as_slice()) {
            (Some(wanted), names) if names.contains(wanted) => Ok(wanted.clone()),
            (Some(wanted), []) => Err(AppError::not_found(format!("there is no instance `{wanted}`"))
                .maybe_hint(self.no_state())
                .hint(HOW_TO_BEGIN)),
            (Some(wanted), names) => Err(AppError::not_found(format!("there is no instance `{wanted}`"))
                .hint(suggestion(wanted.as_str(), "instance", names.iter().map(InstanceName::as_str)))),
            (None, [only]) => Ok(only.clone()),
            (None, []) => {
                let error = AppError::not_found("there are no instances").maybe_hint(self.no_state());
                Err(error.hint(HOW_TO_BEGIN))
            }
            (None, several) => {
                Err(AppError::usage(format!("there are several instances: {}", join(several))).hint(how))
            }
        }
    }

    /// The chosen instances: those named, all, or the only one.
    ///
    /// # Errors
    /// When one does not exist, or there are several and none is named.
    pub fn several(&self, named: &[InstanceName], all: bool) -> Result<Vec<InstanceName>, AppError> {
        if all {
            return self.instances();
        }
        if named.is_empty() {
            return Ok(vec![self.choose_or(None, "name those that you mean, or use --all")?]);
        }
        named.iter().map(|name| self.choose(Some(name))).collect()
    }

    /// Does something to each of several instances, as many at a time as the machine's processors allow. A
    /// failure is reported at once and does not affect the others; a cancelled operation begins no further
    /// instance.
    pub fn for_each<T: Send>(
        &self,
        names: &[InstanceName],
        what: impl Fn(&InstanceName) -> Result<T, AppError> + Sync,
    ) -> Each<T> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        let work = || {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(name) = names.get(place) else { break };
                let result = what(name).map_err(|error| {
                    let error = if names.len() > 1 { error.about(name) } else { error };
                    if names.len() > 1 {
                        self.problem(&error);
                    }
                    error
                });
                let stopped = result.as_ref().is_err_and(|error| error.kind == ErrorKind::Interrupted);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((place, name.clone(), result));
                if stopped || self.asked_to_stop() {
                    break;
                }
            }
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..at_once().min(names.len())).map(|_| scope.spawn(work)).collect();
            workers.into_iter().for_each(threads::end);
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(place, ..)| *place);
        Each { instances: done.into_iter().map(|(_, name, result)| (name, result)).collect() }
    }

    /// The description of an instance.
    ///
    /// # Errors
    /// When there is none: it is left from an interrupted `lab up` or `lab down`.
    pub fn describe(&self, name: &InstanceName) -> Result<Instance, AppError> {
        match Instance::load(&self.state, name) {
            Ok(Some(instance)) => Ok(instance),
            Ok(None) => Err(AppError::failed(format!("`{name}` is incomplete: instance.json is missing"))
                .hint(format!("`lab down {name}` takes it away"))),
            Err(error) => Err(undescribed(name, error)),
        }
    }

    /// Where the guests of an instance run: according to its description, or to this operation.
    ///
    /// # Errors
    /// When this user may not read the instance's description.
    pub fn provider_of(&self, name: &InstanceName) -> Result<ProviderKind, AppError> {
        let found = instance::provider_of(&self.state, name).map_err(|error| undescribed(name, error))?;
        Ok(found.unwrap_or(self.provider))
    }

    /// The capabilities of the provider of an instance.
    ///
    /// # Errors
    /// As [`Job::provider_of`].
    pub fn capabilities(&self, name: &InstanceName) -> Result<Capabilities, AppError> {
        self.provider_of(name).map(Capabilities::of)
    }

    /// Refuses an operation that requires a capability.
    ///
    /// # Errors
    /// When the instance lacks it, because it is simulated, or its description cannot be read.
    pub fn needs(&self, name: &InstanceName, capability: fn(&Capabilities) -> bool) -> Result<(), AppError> {
        if capability(&self.capabilities(name)?) {
            return Ok(());
        }
        let what = format!("`{name}` is simulated: it has no machines and no network");
        Err(AppError::new(ErrorKind::Host, what))
    }
}

/// The number of instances that are worked on at once. Guests that resume keep the processors busy, and the
/// nodes of a cluster declare each other dead if they wait too long for one; so the limit is the number of
/// processors.
pub fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, NonZero::get)
}

/// The description of an instance exists and cannot be used.
pub fn undescribed(name: &InstanceName, error: InstanceError) -> AppError {
    let hint = match error.is_denied() {
        true => "run it with sudo".to_owned(),
        false => format!("`lab down {name}` still removes it"),
    };
    AppError::failed(format!("`{name}` cannot be described")).because(error).hint(hint)
}

/// A node of an instance, by name.
///
/// # Errors
/// When the lab has no such node.
pub fn node<'a>(instance: &'a Instance, name: &NodeName) -> Result<&'a Node, AppError> {
    instance.lab.node(name).ok_or_else(|| {
        let names: Vec<&str> = instance.lab.nodes.iter().map(|node| node.name.as_str()).collect();
        AppError::not_found(format!("`{}` has no node `{name}`", instance.name)).hint(suggestion(
            name.as_str(),
            "node",
            names,
        ))
    })
}
