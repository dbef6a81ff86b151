//! The first stage: parses a lab file into a [`crate::model::Lab`], or reports all of its problems at once.
//!
//! [`find`] locates a file; parsing checks its shape; resolving checks its references. The resulting lab is
//! complete and valid. Nothing is changed on the host. [`crate::diagnostic::parse_toml`] parses the file,
//! [`crate::diagnostic`] represents its problems, and [`render`] formats them.

mod at;
mod capacity;
mod file;
mod find;
mod own;
#[cfg(test)]
mod properties;
mod resolve;
mod schema;
mod setting;
mod source;

pub use capacity::{HostFigures, capacity};
pub use find::{FindError, LAB_FILE, bundled_labs, find, is_path};
pub use resolve::{Loaded, load};
pub use schema::schema;
pub use setting::{IMAGE, OPTION, PROFILE, Setting, SettingError};
pub use source::{LabPart, LabPlace, LabSource};
