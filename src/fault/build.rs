//! A word and what was said about it → a fault, or all that is wrong with it.

use super::{Key, Keys, Need, Word};
use crate::model::fault::{Direction, DiskIo, Fault, PauseClock};
use crate::model::{Bytes, Millis};

/// Something that is wrong with what was said about a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key that it is about.
    pub key: Key,
    /// Whether the key is not there at all.
    pub missing: bool,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// The longest that frames may be held up: netem keeps 1000 of them.
const LONGEST_LATENCY: Millis = Millis(10_000);

/// The least that a rate may let through, in bytes a second: a frame must be able to pass.
const LEAST_RATE: Bytes = Bytes(1 << 10);

/// The fault, with its defaults filled in.
///
/// # Errors
/// Every key that the fault does not take, that it needs, or whose value is out of its range.
pub fn build(word: Word, keys: &Keys) -> Result<Fault, Vec<Problem>> {
    let mut problems = foreign(word, keys);
    problems.extend(missing(word, keys));
    problems.extend(out_of_range(word, keys));
    if !problems.is_empty() {
        return Err(problems);
    }
    fault(word, keys).ok_or(problems)
}

fn foreign(word: Word, keys: &Keys) -> Vec<Problem> {
    let takes = word.entry().takes;
    let foreign = keys.given().into_iter().filter(|key| takes.iter().all(|(known, _)| known != key));
    let help = match takes {
        [] => "leave it out".to_owned(),
        takes => {
            let names: Vec<String> = takes.iter().map(|(key, _)| format!("`{key}`")).collect();
            format!("leave it out; `{word}` takes {}", names.join(", "))
        }
    };
    let problem = |key| Problem {
        key,
        missing: false,
        message: format!("`{word}` has no `{key}`"),
        help: help.clone(),
    };
    foreign.map(problem).collect()
}

fn missing(word: Word, keys: &Keys) -> Vec<Problem> {
    let given = keys.given();
    let needed = word.entry().takes.iter().filter(|(_, need)| *need == Need::Required);
    let missing = needed.map(|(key, _)| *key).filter(|key| !given.contains(key));
    let problem = |key: Key| Problem {
        key,
        missing: true,
        message: format!("`{word}` needs `{key}`"),
        help: format!("add `{}`", key.example()),
    };
    missing.map(problem).collect()
}

fn out_of_range(word: Word, keys: &Keys) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut check = |key: Key, right: bool, range: &str| {
        if !right {
            let message = format!("`{key}` is out of its range");
            problems.push(Problem { key, missing: false, message, help: format!("write {range}") });
        }
    };
    let part = |value: Option<u32>| value.is_none_or(|value| (1..=99).contains(&value));
    check(Key::Share, part(keys.share), "1 to 99, in percent of a processor");
    check(Key::Percent, part(keys.percent), "1 to 99; for all frames take `silent-cut`");
    check(Key::Operations, keys.operations.is_none_or(|value| value >= 1), "1 or more");
    check(Key::Off, keys.off.is_none_or(|off| off.0 >= 1), "`\"1ms\"` or more");
    check(Key::By, keys.by.is_none_or(|by| by.0 >= 1000), "`\"1s\"` or more");
    check(Key::Limit, keys.limit.is_none_or(|limit| limit >= LEAST_RATE), "`\"1KiB\"` or more");
    let held = |time: Option<Millis>, least: u64| {
        time.is_none_or(|time| (least..=LONGEST_LATENCY.0).contains(&time.0))
    };
    // What overtakes must be told from what is held up, on a machine whose answer takes a millisecond or two by itself.
    let (least, range) = match word {
        Word::Reorder => (5, "`\"5ms\"` to `\"10s\"`"),
        _ => (1, "`\"1ms\"` to `\"10s\"`"),
    };
    check(Key::Latency, held(keys.latency, least), range);
    // Frames cannot be early, so a larger variation would be cut off at none.
    let most = keys.latency.unwrap_or(LONGEST_LATENCY);
    check(Key::Variation, keys.variation.is_none_or(|time| time <= most), "`\"0ms\"` to what `latency` is");
    let folder = keys
        .folder
        .as_ref()
        .is_none_or(|folder| folder.starts_with('/') && !folder.trim_end_matches('/').is_empty());
    check(Key::Folder, folder, "the whole path of a folder, such as `\"/srv/data\"`; not `/`");
    problems
}

/// The fault; none when something is missing.
fn fault(word: Word, keys: &Keys) -> Option<Fault> {
    let network = || keys.network.clone();
    let restart = keys.restart.unwrap_or(false);
    Some(match word {
        Word::PowerCut | Word::PowerCycle => Fault::PowerCut,
        Word::GracefulStop => Fault::GracefulStop,
        Word::KernelPanic => Fault::KernelPanic,
        Word::Pause => Fault::Pause { clock: keys.clock.unwrap_or(PauseClock::Frozen) },
        Word::CpuStarvation => Fault::CpuStarvation { share: keys.share.unwrap_or(10) },
        Word::ClockJump => Fault::ClockJump { by: keys.by?, backward: keys.backward.unwrap_or(false) },
        Word::ServiceKill => Fault::ServiceKill { service: keys.service.clone()?, restart },
        Word::ServiceHang => Fault::ServiceHang { service: keys.service.clone()? },
        Word::ServiceStop => Fault::ServiceStop { service: keys.service.clone()? },
        Word::ClusterKill => Fault::ClusterKill { restart },
        Word::ClusterHang => Fault::ClusterHang,
        Word::LinkDown => Fault::LinkDown { network: network() },
        Word::SilentCut => Fault::SilentCut { network: network() },
        Word::Partition => Fault::Partition { network: network() },
        Word::OneWay => {
            let direction = keys.direction.unwrap_or(Direction::Out);
            Fault::OneWay { direction, network: network() }
        }
        Word::PathCut => Fault::PathCut { path: keys.path.clone()? },
        Word::Loss => Fault::Loss { percent: keys.percent?, network: network() },
        Word::Rate => Fault::Rate { limit: keys.limit?, network: network() },
        Word::Delay => {
            let variation = keys.variation.unwrap_or_default();
            Fault::Delay { latency: keys.latency?, variation, network: network() }
        }
        Word::Reorder => {
            let latency = keys.latency.unwrap_or(Millis(20));
            Fault::Reorder { percent: keys.percent?, latency, network: network() }
        }
        Word::DiskError => Fault::DiskError { disk: keys.disk.clone()?, io: keys.io.unwrap_or(DiskIo::All) },
        Word::SlowDisk => {
            Fault::SlowDisk { disk: keys.disk.clone()?, operations: keys.operations.unwrap_or(20) }
        }
        Word::FullDisk => Fault::FullDisk { folder: keys.folder.clone()? },
        Word::SplitBrain => Fault::SplitBrain,
    })
}
