//! A copy to or from one node, and what its other copies are made of.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::WasCopied;
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::{exec, instances, provider, reach, simulated};
use crate::base::archive::{self, Bounded, Bounds, Copied};
use crate::base::shell::quote;
use crate::guest::keeper::Shell;
use crate::guest::{Limits, SshError};
use crate::instance::Instance;
use crate::model::{InstanceName, Node, NodeName};
use crate::provider::{Model, Provider};

/// How long a node may take to answer; an emulated one on a busy machine takes seconds.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The longest that a copy may take.
const LIMIT: Duration = Duration::from_secs(exec::DAY_S);

/// The program that unpacks a stream on a node, in its current folder.
pub const UNPACK: &str = "tar -xpf - --no-same-owner";

/// A copy to or from one node.
pub struct Copying<'a> {
    /// The operation.
    pub job: &'a Job,
    instance: Instance,
    provider: Box<dyn Provider>,
    /// The node.
    pub node: Node,
    /// The limits.
    pub bounds: Bounds<'a>,
}

impl<'a> Copying<'a> {
    /// # Errors
    /// When there is no such instance or node, or its provider cannot be opened.
    pub fn new(
        job: &'a Job,
        instance: Option<&InstanceName>,
        node: &NodeName,
        bounds: Bounds<'a>,
    ) -> Result<Self, AppError> {
        let instance = job.describe(&job.choose(instance)?)?;
        let node = instances::node(&instance, node)?.clone();
        let provider = provider::of(job, &instance)?;
        Ok(Self { job, instance, provider, node, bounds })
    }

    /// The shell of the node.
    ///
    /// # Errors
    /// When it has none.
    pub fn shell(&self) -> Result<Shell, AppError> {
        self.job.at_risk("what was copied so far stays");
        reach::shell(self.provider.as_ref(), &self.node)
    }

    /// The limits of a short question.
    pub fn answer(&self) -> Limits<'a> {
        Limits::within(ANSWER_LIMIT, self.bounds.cancel)
    }

    /// The limits of a whole copy.
    pub fn limits(&self) -> Limits<'a> {
        Limits::within(LIMIT, self.bounds.cancel)
    }

    /// A nameless file that holds a stream until it is complete.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn kept(&self) -> Result<File, AppError> {
        tempfile::tempfile_in(self.job.state.root())
            .map_err(|error| AppError::failed("there is no room for the copy").because(error))
    }

    /// Copies to the node: into an existing folder under the source's name, else to the target itself.
    ///
    /// # Errors
    /// When there is no such folder, a source cannot be read, or the connection fails.
    pub fn push(&self, sources: &[&Path], path: &str) -> Result<WasCopied, AppError> {
        self.needs_files()?;
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
        self.feed(&shell, &format!("cd -- {}; exec {UNPACK}", quote(folder)), stream)?;
        Ok(was(copied))
    }

    /// Runs a script on the node, in /root, with a stream as its input.
    ///
    /// # Errors
    /// When the connection or the script fails.
    pub fn feed(&self, shell: &Shell, script: &str, mut stream: File) -> Result<(), AppError> {
        stream.seek(SeekFrom::Start(0)).map_err(|error| self.failed(error))?;
        let result = shell.feed(&format!("set -e; cd /root; {script}"), &stream, self.limits());
        let output = result.map_err(|error| self.broken(error))?;
        if output.status != 0 {
            let message = format!("{} could not receive it", self.node.name);
            return Err(AppError::failed(message).detail("it says", output.tail(5)));
        }
        Ok(())
    }

    /// Refuses a simulated node.
    ///
    /// # Errors
    /// When it is one.
    pub fn needs_files(&self) -> Result<(), AppError> {
        if self.provider.model().is_none() {
            return Ok(());
        }
        let message = format!("`{}` is simulated: its nodes keep no files", self.instance.name);
        Err(AppError::new(ErrorKind::Host, message).hint("`lab cp` out of a simulated node works"))
    }

    /// Copies out of the node: into an existing folder under the source's name, else to the target itself.
    ///
    /// # Errors
    /// When there is no such path, a target cannot be written, or the connection fails.
    pub fn pull(&self, path: &str, to: &Path, sources: usize) -> Result<WasCopied, AppError> {
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
        Ok(was(self.fetch(&self.shell()?, trimmed, &place)?))
    }

    /// The path on the node without links.
    ///
    /// # Errors
    /// When there is none, or the connection fails.
    pub fn real(&self, shell: &Shell, path: &str) -> Result<String, AppError> {
        let ask = format!("cd /root; readlink -e -- {}", quote(path));
        let found = shell.run(&ask, self.answer()).map_err(|error| self.broken(error))?;
        let real = found.text.trim_end_matches('\n');
        let is_path = found.status == 0 && real.starts_with('/');
        if is_path { Ok(real.to_owned()) } else { Err(self.missing(path)) }
    }

    /// Copies a path of the node to `place`.
    ///
    /// # Errors
    /// As [`Self::pull`].
    pub fn fetch(&self, shell: &Shell, path: &str, place: &Path) -> Result<Copied, AppError> {
        let real = self.real(shell, path)?;
        let (folder, name) = divided(&real);
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
        let copied = archive::unpack(stream, place, self.bounds).map_err(|error| self.failed(error))?;
        // With 1, tar says that a file changed while it was read: a log of a running node always does.
        if status > 1 {
            let message = format!("{} could not read all of {path}", self.node.name);
            return Err(AppError::failed(message).hint("what it could read was copied"));
        }
        Ok(copied)
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

    /// The error for a path that the node does not have.
    pub fn missing(&self, path: &str) -> AppError {
        AppError::not_found(format!("there is no {path} on {}", self.node.name))
    }

    /// The error of a copy that failed on this machine.
    pub fn failed(&self, error: std::io::Error) -> AppError {
        if self.job.asked_to_stop() {
            return AppError::stopped();
        }
        let large = error.kind() == std::io::ErrorKind::FileTooLarge;
        AppError::failed("the copy failed")
            .because(error)
            .maybe_hint(large.then_some("`--limit SIZE` allows more"))
    }

    /// The error of a copy whose connection failed.
    pub fn broken(&self, error: SshError) -> AppError {
        match error {
            SshError::Stream(error) => self.failed(error),
            error => reach::unreachable(&self.node, error),
        }
    }
}

fn was(copied: Copied) -> WasCopied {
    let Copied { files, bytes, left_out, .. } = copied;
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
    fn paths_of_guests_are_divided() {
        assert_eq!(divided("/etc/hosts"), ("/etc", Some("hosts")));
        assert_eq!(divided("/hosts"), ("/", Some("hosts")));
        assert_eq!(divided("a"), (".", Some("a")));
        assert_eq!(divided("/"), ("/", None));
    }
}
