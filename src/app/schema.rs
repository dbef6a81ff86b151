//! `lab schema`: the JSON Schema of a kind of file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::request::Request;
use crate::image::RecipeFile;
use crate::stack::StackDefinition;
use crate::{class, course, drill, exercise, labfile};

/// A kind of file that users write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// `lab.toml`
    #[default]
    Lab,
    /// `drills/NAME.toml`
    Drill,
    /// `exercises/NAME/exercise.toml`
    Exercise,
    /// `courses/NAME/course.toml`
    Course,
    /// `class.toml`
    Class,
    /// `templates/NAME/stack.toml`
    Stack,
    /// `images/NAME.toml`
    Image,
}

/// Asks for a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Schema {
    /// The kind of file.
    pub file: FileKind,
}

impl Request for Schema {
    type Outcome = serde_json::Value;
    const NAME: &'static str = "schema";

    fn perform(&self, _job: &Job) -> Result<serde_json::Value, AppError> {
        Ok(match self.file {
            FileKind::Lab => labfile::schema(),
            FileKind::Drill => drill::schema(),
            FileKind::Exercise => exercise::schema(),
            FileKind::Course => course::schema(),
            FileKind::Class => class::file::schema(),
            FileKind::Image => schemars::schema_for!(RecipeFile).to_value(),
            FileKind::Stack => schemars::schema_for!(StackDefinition).to_value(),
        })
    }
}
