//! The part of the disk that is kept free: on a full disk all instances of a machine stop at once, and their
//! guests see write errors.

use super::error::{AppError, ErrorKind};
use super::usage::size;
use crate::base::space::Space;
use crate::labfile::HostFigures;
use crate::state::StateDir;

/// Refuses work that makes large files while the disk of the state folder is nearly full.
///
/// # Errors
/// When less is free than the reserve.
pub fn check(state: &StateDir) -> Result<(), AppError> {
    // A machine that cannot be asked is not refused.
    HostFigures::read(state.root()).map_or(Ok(()), |figures| refuse(&figures, state))
}

fn refuse(figures: &HostFigures, state: &StateDir) -> Result<(), AppError> {
    let space = Space { all: figures.disk.0, free: figures.disk_free.0 };
    if !space.is_short() {
        return Ok(());
    }
    let reserve = space.reserve();
    let (free, kept) = (size(figures.disk_free.0), size(reserve));
    let place = state.root().display();
    let message = format!("the disk of {place} is nearly full: {free} are free, and {kept} are kept free");
    Err(AppError::new(ErrorKind::Host, message)
        .hint("`lab df` shows what takes space, and `lab gc` deletes what is no longer needed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bytes;

    #[test]
    fn work_is_refused_before_the_disk_is_full() {
        let state = StateDir::at("/labs");
        let with = |disk, free| {
            let memory = Bytes::gib(1);
            refuse(&HostFigures { memory, memory_free: memory, disk, disk_free: free }, &state)
        };
        assert!(with(Bytes::gib(100), Bytes::gib(2)).is_ok());
        let error = with(Bytes::gib(100), Bytes::mib(900)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Host);
        assert!(error.message.contains("900 MiB are free, and 1.0 GiB are kept free"), "{}", error.message);
        assert!(with(Bytes::gib(2), Bytes::mib(200)).is_ok(), "a small disk");
        assert!(with(Bytes::gib(2), Bytes::mib(50)).is_err());
    }
}
