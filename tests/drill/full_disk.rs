//! A full disk: a drill that loses its record ends at once with the reason, and heals its faults.

use std::path::Path;
use std::process::Command;

use halab::record::{Ending, What};

use super::alone;
use super::cluster::{Cluster, Faults};
use super::engine::{hurried, try_in};

/// Uses a folder on a disk of this size, which is mounted for the calling thread only.
fn on_small_disk<T: Send>(kib: u32, work: impl FnOnce(&Path) -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let folder = tempfile::tempdir().unwrap();
            // SAFETY: nothing else of this process shares the file system state of this thread.
            unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) }.unwrap();
            let run = |words: &[&str]| assert!(Command::new("mount").args(words).status().unwrap().success());
            run(&["--make-rprivate", "/"]);
            let size = format!("size={kib}k");
            let place = folder.path().to_str().unwrap();
            run(&["-t", "tmpfs", "-o", &size, "small", place]);
            let result = work(folder.path());
            assert!(Command::new("umount").args(["-l", place]).status().unwrap().success());
            result
        });
        thread.join().unwrap()
    })
}

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
