//! The connection to an instance's daemon.

use std::sync::{Arc, Mutex, PoisonError};

use virt::connect::Connect;
use virt::error::{Error, ErrorNumber};

use crate::host::Host;
use crate::work::ProviderError;

/// One connection, opened when it is first needed. Handles may be used by many threads.
#[derive(Default)]
pub(super) struct Connection(Mutex<Option<Arc<Connect>>>);

impl Connection {
    /// The open connection.
    pub(super) fn get(&self, host: &Host) -> Result<Arc<Connect>, ProviderError> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = slot.as_ref().filter(|open| open.is_alive().unwrap_or(false)) {
            return Ok(Arc::clone(open));
        }
        // libvirt would print every error by itself otherwise.
        virt::error::clear_error_callback();
        let open =
            Arc::new(Connect::open(Some(&host.uri())).map_err(refused("connect to the embedded host"))?);
        *slot = Some(Arc::clone(&open));
        Ok(open)
    }

    /// Forgets the connection, because the daemon is about to end.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What libvirt refused, with what was tried.
pub(super) fn refused(what: impl Into<String>) -> impl FnOnce(Error) -> ProviderError {
    let what = format!("cannot {}", what.into());
    move |source| ProviderError::Host { what, source: Box::new(source) }
}

/// An object that may not be there: none instead of libvirt's error for that.
pub(super) fn if_there<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(object) => Ok(Some(object)),
        Err(error)
            if error
                .code()
                .is_known_and(|code| matches!(code, ErrorNumber::NoDomain | ErrorNumber::NoNetwork)) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
