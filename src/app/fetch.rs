//! A page of a lab's service, as its clients see it: its text, and nothing of it is run.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::connect::target;
use super::drill::program;
use super::error::AppError;
use super::job::Job;
use super::provider;
use super::request::Request;
use crate::base::threads;
use crate::guest::fetch;
use crate::model::InstanceName;

/// The longest path, in bytes.
const LONGEST_PATH: usize = 2000;

/// Fetches a page as a client of the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fetch {
    /// The address and the port: `web:80`, `node1:8080`, `192.168.0.100:80`.
    #[schemars(regex(pattern = r"^[^:]+:[0-9]{1,5}$"))]
    pub target: String,
    /// The path, with its query: `/index.php`.
    #[schemars(regex(pattern = r"^/[!-~]*$"), length(max = 2000))]
    pub path: String,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

/// A page that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fetched {
    /// The address that was asked.
    pub address: String,
    /// The status code.
    pub status: u16,
    /// The body as text.
    pub body: String,
    /// How long it took.
    pub took: Duration,
}

impl Request for Fetch {
    type Outcome = Fetched;
    const NAME: &'static str = "fetch";

    fn perform(&self, job: &Job) -> Result<Fetched, AppError> {
        let fits = |c: char| c.is_ascii_graphic();
        if !self.path.starts_with('/') || self.path.len() > LONGEST_PATH || !self.path.chars().all(fits) {
            return Err(AppError::usage(format!("`{}` is not a path", self.path.escape_debug()))
                .hint("write it as a browser sends it: /index.php?name=value"));
        }
        let name = job.choose(self.instance.as_ref())?;
        job.needs(&name, |can| can.clients)?;
        let instance = job.describe(&name)?;
        let server = target(&self.target, &instance)?;
        let provider = provider::of(job, &instance)?;
        let (program, begin) = (program()?, Instant::now());
        // A thread that has entered the network stays in it.
        let fetched = std::thread::scope(|scope| {
            let fetching = scope.spawn(|| {
                provider.enter()?;
                fetch::fetch(&program, server.into(), &self.path, job.cancel())
            });
            threads::end(fetching)
        });
        let page =
            fetched.map_err(|error| AppError::failed(format!("{server} did not answer")).because(error))?;
        let (status, body) = (page.status, page.body);
        Ok(Fetched { address: server.to_string(), status, body, took: begin.elapsed() })
    }
}
