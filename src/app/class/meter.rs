//! Measures what the instances of an open class take, and finds the one that fills the disk.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::find::Room;
use super::hold::Hold;
use super::space;
use super::takes::{DiskSpace, Figures, Takes, disk_use};
use crate::app::Halab;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::{provider, usage};
use crate::base::space::Space;
use crate::base::write;
use crate::checkpoint::{CheckpointStore, Kind};
use crate::instance::Instance;
use crate::model::{CheckpointId, ForExercise, InstanceName};
use crate::state::StateDir;

/// The period that processor time and growth are counted in.
const MINUTE: Duration = Duration::from_secs(60);

/// An instance whose disks grow by less than this in a minute is not what fills the disk, in bytes: logs, and
/// what a person types.
const CALM: u64 = 32 << 20;

/// On a small disk, this part of it.
const SMALL: u64 = 512;

/// How long an instance that was paused is not paused again: it may just be going back to its start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Remembers the figures of the last minute.
#[derive(Debug, Default)]
pub struct Meter {
    samples: VecDeque<(Instant, BTreeMap<InstanceName, Sample>)>,
    /// Whose state a checkpoint has, and whether it is a hand-in: that never changes. None: no student's.
    owners: BTreeMap<CheckpointId, Option<(InstanceName, bool)>>,
    held: BTreeMap<InstanceName, Instant>,
}

/// What grows while an instance runs.
#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    processor: Option<Duration>,
    overlays: Option<u64>,
}

impl Meter {
    /// Measures the open class, if one is open, and keeps the figures for those who look. Returns what has to
    /// be done against a disk that fills up.
    ///
    /// # Errors
    /// When the folder of a class cannot be used.
    pub fn turn(&mut self, halab: &Halab) -> Result<Option<Hold>, AppError> {
        let Some(room) = Room::open(&halab.state)? else { return Ok(None) };
        let figures = self.measured(&halab.quiet_job(), &room);
        // On a full disk the figures before are kept until they are old.
        let _ =
            write::until_restart(&room.folder.figures(), &serde_json::to_vec(&figures).unwrap_or_default());
        Ok(self.fills(halab, &figures))
    }

    /// The figures of a class now. What a minute is needed for is known from the second time on.
    pub(super) fn measured(&mut self, job: &Job, room: &Room) -> Figures {
        let now = Instant::now();
        let stored = self.stored(job);
        let (mut instances, mut samples) = (BTreeMap::new(), BTreeMap::new());
        for place in room.places() {
            let Ok(Some(instance)) = Instance::load(&job.state, &place.instance) else { continue };
            let (mut takes, sample) = looked(job, &instance);
            takes.processor = self.processor(&instance.name, sample, now);
            if let (Some(disk), Some(stored)) = (&mut takes.disk, stored.get(&instance.name)) {
                (disk.save_points, disk.hand_ins) = *stored;
            }
            samples.insert(instance.name.clone(), sample);
            instances.insert(instance.name, takes);
        }
        self.samples.retain(|(at, _)| now.saturating_duration_since(*at) <= MINUTE);
        self.samples.push_back((now, samples));
        Figures { at: Timestamp::now(), disk: disk_use(&job.state), instances }
    }

    /// The instance that has to be paused: the one that grew most in the last minute, while the disk is
    /// nearly full.
    fn fills(&mut self, halab: &Halab, figures: &Figures) -> Option<Hold> {
        let now = Instant::now();
        self.held.retain(|_, at| now.saturating_duration_since(*at) < PATIENCE);
        if !space::is_nearly_full(&halab.state) {
            return None;
        }
        let space = Space::of(halab.state.root()).ok()?;
        let may = |name: &InstanceName| {
            let stands = figures.instances.get(name).is_some_and(|takes| takes.paused.is_none());
            stands && !self.held.contains_key(name)
        };
        let growing = figures.instances.keys().filter(|name| may(name)).map(|name| (self.growth(name), name));
        let (grown, name) = growing.max()?;
        if grown < CALM.min(space.all / SMALL) {
            return None;
        }
        let instance = name.clone();
        self.held.insert(instance.clone(), now);
        Some(Hold { instance, grown })
    }

    /// By how much the disks of an instance have grown since the oldest sample, in bytes.
    fn growth(&self, name: &InstanceName) -> u64 {
        let mut known = self.samples.iter().filter_map(|(_, all)| all.get(name)?.overlays);
        let first = known.next().unwrap_or_default();
        known.next_back().unwrap_or_default().saturating_sub(first)
    }

