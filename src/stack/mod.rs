//! Stacks: reusable parts of a cluster (`templates/<name>/`), rendered into files, steps and health checks.
//!
//! [`load`] reads a stack of the catalogue and checks it in itself; [`render`] makes of a [`crate::model::Lab`] what its
//! guests get and run. Both touch nothing. The result goes into [`crate::desired`] and from there into a plan.

mod check;
mod context;
mod definition;
mod engine;
mod load;
mod render;
mod shell;

pub use definition::{
    FileTemplate, HealthTemplate, HttpTemplate, Parameter, ParameterKind, StackDefinition, Stage,
    StepTemplate, Where,
};
pub use load::{LoadError, SCHEMA, Stack, ingredients, load};
pub use render::{RenderError, render};
