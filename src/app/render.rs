//! `lab render`: the files and scripts that stacks put on a node.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::lab;
use super::request::Request;
use super::wanted::parse_settings;
use crate::base::folder::{Access, Written};
use crate::desired::Desired;
use crate::diagnostic::suggestion;
use crate::model::NodeName;
use crate::model::spec::{GuestFile, StepSpec};

/// Asks for the files of a node and the scripts that set it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Render {
    /// The node.
    pub node: NodeName,
    /// The lab, or the instance. Default: the lab of the caller's folder, else that of the existing instance.
    #[serde(default)]
    pub lab: Option<String>,
    /// Parameters: `deadtime=1500ms`.
    #[serde(default)]
    pub settings: Vec<String>,
}

/// The rendered files of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The node.
    pub node: NodeName,
    /// Packages in addition to those of its image.
    pub packages: Vec<String>,
    /// Its files.
    pub files: Vec<GuestFile>,
    /// The steps that set it up, in their order.
    pub steps: Vec<StepSpec>,
}

impl Request for Render {
    type Outcome = Rendered;
    const NAME: &'static str = "render";

    fn perform(&self, job: &Job) -> Result<Rendered, AppError> {
        of(&self.which(job)?, &self.node)
    }
}

impl Render {
    fn which(&self, job: &Job) -> Result<Desired, AppError> {
        let settings = parse_settings(&self.settings)?;
        let standing = |name: &String| job.instances().ok()?.into_iter().find(|known| known.as_str() == name);
        if let Some(instance) = self.lab.as_ref().and_then(standing)
            && settings.is_empty()
        {
            return Ok(job.describe(&instance)?.desired);
        }
        match self.lab.clone().or_else(|| job.here.clone()) {
            Some(argument) => lab::read(job, &argument, settings, Access::Any)?.desired(),
            None => {
                let instance = job.describe(&job.choose(None)?)?;
                if settings.is_empty() {
                    return Ok(instance.desired);
                }
                lab::read(job, &instance.origin.argument(), settings, Access::Any)?.desired()
            }
        }
    }
}

fn of(desired: &Desired, name: &NodeName) -> Result<Rendered, AppError> {
    let node = desired.nodes.iter().find(|node| node.name == *name).ok_or_else(|| {
        let names: Vec<&str> = desired.nodes.iter().map(|node| node.name.as_str()).collect();
        AppError::not_found(format!("the lab has no node `{name}`")).hint(suggestion(
            name.as_str(),
            "node",
            names,
        ))
    })?;
    let image = desired.images.iter().find(|image| image.digest == node.guest.image);
    Ok(Rendered {
        node: node.name.clone(),
        packages: image.iter().flat_map(|image| &image.packages).cloned().collect(),
        files: node.seed.files.clone(),
        steps: desired.phases.iter().flatten().filter(|step| step.node == *name).cloned().collect(),
    })
}

impl Rendered {
    /// Writes files and scripts below a folder, and returns their number.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn write(&self, folder: &Path) -> Result<usize, AppError> {
        let mut texts: Vec<(PathBuf, &str)> = Vec::new();
        for file in &self.files {
            texts.push((Path::new("files").join(file.path.trim_start_matches('/')), &file.content));
        }
        for (number, step) in self.steps.iter().enumerate() {
            let label = step.label().replace('/', "-");
            let name = format!("{}-{}.sh", number + 1, label.trim_end_matches(".sh"));
            texts.push((Path::new("steps").join(name), &step.script.text));
        }
        let write = || {
            let folder = Written::create(folder)?;
            texts.iter().try_for_each(|(path, text)| folder.file(path, 0o644, text.as_bytes()))
        };
        write().map_err(|error| AppError::failed("the files cannot be written").because(error))?;
        Ok(texts.len())
    }
}
