//! `lab cp`: files and folders into a node, or out of one.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{AppError, ErrorKind};
use super::instances;
use super::job::Job;
use super::request::Request;
use super::{exec, provider, reach, simulated};
use crate::base::archive::{self, Bounded, Bounds, Copied};
use crate::base::shell::quote;
use crate::guest::keeper::Shell;
use crate::guest::{Limits, SshError};
use crate::instance::Instance;
use crate::model::{Bytes, InstanceName, Node, NodeName};
use crate::provider::{Model, Provider};

/// The default limit of a copy.
pub const MOST: Bytes = Bytes(4 << 30);

/// How long a node may take to answer; an emulated one on a busy machine takes seconds.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The longest that a copy may take.
const LIMIT: Duration = Duration::from_secs(exec::DAY_S);

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
enum End {
    Here(PathBuf),
    On(NodeName, String),
}

impl End {
    /// Reads `NODE:PATH`, or a path of this machine.
    fn read(text: &str) -> Result<Self, AppError> {
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
                Copying::new(job, self, node, bounds)?.push(&here, path)
            }
            End::Here(path) if here.is_empty() => {
                let mut all = WasCopied::default();
                for source in &sources {
                    let End::On(node, from) = source else { continue };
                    let one = Copying::new(job, self, node, bounds)?.pull(from, path, sources.len())?;
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

/// A copy to or from one node.
struct Copying<'a> {
    job: &'a Job,
    instance: Instance,
    provider: Box<dyn Provider>,
    node: Node,
    bounds: Bounds<'a>,
}

impl<'a> Copying<'a> {
    fn new(job: &'a Job, request: &Copy, node: &NodeName, bounds: Bounds<'a>) -> Result<Self, AppError> {
        let instance = job.describe(&job.choose(request.instance.as_ref())?)?;
        let node = instances::node(&instance, node)?.clone();
        let provider = provider::of(job, &instance)?;
        Ok(Self { job, instance, provider, node, bounds })
    }

    fn shell(&self) -> Result<Shell, AppError> {
        self.job.at_risk("what was copied so far stays");
        reach::shell(self.provider.as_ref(), &self.node)
    }

    /// The limits of a short question.
    fn answer(&self) -> Limits<'a> {
        Limits::within(ANSWER_LIMIT, self.bounds.cancel)
    }

    fn limits(&self) -> Limits<'a> {
        Limits::within(LIMIT, self.bounds.cancel)
    }

    /// A nameless file that holds a stream until it is complete.
    fn kept(&self) -> Result<File, AppError> {
        tempfile::tempfile_in(self.job.state.root())
            .map_err(|error| AppError::failed("there is no room for the copy").because(error))
    }

    /// The path of a copy: in an existing folder under the source's name, else the target itself.
    fn push(&self, sources: &[&Path], path: &str) -> Result<WasCopied, AppError> {
        if self.provider.model().is_some() {
            let message = format!("`{}` is simulated: its nodes keep no files", self.instance.name);
            return Err(
                AppError::new(ErrorKind::Host, message).hint("`lab cp` out of a simulated node works")
            );
        }
        let shell = self.shell()?;
        let path = if path.is_empty() { "." } else { path };
        let place = quote(path);
        let ask = format!(
            "cd /root; if test -d {place}; then echo folder; elif test -e {place}; then echo file; fi"
        );
        let found = shell.run(&ask, self.answer()).map_err(|error| self.broken(error))?;
        let is_folder = found.text.trim() == "folder";
        if !is_folder && (sources.len() > 1 || path.ends_with('/')) {
            return Err(AppError::not_found(format!("there is no folder {path} on {}", self.node.name)));
        }
        let (folder, name) = if is_folder { (path, None) } else { divided(path) };
        let named = |source: &&Path| {
            Ok((
                source.to_path_buf(),
                match name {
                    Some(name) => name.to_owned(),
                    None => own_name(source)?,
                },
            ))
        };
        let named: Vec<(PathBuf, String)> = sources.iter().map(named).collect::<Result<_, AppError>>()?;
        let mut stream = self.kept()?;
        let copied = archive::pack(&named, &mut stream, self.bounds).map_err(|error| self.failed(error))?;
        stream.seek(SeekFrom::Start(0)).map_err(|error| self.failed(error))?;
        let script = format!("cd /root; cd -- {}; exec tar -xpf - --no-same-owner", quote(folder));
        let result = shell.feed(&script, &stream, self.limits());
        let output = result.map_err(|error| self.broken(error))?;
        if output.status != 0 {
            let message = format!("{} could not receive it", self.node.name);
            return Err(AppError::failed(message).detail("it says", output.tail(5)));
        }
        Ok(was(copied))
    }

