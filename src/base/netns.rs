//! Entering a network namespace: the one thing that the standard library cannot do for probes and daemons.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

/// Moves the calling thread, and no other, into the network namespace that this path names
/// (`/run/netns/lab-<instance>`, `/proc/<pid>/ns/net`).
///
/// Sockets that the thread opens from now on are in that namespace and stay there. Threads and processes that it
/// starts are born in it. There is no way back but to end the thread, so call it at the start of a thread of its own.
///
/// # Errors
/// When the path cannot be opened, is no network namespace, or the caller may not enter it (it takes root).
pub fn enter(path: &Path) -> io::Result<()> {
    let namespace = fs_err::File::open(path)?.into_parts().0;
    set(&namespace).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot enter the network namespace {}: {error}", path.display()),
        )
    })
}

/// Moves the calling thread, and no other, into a new network namespace with nothing in it. It is gone with the last
/// thread, process and socket that is in it.
///
/// # Errors
/// When the caller may not make one (it takes root).
pub fn create() -> io::Result<()> {
    // SAFETY: only the network namespace is unshared, and no file table.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNET) }?;
    Ok(())
}

fn set(namespace: &File) -> io::Result<()> {
    // SAFETY: setns reads its two integers and no memory of ours; the descriptor is open for the whole call.
    let status = unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_namespace_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = enter(file.path()).unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
        let missing = enter(Path::new("/nowhere/at/all")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
