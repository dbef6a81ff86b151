//! The options of `lab up` and `lab plan`: which lab, as which instance, and how.

use clap_complete::ArgValueCompleter;

use super::complete;
use crate::app::LabWish;
use crate::model::{InstanceName, NodeName, Wish};

/// Which lab, as which instance, and how.
#[derive(Debug, clap::Args)]
pub struct WantedOptions {
    /// The lab: ./FOLDER, a lab file, or the name of a bundled or installed lab; else an existing instance.
    /// Default: the lab of the current folder, else that of the existing instance. An instance keeps the
    /// parameters that it was brought up with
    #[arg(add = ArgValueCompleter::new(complete::labs_and_instances))]
    lab: Option<String>,
    /// An existing instance, with the lab that it was brought up from
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with_all = ["lab", "name"], add = ArgValueCompleter::new(complete::instances))]
    instance: Option<InstanceName>,
    /// The name of the instance, instead of the lab's own: several instances of a lab run side by side
    #[arg(long = "as", value_name = "NAME", add = ArgValueCompleter::new(complete::instances))]
    name: Option<InstanceName>,
    /// Set a parameter of a stack (deadtime=1500ms, ha.deadtime=1500ms), or choose a profile (profile=paper)
    /// or what nodes boot from (image=debian-13)
    #[arg(long = "set", value_name = "KEY=VALUE", add = ArgValueCompleter::new(complete::settings))]
    settings: Vec<String>,
    /// Run guests on the processor (kvm) or emulate them (tcg); auto uses kvm where it works
    #[arg(long, value_enum, value_name = "HOW", hide_possible_values = true)]
    accel: Option<Accel>,
    /// Give this instance SSH host keys and machine-ids of its own. By default, instances of a lab are
    /// restored from one checkpoint and share them
    #[arg(long)]
    fresh_identity: bool,
    /// Delete this node with its disks, and make it again
    #[arg(long, value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    recreate: Vec<NodeName>,
}

impl From<WantedOptions> for LabWish {
    fn from(options: WantedOptions) -> Self {
        let WantedOptions { lab, instance, name, settings, accel, fresh_identity, recreate } = options;
        let accel = accel.map(Wish::from);
        LabWish { lab, instance, name, settings, accel, fresh_identity, recreate }
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
