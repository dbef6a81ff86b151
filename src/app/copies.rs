//! Several instances of one lab, for example for a class: each with its own embedded host, all from one
//! baseline.

use std::path::{Path, PathBuf};
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, Found};
use super::bring_up::{How, bring_up};
use super::error::{AppError, ErrorKind};
use super::instances::Each;
use super::job::Job;
use super::up::CopyUp;
use super::wanted::WantedLab;
use super::{provider, roster, usage};
use crate::apply::InstanceLock;
use crate::base::text_file;
use crate::base::words::{join, seconds, several};
use crate::labfile::HostFigures;
use crate::model::{InstanceName, Node};

/// The maximum number of copies, which catches typing errors.
pub const MOST: u16 = 500;

/// The memory of an idle copy of a machine, in addition to the pages that it writes: QEMU itself and, if
/// guests are emulated, their translated code. `make bench` measures both together: 112 to 118 MiB for a
/// machine of 512 MiB, which is below the sum of the two figures here.
const OVERHEAD: u64 = 100 << 20;

/// An idle copy has `1 / OWN_SHARE` of a machine's memory for itself. See [`OVERHEAD`].
const OWN_SHARE: u64 = 8;

/// What a copy has for itself when it was worked on: `make bench` measures 388 MiB for a machine of 512 MiB
/// after a drill.
const WORKED_ON: (u64, u64) = (3, 4);

/// How many virtual processors share one of the machine before times that are measured are those of the
/// machine.
pub const PER_PROCESSOR: u64 = 8;

/// The memory that a copy of these machines takes when it idles, in bytes: an estimate.
pub fn idle(nodes: &[Node]) -> u64 {
    nodes.iter().map(|node| node.memory.0 / OWN_SHARE + OVERHEAD).fold(0, u64::saturating_add)
}

/// The memory that a copy of these machines takes when it was worked on, in bytes: an estimate.
pub fn worked_on(nodes: &[Node]) -> u64 {
    let (part, of) = WORKED_ON;
    nodes.iter().map(|node| node.memory.0 / of * part + OVERHEAD).fold(0, u64::saturating_add)
}

/// The memory that a copy takes when its machines use all that they have, in bytes.
pub fn full(nodes: &[Node]) -> u64 {
    nodes.iter().map(|node| node.memory.0 + OVERHEAD).fold(0, u64::saturating_add)
}

/// Which copies to bring up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Copies {
    /// The number of instances, from 1 to [`MOST`], called NAME-1, NAME-2…
    Number(u16),
    /// One instance for each name in a CSV file: of its column `name` (or `nama`), or of its only column.
    Roster(PathBuf),
}

impl Copies {
    /// The names of the copies.
    ///
    /// # Errors
    /// When there are too many, or the roster cannot be read or has an invalid name.
    pub fn names(&self, wanted: &WantedLab, job: &Job) -> Result<Vec<InstanceName>, AppError> {
        match self {
            Copies::Number(number @ 1..=MOST) => {
                (1..=*number).map(|one| numbered(&wanted.name, one)).collect()
            }
            Copies::Number(number) => {
                Err(AppError::usage(format!("{number} copies cannot be made"))
                    .hint(format!("1 to {MOST} can")))
            }
            Copies::Roster(file) => read(file, job),
        }
    }
}

fn numbered(base: &InstanceName, number: u16) -> Result<InstanceName, AppError> {
    let name = format!("{base}-{number}");
    name.parse().map_err(|error| {
        AppError::usage(format!("`{name}` cannot be an instance"))
            .because(error)
            .hint("choose a shorter one with `--as NAME`")
    })
}

fn read(file: &Path, job: &Job) -> Result<Vec<InstanceName>, AppError> {
    let text = text_file::read(file)
        .map_err(|error| AppError::new(ErrorKind::BadFile, "the roster cannot be read").because(error))?;
    let roster = roster::read(&text).map_err(|error| {
        AppError::new(ErrorKind::BadFile, format!("{}:{error}", file.display()))
            .hint("a name begins with a letter; other characters than letters and digits become `-`")
    })?;
    job.say(format!(
        "{} from the {} of {}",
        several(roster.names.len(), "name"),
        roster.column,
        file.display()
    ));
    Ok(roster.names)
}

