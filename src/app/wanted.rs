//! Which lab is wanted as which instance, and the resulting plan.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::instances::{undescribed, wanted_name};
use super::job::Job;
use super::lab::{self, Found};
use super::provider;
use crate::base::folder::Access;
use crate::catalog::Catalog;
use crate::desired::Desired;
use crate::instance::{self, Instance, LabOrigin};
use crate::inventory::Inventory;
use crate::labfile::{self, FindError, Setting};
use crate::model::{self, DrillName, InstanceName, NodeName, Scripts};
use crate::plan::{self, Plan, UpOptions};
use crate::provider::Provider;

/// Which lab, as which instance, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wish {
    /// The lab: the path of a folder or of a lab file, or the name of a bundled or an installed lab; else the
    /// name of an existing instance.
    /// Default: the lab of the caller's folder, else that of the existing instance.
    pub lab: Option<String>,
    /// An existing instance, with the lab that it was brought up from; takes precedence over the lab.
    pub instance: Option<InstanceName>,
    /// The name of the instance, instead of the lab's own.
    pub name: Option<InstanceName>,
    /// Parameters of stacks, profiles and images: `deadtime=1500ms`.
    pub settings: Vec<String>,
    /// How guests are run. Default: as before, or `auto`.
    pub accel: Option<model::Wish>,
    /// Give the machines SSH host keys and machine-ids of their own.
    pub fresh_identity: bool,
    /// Nodes to delete with their disks and make again.
    pub recreate: Vec<NodeName>,
}

/// A checked lab, as an instance.
#[derive(Clone)]
pub struct WantedLab {
    /// The instance.
    pub name: InstanceName,
    /// The lab's file and its content.
    pub found: Found,
    /// The lab as objects on a host.
    pub desired: Desired,
    /// The texts of its drills.
    pub drills: BTreeMap<DrillName, String>,
    /// The scripts that its drills use.
    pub scripts: Scripts,
    /// How guests are run.
    pub accel: model::Wish,
    /// The instance as it was brought up before.
    pub before: Option<Instance>,
    /// Whether its machines have identities that differ from those of all other instances.
    fresh_identity: bool,
    /// Nodes to make again.
    recreate: BTreeSet<NodeName>,
}

impl WantedLab {
    /// Resolves the request and checks the lab.
    ///
    /// # Errors
    /// When there is no such lab, it has errors, or an instance's description cannot be read.
    pub fn new(wish: &Wish, job: &Job, access: Access) -> Result<Self, AppError> {
        let (argument, remembered) = which(wish, job)?;
        let settings = merged(remembered.as_ref(), parse_settings(&wish.settings)?);
        let found = lab::read(job, &argument, settings, access)?;
        let name = match (wish.name.clone(), &remembered) {
            (Some(name), _) => name,
            (None, Some(instance)) => instance.name.clone(),
            (None, None) => own_name(&found)?,
        };
        let name = wanted_name(name)?;
        let before = match remembered.filter(|instance| instance.name == name) {
            Some(instance) => Some(instance),
            None => Instance::load(&job.state, &name).map_err(|error| undescribed(&name, error))?,
        };
        let desired = found.desired()?;
        let (drills, scripts) = (found.drills()?, lab::scripts(&found.source)?);
        let accel = wish.accel.or_else(|| before.as_ref().map(|before| before.accel)).unwrap_or_default();
        let fresh_identity = wish.fresh_identity || before.as_ref().is_some_and(|b| b.fresh_identity);
        let recreate = wish.recreate.iter().cloned().collect();
        let mut wanted =
            Self { name, found, desired, drills, scripts, accel, before, fresh_identity, recreate };
        wanted.identify();
        Ok(wanted)
    }

    /// The same lab as another instance.
    ///
    /// # Errors
    /// When that instance exists and its description cannot be read.
    pub fn named(&self, name: &InstanceName, job: &Job) -> Result<Self, AppError> {
        let name = wanted_name(name.clone())?;
        let before = Instance::load(&job.state, &name).map_err(|error| undescribed(&name, error))?;
        let mut other = Self { name, before, ..self.clone() };
        other.desired = other.found.desired()?;
        other.identify();
        Ok(other)
    }

    /// The same lab with more settings (`deadtime=1s`), as another instance, which does not exist yet.
    ///
    /// # Errors
    /// When a setting is wrong.
    pub fn with(&self, settings: &[String], name: &InstanceName, job: &Job) -> Result<Self, AppError> {
        let given = parse_settings(settings)?;
        let mut all = self.found.settings.clone();
        all.retain(|setting| given.iter().all(|new| new.key() != setting.key()));
        all.extend(given);
        let loaded = lab::load(&self.found.source, &all, &job.state)?;
        let found = Found { settings: all, loaded, ..self.found.clone() };
        let desired = found.desired()?;
        let mut other = Self { name: name.clone(), before: None, found, desired, ..self.clone() };
        other.identify();
        Ok(other)
    }

