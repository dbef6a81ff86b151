//! Stacks: reusable parts of a cluster (`templates/<name>/`), rendered into files, steps and health checks.
//!
//! [`load`] reads a stack from the catalogue and checks it; [`render`] turns the stacks of a
//! [`crate::model::Lab`] into the files and scripts of its guests. Neither changes anything. The result goes
//! into [`crate::desired`] and from there into a plan.

mod check;
mod context;
mod definition;
mod engine;
mod load;
mod other_values;
mod own;
mod place;
mod raw;
mod refusal;
mod render;
mod rule;
mod several;
mod shell;
mod tags;
mod template;
mod value;

pub use definition::{
    HealthTemplate, LogDefinition, Parameter, ParameterKind, StackDefinition, Stage, StepTemplate, Where,
};
pub use load::{LoadError, definition, ingredients, load};
pub use other_values::{Written, values as other_values};
pub use own::{Own, OwnFile, OwnScript, template_problems};
pub use place::Place;
pub use raw::Raw;
pub use refusal::Refusal;
pub use render::{RenderError, render, render_use};
pub use rule::{Level, Rule};
pub use several::Several;
pub use value::{scalar, wrong_kind};

/// Permission bits in octal, `0644`; none if the text is something else.
pub fn mode(text: &str) -> Option<u32> {
    let octal = (1..=4).contains(&text.len()) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    octal.then(|| u32::from_str_radix(text, 8).ok()).flatten()
}