/// Brings copies up, at the same time up to the number of processors; the first one alone if there is no
/// baseline yet.
///
/// # Errors
/// When the machine has no room for them. The failure of one copy is in its place of the result.
pub fn bring_up_all(
    wanted: &WantedLab,
    names: &[InstanceName],
    how: How,
    job: &Job,
) -> Result<Each<CopyUp>, AppError> {
    provider::needs_root(job, &wanted.name)?;
    apart(wanted, names)?;
    room(wanted, names, job)?;
    job.say(format!("bringing up {} of {}", several(names.len(), "copy"), wanted.found.loaded.lab.name));
    let one = |name: &InstanceName| one(wanted, name, how, job);
    // If there is no baseline yet, the first copy saves the one that all others are restored from.
    let alone = match names.first() {
        Some(first) if !has_baseline(wanted, first, how, job)? => 1,
        _ => 0,
    };
    let (first, others) = names.split_at(alone);
    let mut all = job.for_each(first, one);
    if all.failures().next().is_none() {
        all.instances.extend(job.for_each(others, one).instances);
    }
    Ok(all)
}

/// Whether copies can be restored at once.
fn has_baseline(wanted: &WantedLab, name: &InstanceName, how: How, job: &Job) -> Result<bool, AppError> {
    if how.cold {
        return Ok(true);
    }
    let wanted = wanted.named(name, job)?;
    let provider = wanted.provider(job)?;
    let baseline = Baseline::of(&wanted.instance(job), provider.as_ref(), job)?;
    Ok(matches!(baseline.look()?, Found::Usable(_)))
}

fn one(wanted: &WantedLab, name: &InstanceName, how: How, job: &Job) -> Result<CopyUp, AppError> {
    let begin = Instant::now();
    let _lock = InstanceLock::acquire(&job.state, name, "lab up")?;
    let wanted = wanted.named(name, job)?;
    let provider = wanted.provider(job)?;
    let done = bring_up(&wanted, provider.as_ref(), how, &|_| {}, &job.in_background())?;
    let what = match (&done.from, done.plan.is_empty()) {
        (_, true) => "is up already",
        (Some(_), _) => "restored",
        (None, _) => "booted",
    };
    let took = begin.elapsed();
    job.say(format!("{:>8}  {name} {what}", seconds(took)));
    Ok(CopyUp {
        from: done.from.map(|checkpoint| checkpoint.id().clone()),
        steps: done.plan.steps.len(),
        took,
    })
}

/// Refuses copies that would meet on a bridge of the machine: they have the same addresses.
fn apart(wanted: &WantedLab, names: &[InstanceName]) -> Result<(), AppError> {
    let networks = &wanted.found.loaded.lab.networks;
    match networks.iter().find(|network| network.join.is_some()) {
        Some(network) if names.len() > 1 => Err(AppError::usage(format!(
            "copies of {} cannot be made: its network {} joins a bridge of this machine, and all copies have the \
             same addresses",
            wanted.found.loaded.lab.name, network.name
        ))
        .hint("bring one instance up, or remove `bridge` from the lab's file")),
        _ => Ok(()),
    }
}

/// Checks memory and processors before anything starts.
fn room(wanted: &WantedLab, names: &[InstanceName], job: &Job) -> Result<(), AppError> {
    let Ok(figures) = HostFigures::read(job.state.root()) else { return Ok(()) };
    let standing = job.instances()?;
    let new = names.iter().filter(|name| !standing.contains(name)).count() as u64;
    let nodes = &wanted.found.loaded.lab.nodes;
    let (full, idle) = (full(nodes), idle(nodes));
    let free = figures.memory_free.0;
    let fitting = free.saturating_sub(full) / idle.max(1);
    if new * idle + full > free && new > 1 {
        return Err(AppError::new(
            ErrorKind::Host,
            format!(
                "{} do not fit: each takes about {} when idle, and {} of memory are free",
                several(names.len(), "copy"),
                usage::size(idle),
                usage::size(free)
            ),
        )
        .hint(format!("about {} do", fitting)));
    }
    if new * full > free {
        job.warn(format!(
            "if all copies come to use all their memory, they need {} and {} are free",
            usage::size(new * full),
            usage::size(free)
        ));
    }
    let cpus: u64 = nodes.iter().map(|node| u64::from(node.cpus)).sum();
    let has = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    if new * cpus > PER_PROCESSOR * has {
        job.warn(format!(
            "{} virtual processors on {has}: drills on several copies at once will measure the load of this machine and not the cluster",
            new * cpus
        ));
    }
    let taken: Vec<&InstanceName> = names.iter().filter(|name| standing.contains(name)).collect();
    if !taken.is_empty() {
        job.explain(format!("already there: {}", join(&taken)));
    }
    Ok(())
}
