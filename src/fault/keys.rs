//! What can be said about a fault: the keys of a step in a drill file, and the options of `lab fault inject`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::fault::{Direction, DiskIo, PauseClock};
use crate::model::{Bytes, DiskName, Millis, NetworkName, PathName, ServiceName};

/// What was said about a fault; which of it a fault takes is in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, clap::Args)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Keys {
    /// How long the power is off (power-cycle)
    #[arg(long, value_name = "TIME")]
    pub off: Option<Millis>,
    /// What the clock of the node does meanwhile (pause; `frozen` when not given)
    #[arg(long)]
    pub clock: Option<PauseClock>,
    /// What is left of a processor, in percent (cpu-starvation; 10 when not given)
    #[arg(long, value_name = "PERCENT")]
    pub share: Option<u32>,
    /// How far the clock is off (clock-jump)
    #[arg(long, value_name = "TIME")]
    pub by: Option<Millis>,
    /// Into the past (clock-jump)
    #[arg(long, num_args = 0, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub backward: Option<bool>,
    /// The service, by its name in the stack (service-kill, service-hang, service-stop)
    #[arg(long, value_name = "NAME")]
    pub service: Option<ServiceName>,
    /// The service manager may start it again, as its unit says (service-kill, cluster-kill)
    #[arg(long, num_args = 0, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub restart: Option<bool>,
    /// The network; all of the lab's when not given (faults of networks)
    #[arg(long, value_name = "NAME")]
    pub network: Option<NetworkName>,
    /// Which direction is lost, seen from the node (one-way; `out` when not given)
    #[arg(long)]
    pub direction: Option<Direction>,
    /// The path, by its name in the stack, or `client` (path-cut)
    #[arg(long, value_name = "NAME")]
    pub path: Option<PathName>,
    /// How many of all frames (loss, reorder)
    #[arg(long, value_name = "PERCENT")]
    pub percent: Option<u32>,
    /// Bytes in a second (rate)
    #[arg(long, value_name = "SIZE")]
    pub limit: Option<Bytes>,
    /// How long frames are held up (delay, reorder)
    #[arg(long, value_name = "TIME")]
    pub latency: Option<Millis>,
    /// More or less by up to this, at random (delay)
    #[arg(long, value_name = "TIME")]
    pub variation: Option<Millis>,
    /// The secondary disk (disk-error, slow-disk)
    #[arg(long, value_name = "NAME")]
    pub disk: Option<DiskName>,
    /// What fails (disk-error; `all` when not given)
    #[arg(long)]
    pub io: Option<DiskIo>,
    /// Operations in a second (slow-disk; 20 when not given)
    #[arg(long, value_name = "NUMBER")]
    pub operations: Option<u32>,
    /// A folder of the file system, which is not the system's own (full-disk)
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
}

/// The keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// See [`Keys::off`].
    Off,
    /// See [`Keys::clock`].
    Clock,
    /// See [`Keys::share`].
    Share,
    /// See [`Keys::by`].
    By,
    /// See [`Keys::backward`].
    Backward,
    /// See [`Keys::service`].
    Service,
    /// See [`Keys::restart`].
    Restart,
    /// See [`Keys::network`].
    Network,
    /// See [`Keys::direction`].
    Direction,
    /// See [`Keys::path`].
    Path,
    /// See [`Keys::percent`].
    Percent,
    /// See [`Keys::limit`].
    Limit,
    /// See [`Keys::latency`].
    Latency,
    /// See [`Keys::variation`].
    Variation,
    /// See [`Keys::disk`].
    Disk,
    /// See [`Keys::io`].
    Io,
    /// See [`Keys::operations`].
    Operations,
    /// See [`Keys::folder`].
    Folder,
}

impl Keys {
    /// The keys that were given.
    pub fn given(&self) -> Vec<Key> {
        let all = [
            (Key::Off, self.off.is_some()),
            (Key::Clock, self.clock.is_some()),
            (Key::Share, self.share.is_some()),
            (Key::By, self.by.is_some()),
            (Key::Backward, self.backward.is_some()),
            (Key::Service, self.service.is_some()),
            (Key::Restart, self.restart.is_some()),
            (Key::Network, self.network.is_some()),
            (Key::Direction, self.direction.is_some()),
            (Key::Path, self.path.is_some()),
            (Key::Percent, self.percent.is_some()),
            (Key::Limit, self.limit.is_some()),
            (Key::Latency, self.latency.is_some()),
            (Key::Variation, self.variation.is_some()),
            (Key::Disk, self.disk.is_some()),
            (Key::Io, self.io.is_some()),
            (Key::Operations, self.operations.is_some()),
            (Key::Folder, self.folder.is_some()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect()
    }
}

impl Key {
    /// An example of it in a drill file.
    pub fn example(self) -> &'static str {
        match self {
            Key::Off => "off = \"3s\"",
            Key::Clock => "clock = \"frozen\"",
            Key::Share => "share = 10",
            Key::By => "by = \"60s\"",
            Key::Backward => "backward = true",
            Key::Service => "service = \"web\"",
            Key::Restart => "restart = true",
            Key::Network => "network = \"public\"",
            Key::Direction => "direction = \"out\"",
            Key::Path => "path = \"heartbeat\"",
            Key::Percent => "percent = 20",
            Key::Limit => "limit = \"1MiB\"",
            Key::Latency => "latency = \"50ms\"",
            Key::Variation => "variation = \"10ms\"",
            Key::Disk => "disk = \"data\"",
            Key::Io => "io = \"writes\"",
            Key::Operations => "operations = 20",
            Key::Folder => "folder = \"/srv/data\"",
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An example begins with the key's own name.
        f.pad(self.example().split(' ').next().unwrap_or_default())
    }
}
