//! The first line of a record.

use serde::{Deserialize, Serialize};

use super::{Clock, Nanos};
use crate::model::drill::Drill;
use crate::model::spec::Digest;
use crate::model::{InstanceName, Lab};

/// The name of the format in the first line.
pub const FORMAT: &str = "halab-record";

/// The version of the format; a reader refuses any other. Since version 6 a record contains the rules that
/// give its lines a meaning, and the source of each observation; since version 7 loads and their facts are
/// plain data.
pub const VERSION: u32 = 7;

/// The drill, the lab, the host and the settings of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of the program that wrote it.
    pub halab: String,
    /// The instance that the drill ran on.
    pub instance: InstanceName,
    /// The lab as it was running, with every parameter.
    pub lab: Lab,
    /// The digest of the lab.
    pub lab_digest: Digest,
    /// The settings from the command line: `profile=paper`.
    pub settings: Vec<String>,
    /// The drill.
    pub drill: Drill,
    /// The digest of the drill.
    pub drill_digest: Digest,
    /// The seed of all random choices of the run.
    pub seed: u64,
    /// How the guests ran: `kvm`, `tcg`, `simulated`.
    pub accelerator: String,
    /// There were no guests: a model produced all observations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The host.
    pub host: HostFacts,
    /// The wall clock at time 0 of the record.
    pub started: jiff::Timestamp,
    /// The machine's uptime at time 0 of the record, to relate it to the kernel's log.
    pub since_boot: Nanos,
}

impl Header {
    /// The header of a drill that starts now, and its clock.
    pub fn begin(
        instance: &InstanceName,
        lab: &Lab,
        drill: &Drill,
        settings: &[String],
        accelerator: &str,
        seed: u64,
    ) -> (Self, Clock) {
        let header = Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            halab: env!("CARGO_PKG_VERSION").to_owned(),
            instance: instance.clone(),
            lab: lab.clone(),
            lab_digest: Digest::of(lab),
            settings: settings.to_vec(),
            drill: drill.clone(),
            drill_digest: Digest::of(drill),
            seed,
            accelerator: accelerator.to_owned(),
            simulated: false,
            host: HostFacts::read(),
            started: jiff::Timestamp::now(),
            since_boot: since_boot(),
        };
        (header, Clock::start())
    }

    /// Marks the drill as simulated, without guests.
    #[must_use]
    pub fn of_a_simulation(self) -> Self {
        Self { simulated: true, accelerator: SIMULATED.to_owned(), ..self }
    }
}

/// The accelerator of a simulated drill.
pub const SIMULATED: &str = "simulated";

/// The machine that a drill ran on. Facts that cannot be read are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HostFacts {
    /// The version of its kernel.
    pub kernel: String,
    /// The number of its processors.
    pub cpus: usize,
    /// The line of load averages at the start of the drill.
    pub load: String,
}

impl HostFacts {
    /// Reads the facts of this machine.
    pub fn read() -> Self {
        let line = |path: &str| fs_err::read_to_string(path).unwrap_or_default().trim().to_owned();
        Self {
            kernel: line("/proc/sys/kernel/osrelease"),
            cpus: std::thread::available_parallelism().map_or(0, usize::from),
            load: line("/proc/loadavg"),
        }
    }
}

/// From `/proc/uptime`, with a resolution of 10 ms.
fn since_boot() -> Nanos {
    let text = fs_err::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds: f64 = text.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0.0);
    Nanos((seconds * 1e9) as u64)
}
