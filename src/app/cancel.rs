//! The wish that an operation stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Belongs to one operation; copies are the same wish. Long work looks at it and stops cleanly.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the operation to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked to stop.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// The flag that the modules below look at.
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }
}
