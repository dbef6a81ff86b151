//! `lab image add`

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::image::manage::{self, Addition, ImageOrigin};
use crate::image::{DiskFormat, Sha256Sum};
use crate::model::ImageName;
use crate::model::spec::Digest;
use crate::model::word::{IMAGE_URL, USER};

/// Adds an image: a file of this machine, or a URL with its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Add {
    /// The name of the image.
    pub name: ImageName,
    /// Its source.
    pub from: From,
    /// The user to log in as, besides root.
    pub user: String,
    /// A description in one line; may be empty.
    #[serde(default)]
    pub title: String,
}

/// The source of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// A disk image on this machine, qcow2 or raw.
    File(PathBuf),
    /// A file to fetch.
    Url {
        /// The URL.
        url: String,
        /// The SHA-256 that the file must have, in hexadecimal.
        sha256: String,
        /// Whether it is raw; otherwise qcow2.
        #[serde(default)]
        raw: bool,
    },
}

impl Request for Add {
    type Outcome = Digest;
    const NAME: &'static str = "image add";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject::named(&[&self.name]))
    }

    fn perform(&self, job: &Job) -> Result<Digest, AppError> {
        let from = match &self.from {
            From::File(path) => ImageOrigin::File(path.clone()),
            From::Url { url, sha256, raw } => ImageOrigin::Url {
                url: url.clone(),
                sha256: Sha256Sum::try_from(sha256.clone()).map_err(AppError::usage)?,
                format: if *raw { DiskFormat::Raw } else { DiskFormat::Qcow2 },
            },
        };
        let url = match &self.from {
            From::File(_) => None,
            From::Url { url, .. } => Some((&IMAGE_URL, url)),
        };
        for (word, text) in url.into_iter().chain([(&USER, &self.user)]) {
            if !word.fits(text) {
                let message = format!("`{text}` is not {}", word.kind);
                return Err(AppError::usage(message).hint(format!("write {}", word.example)));
            }
        }
        let title =
            if self.title.is_empty() { format!("Added as {}", self.name) } else { self.title.clone() };
        let addition = Addition { name: self.name.clone(), title, from, user: self.user.clone() };
        job.at_risk("what was begun is cleared away by the next build");
        let image =
            job.long_work(&format!("image {}", self.name), |work| manage::add(&job.state, &addition, work))?;
        Ok(image.manifest.digest)
    }
}
