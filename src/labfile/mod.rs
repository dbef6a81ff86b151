//! The first stage: a lab file becomes a [`crate::model::Lab`], or all that is wrong with it is said at once.
//!
//! [`find`] a file, read its shape, resolve what its names refer to: the result is complete and valid, and
//! nothing has been touched. [`crate::diagnostic`] is a problem as data, [`render`] shows it. [`crate::diagnostic::parse_toml`] is the
//! front end that reads it, as all files that people write.

mod at;
mod capacity;
mod file;
mod find;
#[cfg(test)]
mod properties;
mod resolve;
mod schema;
mod setting;
mod source;

pub use capacity::{HostFigures, capacity};
pub use find::{FindError, LAB_FILE, bundled_labs, find};
pub use resolve::{Loaded, load};
pub use schema::schema;
pub use setting::{OPTION, Setting, SettingError};
pub use source::{LabPart, LabSource};
