//! Problems in files that people write: all of them at once, each with its position and a suggestion.
//!
//! [`Diagnostic`] is one problem as data, [`Diagnostics`] holds all problems of a file with its text, and
//! [`render`] formats them. [`parse_toml`] is the only parser for TOML files that people write.

mod at;
mod diagnostics;
mod form;
mod places;
mod problem;
pub mod render;
mod shape;
mod suggest;
mod syntax;
mod toml_file;
mod wanted;

pub use at::At;
pub use diagnostics::{Diagnostics, Source};
pub use form::{SHA256, SUBNET};
pub use places::Places;
pub use problem::{Diagnostic, Severity};
pub use suggest::{meant, nearest, suggestion};
pub use toml_file::{parse_toml, read_toml};
pub use wanted::schema_of;
