//! A request to cancel an operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Belongs to one operation; copies share its state. Long work checks it and stops cleanly.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Requests that the operation stops.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether this was requested.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// The flag that the modules below check.
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }
}
