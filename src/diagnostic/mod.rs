//! What is wrong with a file that a person wrote: all of it at once, each problem with its place and a suggestion.
//!
//! [`Diagnostic`] is a problem as data, [`Diagnostics`] all problems of a file and its text, [`render`] shows them.
//! [`parse_toml`] reads a file into a type that serde knows.

mod diagnostics;
mod problem;
pub mod render;
mod suggest;
mod syntax;
mod toml_file;

pub use diagnostics::{Diagnostics, Source};
pub use problem::{Diagnostic, Severity};
pub use suggest::{meant, nearest, suggestion};
pub use syntax::document;
pub use toml_file::parse_toml;
