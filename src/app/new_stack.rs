//! `lab new --stack`: a bundled stack beside a lab, to be changed.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::new_lab::{Named, whole_or_not};
use super::request::Request;
use super::stack::unknown;
use crate::catalog::{Catalog, Shelf};
use crate::labfile::LAB_FILE;
use crate::model::StackName;

/// The file of a stack that has its name.
const STACK_FILE: &str = "stack.toml";

/// Copies the folder of a bundled stack into the folder of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NewStack {
    /// The bundled stack.
    pub stack: String,
    /// The name of the copy. Default: that of the stack, which the copy then hides in this lab.
    #[serde(default)]
    pub name: Option<StackName>,
    /// The lab's folder.
    pub into: PathBuf,
}

impl Request for NewStack {
    type Outcome = PathBuf;
    const NAME: &'static str = "new stack";

    fn perform(&self, _job: &Job) -> Result<PathBuf, AppError> {
        let bundled = Catalog::bundled();
        let files = bundled.bundle(Shelf::Templates, &self.stack);
        // A folder inside a stack is none.
        if self.stack.contains('/') || files.is_empty() {
            return Err(unknown(&self.stack, &bundled));
        }
        if !self.into.join(LAB_FILE).is_file() {
            let message =
                format!("`{}` is not the folder of a lab: it has no {LAB_FILE}", self.into.display());
            return Err(AppError::usage(message).hint(
                "name the folder with `--into DIR`; `lab new --empty NAME` makes a lab of two bare nodes",
            ));
        }
        let name = self.name.as_ref().map_or(self.stack.as_str(), StackName::as_str);
        let templates = self.into.join("templates");
        let folder = templates.join(name);
        if folder.exists() {
            return Err(AppError::failed(format!("{} is already there", folder.display()))
                .hint(format!("give the copy a name of its own: `lab new NAME --stack {}`", self.stack)));
        }
        let own = Named { file: STACK_FILE, name };
        fs_err::create_dir_all(&templates)
            .and_then(|()| whole_or_not(&files, &folder, &self.into, &own))
            .map_err(|error| AppError::failed("the stack cannot be copied").because(error))?;
        Ok(folder)
    }
}
