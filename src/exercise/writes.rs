//! The writes that the drill of the start had acknowledged, and whether they are there.

use std::collections::BTreeSet;

use super::judge::Judged;
use super::outcome::Seen;
use crate::base::nonces::Nonces;
use crate::model::LoadName;
use crate::record::{Answer, Record, What};

/// The numbers of the writes of a load that were acknowledged in a record, in order.
pub fn acknowledged(record: &Record, load: &LoadName) -> Vec<u64> {
    let first = record.events.iter().find_map(|event| match &event.what {
        What::LoadStarted { load: started, first_id, .. } if started == load => *first_id,
        _ => None,
    });
    let Some(first) = first else { return Vec::new() };
    let written = record.events.iter().filter_map(|event| match &event.what {
        What::Sample(sample) if sample.load == *load && sample.answer == Answer::Ok => {
            Some(first + sample.seq)
        }
        _ => None,
    });
    let mut written: Vec<u64> = written.collect();
    written.sort_unstable();
    written
}

/// The nonces of the writes of a load; none if they are plain numbers.
pub fn nonces(record: &Record, load: &LoadName) -> Option<Nonces> {
    record.events.iter().find_map(|event| match &event.what {
        What::LoadStarted { load: started, nonces, .. } if started == load => nonces.clone(),
        _ => None,
    })
}

/// Judges the writes that were acknowledged at the start by those that a page lists, and those that were seen
/// on disks, if that was looked at.
pub fn kept(acknowledged: &[u64], there: &[u64], on_disk: Option<&BTreeSet<u64>>) -> Judged {
    // Where the database is on another disk, or compressed, none is seen.
    let on_disk = on_disk.filter(|seen| !seen.is_empty());
    let there: BTreeSet<u64> = there.iter().copied().collect();
    let is_there = |number: &u64| there.contains(number) && on_disk.is_none_or(|seen| seen.contains(number));
    let lost = acknowledged.iter().filter(|number| !is_there(number)).count();
    let seen = Seen::Writes { lost, of: acknowledged.len() };
    let judged = match (acknowledged.len(), lost) {
        (0, _) => return Judged::unclear("no write was acknowledged at the start"),
        (_, 0) => Judged::passed(seen),
        (_, _) => Judged::failed(seen),
    };
    // The page that lists the writes is one of the lab's nodes.
    if on_disk.is_some() { judged } else { judged.told() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::State;
    use crate::model::Origin;

    #[test]
    fn a_write_is_kept_if_the_page_and_the_disk_have_it() {
        let (all, seen) = ([7, 8], BTreeSet::from([7, 8]));
        let lost = |judged: &Judged| match judged.seen[..] {
            [Seen::Writes { lost, .. }] => lost,
            _ => panic!("{judged:?}"),
        };
        for (there, on_disk, missing, origin) in [
            (&all[..], Some(seen.clone()), 0, Origin::Seen),
            (&all[..1], Some(seen), 1, Origin::Seen),
            (&all[..], Some(BTreeSet::from([8])), 1, Origin::Seen),
            (&all[..], Some(BTreeSet::new()), 0, Origin::Told),
            (&all[..], None, 0, Origin::Told),
        ] {
            let judged = kept(&all, there, on_disk.as_ref());
            assert_eq!((lost(&judged), judged.origin), (missing, origin), "{there:?} {on_disk:?}");
            assert_eq!(judged.state == State::Passed, missing == 0);
        }
        assert_eq!(kept(&[], &[], None).state, State::Inconclusive);
    }
}
