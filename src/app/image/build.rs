//! `lab image build`

use std::time::{Duration, Instant};

use jiff::Zoned;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::lab;
use crate::app::request::{Request, Subject};
use crate::base::words::seconds;
use crate::catalog::{Catalog, Shelf};
use crate::diagnostic::suggestion;
use crate::image::{ImageStore, Recipe, ensure, image_spec};
use crate::model::ImageName;
use crate::model::spec::{Digest, ImageSpec};

/// Makes an image, or the images of a lab; existing images are not made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Build {
    /// The images.
    pub which: Which,
}

/// Which images are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// The image of this recipe, without any stack.
    Image(ImageName),
    /// The images of this lab, with the packages of its stacks.
    Lab(String),
}

/// An image that exists now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Built {
    /// Its recipe.
    pub image: ImageName,
    /// Its digest.
    pub digest: Digest,
    /// How long it took; none if it existed already.
    pub took: Option<Duration>,
}

impl Request for Build {
    type Outcome = Vec<Built>;
    const NAME: &'static str = "image build";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![match &self.which {
            Which::Image(name) => name.to_string(),
            Which::Lab(lab) => lab.clone(),
        }]))
    }

    fn perform(&self, job: &Job) -> Result<Vec<Built>, AppError> {
        let (specs, catalog) = match &self.which {
            Which::Image(name) => {
                let catalog = Catalog::of_state(&job.state);
                let spec = plain(name, &catalog)?;
                if let Some(last) = Recipe::load(name, &catalog)?.past_support(Zoned::now().date()) {
                    job.warn(format!("{name} has had no security updates since {last}"));
                }
                (vec![spec], catalog)
            }
            Which::Lab(argument) => {
                let found = lab::read(job, argument, Vec::new(), job.trusted())?;
                (found.desired()?.images, found.source.catalog)
            }
        };
        specs.iter().map(|spec| make(spec, &catalog, job)).collect()
    }
}

fn plain(name: &ImageName, catalog: &Catalog) -> Result<ImageSpec, AppError> {
    let known = catalog.names(Shelf::Images).unwrap_or_default();
    if !known.iter().any(|known| known == name.as_str()) {
        return Err(AppError::not_found(format!("there is no image `{name}`")).hint(suggestion(
            name.as_str(),
            "image",
            known.iter().map(String::as_str),
        )));
    }
    Ok(image_spec(name, &Default::default(), &[], catalog)?)
}

fn make(spec: &ImageSpec, catalog: &Catalog, job: &Job) -> Result<Built, AppError> {
    let label = format!("{} ({})", spec.name, spec.digest.short());
    let built = |took| Built { image: spec.name.clone(), digest: spec.digest.clone(), took };
    if ImageStore::new(&job.state).get(&spec.digest)?.is_some() {
        job.say(format!("{label} is there already"));
        return Ok(built(None));
    }
    let start = Instant::now();
    job.at_risk("what was begun is cleared away by the next build");
    job.long_work(&format!("image {label}"), |work| ensure(&job.state, catalog, spec, work))?;
    let took = start.elapsed();
    job.say(format!("{label} is made after {}", seconds(took)));
    Ok(built(Some(took)))
}
