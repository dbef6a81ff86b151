//! A small disk, for tests of a full one. It needs root.

use std::path::Path;
use std::process::Command;

/// Uses a folder on a disk of this size, which is mounted for the calling thread, and for programs that it
/// starts.
pub fn on_small_disk<T: Send>(kib: u32, work: impl FnOnce(&Path) -> T + Send) -> T {
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
