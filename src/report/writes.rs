//! The outcome of the writes of a load: whether every acknowledged one is present at the end.
//!
//! An unknown outcome never counts as a failure. A request that timed out, lost its connection or got a
//! server error may still have been written; only one that never reached a server (refused, no route) was
//! certainly not.

use std::collections::{BTreeMap, BTreeSet};

use super::analysis::{StepDone, StepKind};
use super::counts::WritesSummary;
use super::index::Index;
use crate::model::Origin;
use crate::model::drill::Load;
use crate::record::{Answer, What};

/// The outcome of a write.
#[derive(PartialEq)]
enum Known {
    Written,
    NotWritten,
    Nothing,
}

fn known(answer: &Answer) -> Known {
    match answer {
        Answer::Ok => Known::Written,
        Answer::Refused | Answer::NoRoute => Known::NotWritten,
        Answer::Reset
        | Answer::ConnectTimeout
        | Answer::Timeout
        | Answer::Incomplete
        | Answer::Status { .. }
        | Answer::WrongBody { .. }
        | Answer::Other { .. } => Known::Nothing,
    }
}

/// Compares the acknowledged writes with those present at the end.
pub fn summary(index: &Index<'_>, load: &Load, steps: &[StepDone]) -> WritesSummary {
    let cut = steps.iter().find(|step| step.kind == StepKind::Off).map(|step| step.earliest);
    // The page that lists the writes is one of the lab's nodes.
    let (load_name, origin) = (load.name.to_string(), Origin::Told);
    let mut summary = WritesSummary { load: load_name, origin, ..WritesSummary::default() };
    let first_id = index.first_ids.get(&load.name).copied().unwrap_or_default();
    let there = match read(index, load) {
        Ok(ids) => Some(ids),
        Err(reason) => {
            summary.unread = Some(reason);
            None
        }
    };
    let count = |id: &u64| there.as_ref().map(|there| there.get(id).copied().unwrap_or_default());
    let mut attempted = BTreeSet::new();
    for sample in index.samples_of(&load.name) {
        let id = first_id + sample.seq;
        attempted.insert(id);
        let present = count(&id);
        match known(&sample.answer) {
            Known::Written => {
                summary.acknowledged += 1;
                if present == Some(0) {
                    summary.lost.push(id);
                    match cut {
                        Some(cut) if sample.done < cut => {
                            summary.recovery_point = summary.recovery_point.max(Some(cut.since(sample.done)));
                        }
                        Some(_) => summary.lost_after_cut += 1,
                        None => {}
                    }
                }
            }
            Known::NotWritten => {
                summary.failed += 1;
                summary.impossible.extend(present.is_some_and(|count| count > 0).then_some(id));
            }
            Known::Nothing => {
                summary.unknown += 1;
                summary.unknown_present += usize::from(present.is_some_and(|count| count > 0));
            }
        }
    }
    summary.attempted = attempted.len();
    for (id, count) in there.unwrap_or_default() {
        summary.duplicated.extend((count > 1).then_some(id));
        summary.foreign.extend((!attempted.contains(&id)).then_some(id));
    }
    summary
}

/// How often each number is in the ledger.
fn read(index: &Index<'_>, load: &Load) -> Result<BTreeMap<u64, usize>, String> {
    let page = index.record.events.iter().rev().find_map(|event| match &event.what {
        What::Ledger { load: of, ids, failure } if *of == load.name => Some((ids, failure)),
        _ => None,
    });
    match page {
        None => Err("the ledger was not read at the end".to_owned()),
        Some((_, Some(failure))) => Err(failure.clone()),
        Some((ids, None)) => {
            let mut counts = BTreeMap::new();
            for id in ids {
                *counts.entry(*id).or_default() += 1;
            }
            Ok(counts)
        }
    }
}
