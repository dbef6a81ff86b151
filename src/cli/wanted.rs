//! What `lab up` and `lab plan` are asked for, and the plan that it comes to.

use std::collections::{BTreeMap, BTreeSet};

use clap_complete::ArgValueCompleter;

use super::context::{Context, undescribed};
use super::error::CliError;
use super::lab::{self, Found};
use super::{complete, provider};
use crate::desired::Desired;
use crate::instance::{self, Instance};
use crate::inventory::Inventory;
use crate::labfile::{self, FindError, Setting};
use crate::model::Wish;
use crate::model::{DrillName, InstanceName, NodeName};
use crate::plan::{self, Plan, UpOptions};
use crate::provider::Provider;

/// Which lab, as which instance, and how.
#[derive(Debug, clap::Args)]
pub struct WantedOptions {
    /// The lab: a folder, a lab file, or the name of a bundled lab; else the name of an instance that stands. Without
    /// it: the lab of the current folder, else the instance that stands. An instance keeps the parameters that it was
    /// brought up with
    #[arg(add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    /// The name of the instance, when not the lab's own: several instances of a lab run side by side
    #[arg(long = "as", value_name = "NAME", add = ArgValueCompleter::new(complete::instances))]
    name: Option<InstanceName>,
    /// Set a parameter of a stack (deadtime=800ms, ha.deadtime=800ms), or choose a profile (profile=paper) or what nodes
    /// boot from (image=debian-13)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<Setting>,
    /// Run guests on the processor (kvm) or emulate them (tcg); auto takes kvm where it really works
    #[arg(long, value_enum, value_name = "HOW", hide_possible_values = true)]
    accel: Option<Accel>,
    /// Give this instance SSH host keys and machine-ids of its own. Without it, instances of a lab are restored from one
    /// checkpoint and share them
    #[arg(long)]
    fresh_identity: bool,
    /// Delete this node with its disks, and make it again
    #[arg(long, value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    recreate: Vec<NodeName>,
}

impl WantedOptions {
    /// A lab with these settings, and all else as it is when nothing is said.
    pub fn of(lab: Option<String>, name: Option<InstanceName>, settings: Vec<Setting>) -> Self {
        Self { lab, name, settings, accel: None, fresh_identity: false, recreate: Vec::new() }
    }
}

/// How guests run.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Accel {
    Auto,
    Kvm,
    Tcg,
}

impl From<Accel> for Wish {
    fn from(accel: Accel) -> Self {
        match accel {
            Accel::Auto => Wish::Auto,
            Accel::Kvm => Wish::Kvm,
            Accel::Tcg => Wish::Tcg,
        }
    }
}

/// A lab that may be made, as an instance.
#[derive(Clone)]
pub struct Wanted {
    /// The instance.
    pub name: InstanceName,
    /// The lab's file and its meaning.
    pub found: Found,
    /// The lab as objects on a host.
    pub desired: Desired,
    /// The texts of its drills.
    pub drills: BTreeMap<DrillName, String>,
    /// How guests are run.
    pub accel: Wish,
    /// The instance as it was brought up before.
    pub before: Option<Instance>,
    /// Whether its machines are to be told from those of all other instances.
    fresh_identity: bool,
    /// Nodes to make again.
    recreate: BTreeSet<NodeName>,
}

impl Wanted {
    /// Finds out what is meant and checks all of it.
    ///
    /// # Errors
    /// When there is no such lab, something is wrong with it, or an instance's description cannot be read.
    pub fn new(options: WantedOptions, context: &Context) -> Result<Self, CliError> {
        let (argument, remembered) = which(&options, context)?;
        let settings = merged(remembered.as_ref(), options.settings);
        let found = lab::read(context, &argument, settings)?;
        let name = match (options.name, &remembered) {
            (Some(name), _) => name,
            (None, Some(instance)) => instance.name.clone(),
            (None, None) => own_name(&found)?,
        };
        let before = match remembered.filter(|instance| instance.name == name) {
            Some(instance) => Some(instance),
            None => Instance::load(&context.state, &name).map_err(|error| undescribed(&name, error))?,
        };
        let desired = found.desired()?;
        let drills = found.drills()?;
        let accel =
            options.accel.map_or_else(|| before.as_ref().map(|b| b.accel).unwrap_or_default(), Wish::from);
        let fresh_identity = options.fresh_identity || before.as_ref().is_some_and(|b| b.fresh_identity);
        let recreate = options.recreate.into_iter().collect();
        let mut wanted = Self { name, found, desired, drills, accel, before, fresh_identity, recreate };
        wanted.identify();
        Ok(wanted)
    }

