//! Whether the writes that the start drill had acknowledged are there: in the page that lists them, and on
//! the secondary disks of the copy after its nodes shut down.
//!
//! A page can list what it took from a log. Each nonce on a mirrored disk was written there.

use std::collections::BTreeSet;
use std::path::Path;

use super::copy::Copy;
use super::power;
use crate::app::drill::program;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::base::nonces::Nonces;
use crate::drill::writes_there;
use crate::exercise::judge::Judged;
use crate::exercise::writes;
use crate::model::LoadName;
use crate::model::drill::Drill;
use crate::record;

/// Judges the writes of a load of the start drill by a copy, whose nodes are off afterwards. `record` is the
/// record of that drill.
///
/// # Errors
/// When a node cannot be switched off, a disk cannot be read, or the operation is cancelled.
pub fn judged(
    job: &Job,
    copy: &Copy<'_>,
    start: Option<&Drill>,
    record: Option<&Path>,
    load: &LoadName,
) -> Result<Judged, AppError> {
    let written_by = start.and_then(|drill| drill.loads.iter().find(|known| known.name == *load));
    let (Some(written_by), Some(file)) = (written_by, record) else {
        return Ok(Judged::unclear("the record of the start is missing"));
    };
    let Ok(record) = record::read(file) else {
        return Ok(Judged::unclear("the record of the start cannot be read"));
    };
    let (acknowledged, nonces) = (writes::acknowledged(&record, load), writes::nonces(&record, load));
    let (Some(first), Some(last)) = (acknowledged.first(), acknowledged.last()) else {
        return Ok(writes::kept(&[], &[], None));
    };
    let locked = copy.locked()?;
    let numbers = (*first..last + 1, nonces.clone());
    let provider = locked.provider.as_ref();
    // A page that cannot be read keeps nothing.
    let there = writes_there(provider, &program()?, &locked.instance.lab, written_by, numbers);
    let there = there.unwrap_or_default();
    let on_disk = match nonces {
        Some(nonces) if !there.is_empty() => on_disks(job, copy, &acknowledged, &nonces)?,
        _ => None,
    };
    Ok(writes::kept(&acknowledged, &there, on_disk.as_ref()))
}

/// Which writes are on a secondary disk of a node; none if that says nothing: there is no such disk, or a
/// node did not shut down and so did not write everything to it.
fn on_disks(
    job: &Job,
    copy: &Copy<'_>,
    acknowledged: &[u64],
    nonces: &Nonces,
) -> Result<Option<BTreeSet<u64>>, AppError> {
    let locked = copy.locked()?;
    let disks = locked.instance.desired.nodes.iter().flat_map(|node| &node.disks);
    let secondary: Vec<_> = disks.map(|disk| &disk.id).filter(|id| id.disk.is_some()).collect();
    if secondary.is_empty() || !power::all_off(job, locked)?.is_empty() {
        return Ok(None);
    }
    // A file system may cut a nonce in two, but not twice within these few bytes.
    let halves: Vec<String> = acknowledged.iter().flat_map(|number| nonces.halves(*number)).collect();
    let (program, mut found) = (program()?, BTreeSet::new());
    for disk in secondary {
        match locked.provider.find_texts(disk, &halves, &program, job.cancel())? {
            Some(places) => found.extend(places.iter().filter_map(|place| acknowledged.get(place / 2))),
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}
