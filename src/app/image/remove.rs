//! `lab image rm`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::image::manage;

/// Removes images from the store. An image that instances have disks on is kept, unless `force` is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Remove {
    /// Images by name, or by the first digits of their digest.
    pub images: Vec<String>,
    /// Also images that instances have disks on; these instances are lost.
    pub force: bool,
    /// Also delete the cache of builds.
    pub cache: bool,
}

impl Request for Remove {
    type Outcome = usize;
    const NAME: &'static str = "image rm";

    fn changes(&self) -> Option<Subject> {
        Some(Subject::named(&self.images))
    }

    /// The number of removed images.
    fn perform(&self, job: &Job) -> Result<usize, AppError> {
        job.at_risk("what was begun is cleared away by the next build");
        for name in &self.images {
            let image = manage::find(&job.state, name)?;
            job.long_work(&format!("remove image {name}"), |work| {
                manage::remove(&job.state, &image, self.force, work)
            })?;
            job.say(format!("{} ({}) is deleted", image.manifest.name, image.manifest.digest.short()));
        }
        if self.cache {
            manage::clear_cache(&job.state)?;
            job.say("the cache of builds is empty");
        }
        Ok(self.images.len())
    }
}
