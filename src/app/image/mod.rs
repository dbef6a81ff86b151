//! `lab image`: the images that guests boot from.

mod add;
mod build;
mod list;
mod remove;

pub use add::{Add, From};
pub use build::{Build, Built, Which};
pub use list::{List, Row};
pub use remove::Remove;
