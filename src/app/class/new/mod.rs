//! `lab class new`: the file of a class and a roster, as a start.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::app::write_files;
use crate::model::ClassName;

/// The files, with `@NAME@` where the name of the class is.
const FILES: [(&str, &str); 2] =
    [("class.toml", include_str!("class.toml")), ("roster.csv", include_str!("roster.csv"))];

/// Writes the file of a class and a roster into a new folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct New {
    /// The name of the class, and of the folder.
    pub name: ClassName,
    /// The folder in which it is made.
    pub inside: PathBuf,
}

impl Request for New {
    /// The file of the class.
    type Outcome = PathBuf;
    const NAME: &'static str = "class new";

    fn perform(&self, _job: &Job) -> Result<PathBuf, AppError> {
        let folder = self.inside.join(self.name.as_str());
        if folder.exists() {
            return Err(AppError::failed(format!("{} is already there", folder.display()))
                .hint("choose another name"));
        }
        let filled = |(name, text): &(&str, &str)| {
            ((*name).to_owned(), text.replace("@NAME@", self.name.as_str()).into_bytes())
        };
        write_files(&folder, &FILES.iter().map(filled).collect::<Vec<_>>())?;
        Ok(folder.join("class.toml"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::{file, roster};

    #[test]
    fn what_it_writes_can_be_opened() {
        let [(_, class), (_, students)] = FILES;
        let plain = class.replace("@NAME@", "first");
        assert!(file::load("class.toml", &plain).is_ok());
        assert_eq!(roster::read(students.as_bytes()).unwrap().students.len(), 2);
        // The examples are right as well.
        let examples = ["begins", "ends", "late", "exam"];
        let whole =
            examples.iter().fold(plain, |text, key| text.replace(&format!("# {key} "), &format!("{key} ")));
        let plan = file::load("class.toml", &whole).unwrap();
        assert!(plan.exam && plan.late.is_some() && plan.begins < plan.ends);
    }
}
