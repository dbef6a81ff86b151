//! Entering an instance's network, with words for when that does not work.

use super::error::{AppError, ErrorKind};
use super::explain::sudo;
use crate::model::InstanceName;
use crate::provider::Vantage;

/// Moves this thread to where the clients of an instance are. There is no way back.
///
/// # Errors
/// When there is none yet, or this process may not.
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
