//! Enters the network of an instance, with clear errors if that fails.

use std::process::Command;

use super::error::{AppError, ErrorKind};
use super::explain::sudo;
use crate::base::user::User;
use crate::model::InstanceName;
use crate::provider::Vantage;

/// Moves this thread into the network of an instance's clients. It cannot leave it again.
///
/// # Errors
/// When the network does not exist yet, or this process has no permission.
pub fn enter(vantage: &(impl Vantage + ?Sized), name: &InstanceName) -> Result<(), AppError> {
    vantage.enter().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => AppError::failed(format!("`{name}` has no network")).because(error),
        std::io::ErrorKind::PermissionDenied => {
            AppError::new(ErrorKind::Host, format!("the network of `{name}` cannot be entered"))
                .because(error)
                .maybe_hint(sudo())
        }
        _ => AppError::failed(format!("the network of `{name}` cannot be entered")).because(error),
    })
}

/// Who may send pings without further rights in the network of the calling thread.
const PING_GROUPS: &str = "/proc/sys/net/ipv4/ping_group_range";

/// All groups.
const ALL: &str = "0 2147483647";

/// The user with whose rights a client runs; none if with those of this process.
///
/// # Errors
/// When this process cannot take that user's rights.
pub fn client_user(uid: Option<u32>) -> Result<Option<User>, AppError> {
    let own = rustix::process::geteuid().as_raw();
    match uid {
        None => Ok(None),
        Some(uid) if uid == own => Ok(None),
        Some(uid) if own != 0 => Err(AppError::new(
            ErrorKind::Host,
            format!("only root runs a client as another user (uid {uid}), and this is uid {own}"),
        )),
        Some(uid) => User::of(uid)
            .map(Some)
            .map_err(|error| AppError::failed("the client's user cannot be found").because(error)),
    }
}

/// Lets a client run with a user's rights, in the network that this thread has entered.
pub fn run_as(user: Option<&User>, command: &mut Command) {
    let Some(user) = user else { return };
    // `ping` gets no rights of its own any more. Without this it fails, and nothing else does.
    let _ = fs_err::write(PING_GROUPS, ALL);
    user.run(command);
}
