//! A full disk: a drill that loses its record ends at once with the reason, and heals its faults.

use halab::record::{Ending, What};

use super::alone;
use super::cluster::{Cluster, Faults};
use super::disks::on_small_disk;
use super::engine::{hurried, try_in};

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_drill_whose_record_is_lost_ends_and_says_so() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let mut told = Vec::new();
    let performed = on_small_disk(40, |folder| {
        try_in(folder, None, &cluster, &hurried(), true, &mut |event, _| {
            if let What::Ended { ending } = &event.what {
                told.push(ending.clone());
            }
        })
    });
    let Ending::Failed { reason } = &performed.ending else { panic!("{:?}", performed.ending) };
    assert!(
        reason.starts_with("the record cannot be written") && reason.contains("No space left"),
        "{reason}"
    );
    assert_eq!(told, std::slice::from_ref(&performed.ending), "said while it runs");
    assert!(performed.written.is_err() && performed.left.is_empty());
}
