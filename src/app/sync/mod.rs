//! `lab sync`: makes a folder on a node equal to one of this machine, or the reverse.

mod into;
mod out;
mod watch;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cp::{Copying, End, MOST};
use super::error::AppError;
use super::job::Job;
use super::request::Request;
use crate::base::archive::Bounds;
use crate::base::words::several;
use crate::model::{Bytes, InstanceName};

/// Makes a folder on a node equal to one of this machine, or the reverse. `NODE:PATH` is a folder on a node,
/// relative to /root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sync {
    /// The folder that stays as it is.
    pub source: String,
    /// The folder that becomes equal to it. It is made if it does not exist.
    pub target: String,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// Whether what only the target has is deleted there.
    #[serde(default)]
    pub delete: bool,
    /// Whether later changes of a folder of this machine follow, until the operation is cancelled.
    #[serde(default)]
    pub watch: bool,
    /// The maximum number of bytes.
    #[serde(default = "most")]
    pub limit: Bytes,
}

fn most() -> Bytes {
    MOST
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Synced {
    /// Number of files that were sent.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Number of files and folders that were deleted.
    pub deleted: usize,
    /// Files and folders that only the target has, and that stay there.
    pub surplus: Vec<String>,
    /// Files that were left out, each with the reason: devices, links out of a guest.
    pub left_out: Vec<String>,
}

impl Synced {
    /// What was done, for people; none if nothing was.
    pub fn told(&self) -> Option<String> {
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let sent = (self.files > 0)
            .then(|| format!("{} sent ({})", several(count(self.files), "file"), super::size(self.bytes)));
        let deleted = (self.deleted > 0).then(|| format!("{} deleted", self.deleted));
        let parts: Vec<String> = sent.into_iter().chain(deleted).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl Request for Sync {
    type Outcome = Synced;
    const NAME: &'static str = "sync";

    fn perform(&self, job: &Job) -> Result<Synced, AppError> {
        let bounds = Bounds { bytes: self.limit.0, cancel: job.cancel() };
        let copying = |node: &_| Copying::new(job, self.instance.as_ref(), node, bounds);
        match (End::read(&self.source)?, End::read(&self.target)?) {
            (End::Here(from), End::On(node, to)) => {
                let into = into::Pushing::new(copying(&node)?, from, to, self.delete)?;
                if self.watch { watch::watch(into, job) } else { into.once() }
            }
            (End::On(..), End::Here(_)) if self.watch => {
                Err(AppError::usage("only a folder of this machine can be watched")
                    .hint("`lab sync FOLDER NODE:PATH --watch` follows its changes"))
            }
            (End::On(node, from), End::Here(to)) => out::out(&copying(&node)?, &from, &to, self.delete),
            _ => Err(AppError::usage("one folder is on a node, and the other on this machine")
                .hint("`lab sync ./site node1:/srv/site` makes that of the node equal")
                .hint("`lab sync node1:/srv/site ./site` makes that of this machine equal")),
        }
    }
}

/// Refuses to delete what is surplus in a folder that belongs to the system: its top, and what is directly
/// below it.
///
/// # Errors
/// When the path is one of them.
fn is_deep_enough(path: &Path) -> Result<(), AppError> {
    let depth = path.components().count().saturating_sub(1);
    if depth >= 2 {
        return Ok(());
    }
    let message = format!("`--delete` would take from `{}` all that the other folder lacks", path.display());
    Err(AppError::usage(message).hint("name a folder below it, such as `/srv/site`"))
}

/// The path of a folder that a guest or a person named, for a message.
fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_system_are_not_emptied() {
        for bad in ["/", "/etc", "/srv"] {
            assert!(is_deep_enough(Path::new(bad)).is_err(), "{bad}");
        }
        for good in ["/srv/site", "/root/x", "/etc/nginx/"] {
            assert!(is_deep_enough(Path::new(good)).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_was_done_is_told() {
        assert_eq!(Synced::default().told(), None);
        let done = Synced { files: 1, bytes: 2048, deleted: 3, ..Synced::default() };
        assert_eq!(done.told().as_deref(), Some("1 file sent (2 KiB), 3 deleted"));
    }
}
