//! `lab cp`: files and folders into a node, or out of one.

mod copying;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::request::Request;
use crate::base::archive::Bounds;
use crate::model::{Bytes, InstanceName, NodeName};
pub(super) use copying::{Copying, UNPACK};

/// The default limit of a copy.
pub const MOST: Bytes = Bytes(4 << 30);

/// Copies files and folders between this machine and a node. `NODE:PATH` is a path on a node, relative to
/// /root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Copy {
    /// The sources.
    pub sources: Vec<String>,
    /// The target: an existing folder, or the name of the copy.
    pub target: String,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// The maximum number of bytes of one copy.
    #[serde(default = "most")]
    pub limit: Bytes,
}

fn most() -> Bytes {
    MOST
}

/// The result of a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WasCopied {
    /// Number of files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Files that were left out, each with the reason: links out of a guest, devices.
    pub left_out: Vec<String>,
}

/// One end of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// A path of this machine.
    Here(PathBuf),
    /// A path on a node.
    On(NodeName, String),
}

impl End {
    /// Reads `NODE:PATH`, or a path of this machine.
    ///
    /// # Errors
    /// When the name is not that of a node, or the path has a control character.
    pub(super) fn read(text: &str) -> Result<Self, AppError> {
        let named = text.split_once(':').filter(|(name, _)| !name.contains('/'));
        let Some((name, path)) = named else { return Ok(Self::Here(PathBuf::from(text))) };
        let node = name.parse::<NodeName>().map_err(|error| {
            AppError::usage(format!("`{name}` is not the name of a node"))
                .because(error)
                .hint(format!("a file of this machine with a colon in its name is `./{text}`"))
        })?;
        if path.chars().any(char::is_control) {
            return Err(AppError::usage(format!("a control character is in a path on {node}")));
        }
        Ok(Self::On(node, path.to_owned()))
    }
}

impl Request for Copy {
    type Outcome = WasCopied;
    const NAME: &'static str = "cp";

    fn perform(&self, job: &Job) -> Result<WasCopied, AppError> {
        let sources = self.sources.iter().map(|text| End::read(text)).collect::<Result<Vec<_>, _>>()?;
        let target = End::read(&self.target)?;
        let names = sources.iter().map(End::name);
        if let Some(twice) = repeated(names) {
            return Err(AppError::usage(format!("two sources are named {twice}"))
                .hint("copy them one at a time, each to a name of its own"));
        }
        let here: Vec<&Path> = sources.iter().filter_map(End::here).collect();
        let bounds = Bounds { bytes: self.limit.0, cancel: job.cancel() };
        match &target {
            End::On(node, path) if here.len() == sources.len() => {
                Copying::new(job, self.instance.as_ref(), node, bounds)?.push(&here, path)
            }
            End::Here(path) if here.is_empty() => {
                let mut all = WasCopied::default();
                for source in &sources {
                    let End::On(node, from) = source else { continue };
                    let one = Copying::new(job, self.instance.as_ref(), node, bounds)?.pull(
                        from,
                        path,
                        sources.len(),
                    )?;
                    all.files += one.files;
                    all.bytes += one.bytes;
                    all.left_out.extend(one.left_out);
                }
                Ok(all)
            }
            _ => Err(AppError::usage("one end of a copy is on a node, and the other on this machine")
                .hint(
                    "`lab cp node1:/etc/hosts .` copies out of a node, `lab cp ./file node1:/tmp/` into one",
                )
                .hint("from node to node, copy to this machine first")),
        }
    }
}

/// The first name that occurs twice.
fn repeated(names: impl Iterator<Item = String>) -> Option<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(name.clone()))
}

impl End {
    /// The last part of its path.
    fn name(&self) -> String {
        let path = match self {
            End::Here(path) => path.to_string_lossy().into_owned(),
            End::On(_, path) => path.clone(),
        };
        let trimmed = path.trim_end_matches('/');
        trimmed.rsplit('/').next().unwrap_or(trimmed).to_owned()
    }

    fn here(&self) -> Option<&Path> {
        match self {
            End::Here(path) => Some(path),
            End::On(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_apart() {
        let on = |path: &str| End::On("node1".parse().unwrap(), path.to_owned());
        assert_eq!(End::read("node1:/etc/hosts").unwrap(), on("/etc/hosts"));
        assert_eq!(End::read("node1:").unwrap(), on(""));
        for here in ["file", "./a:b", "/tmp/x:y", "."] {
            assert_eq!(End::read(here).unwrap(), End::Here(here.into()));
        }
        assert!(End::read("Not A Node:x").is_err() && End::read("node1:/a\nb").is_err());
    }
}