    fn pull(&self, path: &str, to: &Path, sources: usize) -> Result<WasCopied, AppError> {
        let trimmed = path.trim_end_matches('/');
        let (_, name) = divided(trimmed);
        let name = name.filter(|name| !matches!(*name, "" | "." | "..")).ok_or_else(|| {
            AppError::usage(format!("`{}:{path}` names no file or folder of its own", self.node.name))
        })?;
        if fs_err::metadata(to).is_ok_and(|found| !found.is_dir() && !found.is_file()) {
            return Err(AppError::usage(format!("{} is neither a file nor a folder", to.display())));
        }
        if !to.is_dir() && (sources > 1 || to.as_os_str().to_string_lossy().ends_with('/')) {
            return Err(AppError::not_found(format!("there is no folder {}", to.display())));
        }
        let place = if to.is_dir() { to.join(name) } else { to.to_owned() };
        if let Some(model) = self.provider.model() {
            return self.pull_from_model(model, trimmed, &place);
        }
        let shell = self.shell()?;
        let ask = format!("cd /root; readlink -e -- {}", quote(trimmed));
        let found = shell.run(&ask, self.answer()).map_err(|error| self.broken(error))?;
        let real = found.text.trim_end_matches('\n');
        if found.status != 0 || !real.starts_with('/') {
            return Err(self.missing(trimmed));
        }
        let (folder, name) = divided(real);
        let (folder, name) = (quote(folder), quote(name.unwrap_or(".")));
        let script = format!("cd -- {folder}; exec tar -cf - --hard-dereference -- {name}");
        let mut stream = self.kept()?;
        // The archive also holds names and padding.
        let room = Bounds { bytes: self.bounds.bytes.saturating_add(64 << 20), ..self.bounds };
        let result = shell.fetch(&script, &mut Bounded::new(&mut stream, room), self.limits());
        let status = result.map_err(|error| self.broken(error))?;
        stream.seek(SeekFrom::Start(0)).map_err(|error| self.failed(error))?;
        archive::check_names(&mut stream).map_err(|error| self.failed(error))?;
        stream.seek(SeekFrom::Start(0)).map_err(|error| self.failed(error))?;
        let copied = archive::unpack(stream, &place, self.bounds).map_err(|error| self.failed(error))?;
        // With 1, tar says that a file changed while it was read: a log of a running node always does.
        if status > 1 {
            let message = format!("{} could not read all of {path}", self.node.name);
            return Err(AppError::failed(message).hint("what it could read was copied"));
        }
        Ok(was(copied))
    }

    fn pull_from_model(&self, model: &dyn Model, path: &str, place: &Path) -> Result<WasCopied, AppError> {
        let mut content = Vec::new();
        let line = format!("cat {}", quote(path));
        let status = simulated::shell(self.job, model, &self.node.name, &line, LIMIT, &mut |bytes| {
            content.extend_from_slice(bytes);
        })?;
        if status != 0 {
            return Err(self.missing(path));
        }
        fs_err::write(place, &content).map_err(|error| self.failed(error))?;
        Ok(WasCopied { files: 1, bytes: content.len() as u64, left_out: Vec::new() })
    }

    fn missing(&self, path: &str) -> AppError {
        AppError::not_found(format!("there is no {path} on {}", self.node.name))
    }

    fn failed(&self, error: std::io::Error) -> AppError {
        if self.job.asked_to_stop() {
            return AppError::stopped();
        }
        let large = error.kind() == std::io::ErrorKind::FileTooLarge;
        AppError::failed("the copy failed")
            .because(error)
            .maybe_hint(large.then_some("`--limit SIZE` allows more"))
    }

    fn broken(&self, error: SshError) -> AppError {
        match error {
            SshError::Stream(error) => self.failed(error),
            error => reach::unreachable(&self.node, error),
        }
    }
}

fn was(copied: Copied) -> WasCopied {
    let Copied { files, bytes, left_out } = copied;
    WasCopied { files, bytes, left_out }
}

/// The folder of a path in a guest, and its last name.
fn divided(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", Some(name).filter(|name| !name.is_empty())),
        Some((folder, name)) => (folder, Some(name)),
        None => (".", Some(path)),
    }
}

/// The name under which a source is copied into a folder.
fn own_name(source: &Path) -> Result<String, AppError> {
    let real = match source.file_name() {
        Some(_) => source.to_owned(),
        // `.` and `..` get the name of the folder that they refer to.
        None => fs_err::canonicalize(source)
            .map_err(|error| AppError::not_found("the source cannot be found").because(error))?,
    };
    let name = real.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned)
        .ok_or_else(|| AppError::usage(format!("`{}` has no name for the copy", source.display())))
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

    #[test]
    fn paths_of_guests_are_divided() {
        assert_eq!(divided("/etc/hosts"), ("/etc", Some("hosts")));
        assert_eq!(divided("/hosts"), ("/", Some("hosts")));
        assert_eq!(divided("a"), (".", Some("a")));
        assert_eq!(divided("/"), ("/", None));
    }
}
