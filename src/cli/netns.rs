//! Entering an instance's network, with words for when that does not work.

use super::blame::sudo;
use super::error::CliError;
use super::exit::Exit;
use crate::host::Host;
use crate::model::InstanceName;

/// Moves this thread into an instance's network namespace. There is no way back.
///
/// # Errors
/// When there is none yet, or this process may not.
pub fn enter(host: &Host, name: &InstanceName) -> Result<(), CliError> {
    crate::base::netns::enter(&host.netns()).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => CliError::failed(format!("`{name}` has no network")).because(error),
        std::io::ErrorKind::PermissionDenied => {
            CliError::new(Exit::HOST, format!("the network of `{name}` cannot be entered"))
                .because(error)
                .maybe_hint(sudo())
        }
        _ => CliError::failed(format!("the network of `{name}` cannot be entered")).because(error),
    })
}
