//! The memory, the disk space and the processors that each instance of a class takes.
//!
//! The server measures it ([`super::Meter`]) and keeps the last figures in a file of the class, so those who
//! look cost no measurement. Where no server runs, a look measures once, without what takes a minute.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::find::Room;
use super::meter::Meter;
use super::space;
use crate::app::job::Job;
use crate::model::InstanceName;
use crate::state::StateDir;

/// Figures that are older than this are those of a server that has ended.
const FRESH: SignedDuration = SignedDuration::from_secs(60);

/// What an instance takes. What is not known is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Takes {
    /// The memory of its machines and of what runs them, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// The processor time of the last minute, in percent of one processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<u32>,
    /// Its disk space; absent if its files cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<DiskSpace>,
    /// Why its machines were paused without a command of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
}

/// What an instance takes of the disk, in bytes, without holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DiskSpace {
    /// The folder of the instance: what its machines wrote, their consoles and logs.
    pub overlays: u64,
    /// Save points, automatic ones too, and states that are being graded.
    pub save_points: u64,
    /// Hand-ins.
    pub hand_ins: u64,
    /// Records of drills and gradings.
    pub records: u64,
}

impl DiskSpace {
    /// All of it, in bytes.
    pub fn all(self) -> u64 {
        self.overlays + self.save_points + self.hand_ins + self.records
    }
}

/// The disk of the state folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DiskUse {
    /// How much of it is used, in percent.
    pub used: u32,
    /// Whether nothing new may be begun because of it.
    pub nearly_full: bool,
}

/// The figures of a class at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Figures {
    /// When they were measured.
    pub at: Timestamp,
    /// The disk; absent if the system does not tell.
    pub disk: Option<DiskUse>,
    /// What each instance takes.
    pub instances: BTreeMap<InstanceName, Takes>,
}

impl Figures {
    /// The last figures that a server measured for a class; none if no server runs.
    pub fn kept(room: &Room, now: Timestamp) -> Option<Self> {
        let text = fs_err::read(room.folder.figures()).ok()?;
        let kept: Self = serde_json::from_slice(&text).ok()?;
        (now.duration_since(kept.at).abs() < FRESH).then_some(kept)
    }

    /// The last figures of a class, or new ones if there are none.
    pub(super) fn of(job: &Job, room: &Room, now: Timestamp) -> Self {
        Self::kept(room, now).unwrap_or_else(|| Meter::default().measured(job, room))
    }
}

/// The last figures of the open class; none if no class is open or no server measures.
pub fn figures(state: &StateDir) -> Option<Figures> {
    let room = Room::open(state).ok().flatten()?;
    Figures::kept(&room, Timestamp::now())
}

/// How full the disk of the state folder is now; none if the system does not tell.
pub(super) fn disk_use(state: &StateDir) -> Option<DiskUse> {
    space::used(state).map(|used| DiskUse { used, nearly_full: used >= space::NEARLY_FULL })
}
