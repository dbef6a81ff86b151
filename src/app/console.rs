//! `lab console`: the last lines of a node's console, and what comes after them.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use inotify::{Inotify, WatchMask};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::event::{Raw, What};
use super::instances;
use super::job::Job;
use super::provider;
use super::request::Request;
use crate::catalog::Catalog;
use crate::host::Host;
use crate::instance::ProviderKind;
use crate::model::{InstanceName, NodeName, Wish};

/// Tells what a node writes to its console, as output events; until it is cancelled when it follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Console {
    /// The node.
    pub node: NodeName,
    /// The instance; the only one that stands when not given.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// How many of the last lines to begin with.
    pub lines: usize,
    /// Go on with what comes after them.
    pub follow: bool,
}

impl Request for Console {
    type Outcome = ();
    const NAME: &'static str = "console";

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let instance = job.describe(&name)?;
        let node = instances::node(&instance, &self.node)?;
        let tell = |bytes: &[u8]| {
            if !bytes.is_empty() {
                job.emit(What::Output { node: node.name.clone(), bytes: Raw(bytes.to_vec()) });
            }
        };
        if !self.follow || instance.provider == ProviderKind::Sim {
            let provider = provider::open(job, &name, Wish::Auto, Catalog::of_state(&job.state))?;
            let mut text = provider.console_tail(&node.name, self.lines)?;
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            tell(text.as_bytes());
            return Ok(());
        }
        follow(job, &name, &node.name, self.lines, &tell)
    }
}

/// How long one wait lasts before Ctrl-C is looked at.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// Tells the last lines of a node's console and what comes after, until the operation is cancelled.
///
/// # Errors
/// When there is no console, or it cannot be read.
fn follow(
    job: &Job,
    name: &InstanceName,
    node: &NodeName,
    lines: usize,
    tell: &dyn Fn(&[u8]),
) -> Result<(), AppError> {
    let path = Host::new(&job.state, name).console(node);
    let unreadable =
        |error| AppError::failed(format!("{node} has no console that can be read")).because(error);
    let mut file = fs_err::File::open(&path).map_err(unreadable)?.into_parts().0;
    let mut inotify = watch(&path).map_err(unreadable)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(unreadable)?;
    tell(last_lines(&text, lines));
    while !job.asked_to_stop() {
        let ready = poll(&mut [PollFd::new(&inotify, PollFlags::IN)], Some(&TICK));
        if ready.is_ok_and(|count| count > 0) {
            // Which events they were does not matter: the file is looked at anyway.
            let _ = inotify.read_events(&mut [0; 4096]).map(Iterator::count);
        }
        tell(&news(&mut file).map_err(unreadable)?);
    }
    Ok(())
}

fn watch(path: &Path) -> std::io::Result<Inotify> {
    let inotify = Inotify::init()?;
    inotify.watches().add(path, WatchMask::MODIFY)?;
    Ok(inotify)
}

/// What was written since; all of it when the file is shorter than it was, because then it was begun anew.
fn news(file: &mut File) -> std::io::Result<Vec<u8>> {
    if file.metadata()?.len() < file.stream_position()? {
        file.seek(SeekFrom::Start(0))?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The last lines of a text, the unfinished one among them.
fn last_lines(text: &[u8], lines: usize) -> &[u8] {
    let ends =
        text.iter().enumerate().rev().filter(|(index, byte)| **byte == b'\n' && index + 1 < text.len());
    let start = ends.map(|(index, _)| index + 1).nth(lines.saturating_sub(1)).unwrap_or(0);
    match lines {
        0 => &[],
        _ => text.get(start..).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_last_lines_are_whole() {
        let text = b"one\ntwo\nthree\n";
        assert_eq!(last_lines(text, 2), b"two\nthree\n");
        assert_eq!(last_lines(text, 9), text);
        assert_eq!(last_lines(text, 0), b"");
        assert_eq!(last_lines(b"one\nunfinished", 1), b"unfinished");
    }

    #[test]
    fn a_console_that_was_begun_anew_is_read_from_its_start() {
        let path = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(path.path(), "a long first life\n").unwrap();
        let mut file = File::open(path.path()).unwrap();
        assert_eq!(news(&mut file).unwrap(), b"a long first life\n");
        let mut writer = fs_err::OpenOptions::new().append(true).open(path.path()).unwrap();
        writer.write_all(b"more\n").unwrap();
        assert_eq!(news(&mut file).unwrap(), b"more\n");
        fs_err::write(path.path(), "second\n").unwrap();
        assert_eq!(news(&mut file).unwrap(), b"second\n");
    }
}
