//! Entering a network namespace, which the standard library cannot do.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

/// Moves the calling thread, and no other, into the network namespace at this path
/// (`/run/netns/lab-<instance>`, `/proc/<pid>/ns/net`).
///
/// Sockets that the thread opens from now on stay in that namespace, and threads and processes that it starts
/// inherit it. The thread cannot return, so call this at the start of a thread made for the purpose.
///
/// # Errors
/// When the path cannot be opened or is not a network namespace, or the caller lacks the rights to enter it
/// (root has them).
pub fn enter(path: &Path) -> io::Result<()> {
    let namespace = fs_err::File::open(path)?.into_parts().0;
    set(&namespace).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot enter the network namespace {}: {error}", path.display()),
        )
    })
}

/// Moves the calling thread, and no other, into a new, empty network namespace. The kernel removes it with
/// the last thread, process and socket in it.
///
/// # Errors
/// When the caller lacks the rights to create one (root has them).
pub fn create() -> io::Result<()> {
    // SAFETY: only the network namespace is unshared, and no file table.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNET) }?;
    Ok(())
}

fn set(namespace: &File) -> io::Result<()> {
    // SAFETY: setns takes two integers and no pointer; the descriptor is open for the whole call.
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