    /// The processor time since the oldest sample, in percent of one processor.
    fn processor(&self, name: &InstanceName, sample: Sample, now: Instant) -> Option<u32> {
        let known = |(at, all): &(Instant, BTreeMap<InstanceName, Sample>)| {
            let since = now.saturating_duration_since(*at);
            (since <= MINUTE).then_some(since).zip(all.get(name)?.processor)
        };
        let (since, before) = self.samples.iter().find_map(known)?;
        // A host that was made again counts from zero.
        let taken = sample.processor?.checked_sub(before)?;
        let share = taken.as_secs_f64() / since.as_secs_f64().max(0.001) * 100.0;
        Some(share.round() as u32)
    }

    /// The disk space of each instance's save points and hand-ins, in bytes.
    fn stored(&mut self, job: &Job) -> BTreeMap<InstanceName, (u64, u64)> {
        let store = CheckpointStore::new(&job.state);
        let ids = store.names().unwrap_or_default();
        self.owners.retain(|id, _| ids.contains(id));
        let mut all: BTreeMap<InstanceName, (u64, u64)> = BTreeMap::new();
        for id in ids {
            let known = self.owners.get(&id).cloned();
            let Some(owner) = known.or_else(|| Some(owner(store.get(&id).ok()??))) else { continue };
            if let Some((instance, is_hand_in)) = &owner {
                // One that is being deleted takes nothing.
                let bytes = usage::of_tree(&store.folder(&id)).unwrap_or_default();
                let sums = all.entry(instance.clone()).or_default();
                if *is_hand_in { sums.1 += bytes } else { sums.0 += bytes }
            }
            self.owners.insert(id, owner);
        }
        all
    }
}

/// Whose state a checkpoint has. The start of an exercise is everyone's.
fn owner(found: crate::checkpoint::Checkpoint) -> Option<(InstanceName, bool)> {
    let id = found.id();
    let is_own = found.spec.kind == Kind::Exercise && !id.is_for(ForExercise::Start);
    let is_hand_in = id.is_for(ForExercise::Submission);
    is_own.then_some((found.spec.instance.name, is_hand_in))
}

/// What an instance takes by itself, as its control group and its files tell.
fn looked(job: &Job, instance: &Instance) -> (Takes, Sample) {
    let provider = provider::of(job, instance).ok();
    let provider = provider.as_deref();
    let name = &instance.name;
    let overlays = usage::of_instance(&job.state, name).ok();
    let records = || Some(of_records(&job.state, name));
    let disk = overlays.zip(records());
    let disk = disk.map(|(overlays, records)| DiskSpace { overlays, records, ..DiskSpace::default() });
    let takes = Takes {
        memory: provider.and_then(|provider| provider.memory()),
        processor: None,
        disk,
        paused: provider.and_then(|provider| provider.paused_by_itself()),
    };
    (takes, Sample { processor: provider.and_then(|provider| provider.processor_time()), overlays })
}

/// The disk space of an instance's records, in bytes.
pub(super) fn of_records(state: &StateDir, name: &InstanceName) -> u64 {
    let of = |folder: &Path| usage::of_tree(folder).unwrap_or_default();
    of(&state.records(name)) + of(&state.exercises(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(seat: u8) -> InstanceName {
        format!("ha1-s{seat:02}").parse().unwrap()
    }

    fn sample(processor: Option<u64>, overlays: u64) -> Sample {
        Sample { processor: processor.map(Duration::from_millis), overlays: Some(overlays) }
    }

    #[test]
    fn growth_and_processor_time_are_those_of_a_minute() {
        let begin = Instant::now();
        let mut meter = Meter::default();
        for (second, one, other) in [(0, 100, 500), (10, 300, 400)] {
            let both =
                BTreeMap::from([(name(1), sample(Some(second * 500), one)), (name(2), sample(None, other))]);
            meter.samples.push_back((begin + Duration::from_secs(second), both));
        }
        assert_eq!([meter.growth(&name(1)), meter.growth(&name(2)), meter.growth(&name(3))], [200, 0, 0]);
        let share = |seat, processor, second| {
            meter.processor(&name(seat), sample(processor, 0), begin + Duration::from_secs(second))
        };
        assert_eq!(share(1, Some(10_000), 20), Some(50));
        // The first sample is too old, the second is not.
        assert_eq!(share(1, Some(35_000), 65), Some(55));
        assert_eq!(share(1, Some(40_000), 120), None);
        // A host that was made again, one without a control group, and one that was not there before.
        assert_eq!([share(1, Some(0), 65), share(2, None, 20), share(3, Some(5), 20)], [None; 3]);
    }
}