    /// The same lab as another instance.
    ///
    /// # Errors
    /// When that instance is there and its description cannot be read.
    pub fn named(&self, name: &InstanceName, context: &Context) -> Result<Self, CliError> {
        let before = Instance::load(&context.state, name).map_err(|error| undescribed(name, error))?;
        let mut other = Self { name: name.clone(), before, ..self.clone() };
        other.desired = other.found.desired()?;
        other.identify();
        Ok(other)
    }

    /// The same lab with more settings (`deadtime=1s`), as another instance, which is not there yet.
    ///
    /// # Errors
    /// When a setting is wrong.
    pub fn with(
        &self,
        settings: &[String],
        name: &InstanceName,
        context: &Context,
    ) -> Result<Self, CliError> {
        let given = settings.iter().map(|text| text.parse::<Setting>());
        let given =
            given.collect::<Result<Vec<_>, _>>().map_err(|error| CliError::usage(error.to_string()))?;
        let mut all = self.found.settings.clone();
        all.retain(|setting| given.iter().all(|new| new.key() != setting.key()));
        all.extend(given);
        let loaded =
            lab::load(&self.found.source, &all, &context.state).map_err(|wrong| lab::bad_file(&wrong))?;
        let found = Found { settings: all, loaded, ..self.found.clone() };
        let desired = found.desired()?;
        let mut other = Self { name: name.clone(), before: None, found, desired, ..self.clone() };
        other.identify();
        Ok(other)
    }

    /// Gives the machines an identity of their own where that is wanted: else it derives from the lab, and so is that of all its
    /// instances.
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
    pub fn provider(&self, context: &Context) -> Result<Box<dyn Provider>, CliError> {
        provider::open(context, &self.name, self.accel, self.found.source.catalog.clone())
    }

    /// The plan from what exists to what is wanted.
    ///
    /// # Errors
    /// When the plan is refused.
    pub fn plan(&self, inventory: &Inventory) -> Result<Plan, CliError> {
        let options = UpOptions { recreate: self.recreate.clone() };
        Ok(plan::up(&self.desired, inventory, &options)?)
    }

    /// What the instance is to remember.
    pub fn instance(&self, context: &Context) -> Instance {
        Instance {
            version: instance::VERSION,
            name: self.name.clone(),
            created: self.before.as_ref().map_or_else(jiff::Timestamp::now, |before| before.created),
            provider: self.before.as_ref().map_or(context.provider, |before| before.provider),
            accel: self.accel,
            origin: self.found.origin.clone(),
            settings: self.found.settings.iter().map(ToString::to_string).collect(),
            lab: self.found.loaded.lab.clone(),
            desired: self.desired.clone(),
            drills: self.drills.clone(),
            restoring: None,
            fresh_identity: self.fresh_identity,
        }
    }

    /// Whether the user asked for nodes to be made again.
    pub fn recreates(&self) -> bool {
        !self.recreate.is_empty()
    }
}

/// The lab's argument; and when that is an instance, or none was given and none is here, the instance whose lab it is.
fn which(options: &WantedOptions, context: &Context) -> Result<(String, Option<Instance>), CliError> {
    if let Some(argument) = options.lab.clone().or_else(lab::here) {
        return Ok(match standing(&argument, options.name.as_ref(), context)? {
            Some(instance) => (instance.origin.argument(), Some(instance)),
            None => (argument, None),
        });
    }
    let instance =
        context.describe(&context.choose_or(options.name.as_ref(), "choose one with `--as NAME`")?)?;
    Ok((instance.origin.argument(), Some(instance)))
}

/// The instance that the argument is the name of, when no lab is called so. With another name after `--as` a new
/// instance is wanted, and that is made of a lab.
fn standing(
    argument: &str,
    name: Option<&InstanceName>,
    context: &Context,
) -> Result<Option<Instance>, CliError> {
    let no_lab = matches!(labfile::find(argument), Err(FindError::Unknown { .. } | FindError::NotALab(_)));
    let Some(meant) = argument.parse::<InstanceName>().ok().filter(|_| no_lab) else { return Ok(None) };
    if name.is_some_and(|name| *name != meant) {
        return Ok(None);
    }
    Instance::load(&context.state, &meant).map_err(|error| undescribed(&meant, error))
}

/// What an instance was set to before, with what is set now on top.
fn merged(remembered: Option<&Instance>, given: Vec<Setting>) -> Vec<Setting> {
    let before = remembered.iter().flat_map(|instance| &instance.settings);
    let kept = before
        .filter_map(|text| text.parse::<Setting>().ok())
        .filter(|setting| given.iter().all(|new| new.key() != setting.key()));
    kept.collect::<Vec<_>>().into_iter().chain(given).collect()
}

fn own_name(found: &Found) -> Result<InstanceName, CliError> {
    found.loaded.lab.name.as_str().parse().map_err(|error| {
        CliError::usage("the lab's name is no name for an instance")
            .because(error)
            .hint("choose one with `--as NAME`")
    })
}
