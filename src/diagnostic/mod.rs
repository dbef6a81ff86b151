//! What is wrong with a file that a person wrote: all of it at once, each problem with its place and a suggestion.
//!
//! [`Diagnostic`] is a problem as data, [`Diagnostics`] all problems of a file and its text, [`render`] shows them.
//! [`parse_toml`] is the one front end of all files that people write in TOML.

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
