//! Enters the network of an instance, with clear errors if that fails.

use super::error::{AppError, ErrorKind};
use super::explain::sudo;
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