    /// Gives the machines identities of their own on request. By default they derive from the lab, and all
    /// its instances share them.
    fn identify(&mut self) {
        if !self.fresh_identity {
            return;
        }
        for node in &mut self.desired.nodes {
            let own = uuid::Uuid::new_v5(&node.guest.uuid, self.name.as_str().as_bytes());
            node.seed.machine_id = own.simple().to_string();
        }
    }

    /// Opens the instance's provider.
    ///
    /// # Errors
    /// As [`provider::open`].
    pub fn provider(&self, job: &Job) -> Result<Box<dyn Provider>, AppError> {
        provider::open(job, &self.name, self.accel, self.found.source.catalog.clone())
    }

    /// The plan from the existing state to the wanted one.
    ///
    /// # Errors
    /// When the plan is refused.
    pub fn plan(&self, inventory: &Inventory) -> Result<Plan, AppError> {
        let options = UpOptions { recreate: self.recreate.clone() };
        Ok(plan::up(&self.desired, inventory, &options)?)
    }

    /// The description of the instance.
    pub fn instance(&self, job: &Job) -> Instance {
        Instance {
            version: instance::VERSION,
            name: self.name.clone(),
            created: self.before.as_ref().map_or_else(jiff::Timestamp::now, |before| before.created),
            provider: self.before.as_ref().map_or(job.provider, |before| before.provider),
            accel: self.accel,
            origin: self.found.origin.clone(),
            settings: self.found.settings.iter().map(ToString::to_string).collect(),
            lab: self.found.loaded.lab.clone(),
            desired: self.desired.clone(),
            drills: self.drills.clone(),
            scripts: self.scripts.clone(),
            restoring: None,
            fresh_identity: self.fresh_identity,
        }
    }

    /// Whether the user asked to make nodes again.
    pub fn recreates(&self) -> bool {
        !self.recreate.is_empty()
    }
}

/// Parses parameters.
///
/// # Errors
/// When a text is not `KEY=VALUE`.
pub fn parse_settings(settings: &[String]) -> Result<Vec<Setting>, AppError> {
    let parsed = settings.iter().map(|text| text.parse::<Setting>());
    parsed.collect::<Result<_, _>>().map_err(|error| AppError::usage(error.to_string()))
}

/// The lab's argument; if that is an instance, or there is no argument and no lab in the current folder, the
/// instance whose lab it is.
fn which(wish: &Wish, job: &Job) -> Result<(String, Option<Instance>), AppError> {
    if wish.instance.is_some() {
        let instance = job.describe(&job.choose(wish.instance.as_ref())?)?;
        return Ok((instance.origin.argument(), Some(instance)));
    }
    if let (None, Some(file)) = (&wish.lab, &job.here) {
        job.say(format!("using {}", lab::absolute(file).display()));
    }
    if let Some(argument) = wish.lab.clone().or_else(|| job.here.clone()) {
        return Ok(match standing(&argument, wish.name.as_ref(), job)? {
            Some(instance) => (instance.origin.argument(), Some(instance)),
            None => (argument, None),
        });
    }
    let instance = job.describe(&job.choose_or(wish.name.as_ref(), "choose one with `--as NAME`")?)?;
    Ok((instance.origin.argument(), Some(instance)))
}

/// The instance with the name of the argument, if no lab has this name. Another name in `--as` asks for a new
/// instance, which is made from a lab.
fn standing(argument: &str, name: Option<&InstanceName>, job: &Job) -> Result<Option<Instance>, AppError> {
    let Ok(meant) = argument.parse::<InstanceName>() else { return Ok(None) };
    if name.is_some_and(|name| *name != meant) {
        return Ok(None);
    }
    let found = Instance::load(&job.state, &meant).map_err(|error| undescribed(&meant, error))?;
    // An instance of a lab in a folder stays that: the bundled lab of the same name does not replace it.
    let of_folder = found.as_ref().is_some_and(|found| matches!(found.origin, LabOrigin::File(_)));
    let found_by_name = || labfile::find(argument, &Catalog::of_state(&job.state), Access::Any);
    let no_lab = || matches!(found_by_name(), Err(FindError::Unknown { .. }));
    Ok(found.filter(|_| of_folder || no_lab()))
}

/// The earlier parameters of an instance, overridden by the present ones.
fn merged(remembered: Option<&Instance>, given: Vec<Setting>) -> Vec<Setting> {
    let before = remembered.iter().flat_map(|instance| &instance.settings);
    let kept = before
        .filter_map(|text| text.parse::<Setting>().ok())
        .filter(|setting| given.iter().all(|new| new.key() != setting.key()));
    kept.collect::<Vec<_>>().into_iter().chain(given).collect()
}

fn own_name(found: &Found) -> Result<InstanceName, AppError> {
    found.loaded.lab.name.as_str().parse().map_err(|error| {
        AppError::usage(format!("`{}` is not a valid instance name", found.loaded.lab.name))
            .because(error)
            .hint("choose one with `--as NAME`")
    })
}
