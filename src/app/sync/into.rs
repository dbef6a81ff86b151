//! From this machine to a node: only what differs is sent.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::{Synced, is_deep_enough, shown};
use crate::app::cp::{Copying, UNPACK};
use crate::app::error::AppError;
use crate::base::archive::{self, Bounded, Bounds};
use crate::base::mirror::{Changes, Known, Listing};
use crate::base::shell::quote;
use crate::guest::keeper::Shell;

/// The longest list of files, in bytes.
const LONGEST_LIST: u64 = 64 << 20;

/// Makes the folder in place of `{}`, and goes there.
const GO: &str = "set -e; cd /root; mkdir -p -- {}; cd -- {}";

/// A folder of this machine, and the one that becomes equal to it.
pub struct Pushing<'a> {
    copying: Copying<'a>,
    shell: Shell,
    /// The folder of this machine.
    pub folder: PathBuf,
    /// The folder on the node, without links.
    place: String,
    delete: bool,
    known: Known,
}

impl<'a> Pushing<'a> {
    /// Makes the folder on the node if it does not exist.
    ///
    /// # Errors
    /// When one is no folder, or may not be emptied, or the node does not answer.
    pub fn new(copying: Copying<'a>, folder: PathBuf, to: String, delete: bool) -> Result<Self, AppError> {
        if !folder.is_dir() {
            return Err(AppError::not_found(format!("there is no folder {}", folder.display())));
        }
        copying.needs_files()?;
        let shell = copying.shell()?;
        let place = quote(if to.is_empty() { "." } else { &to });
        let go = format!("{}; pwd -P", GO.replace("{}", &place));
        let found = shell.run(&go, copying.answer()).map_err(|error| copying.broken(error))?;
        if found.status != 0 {
            let message = format!("{to} cannot be a folder on {}", copying.node.name);
            return Err(AppError::failed(message).detail("it says", found.tail(5)));
        }
        let place = found.text.trim_end_matches('\n').to_owned();
        if delete {
            is_deep_enough(Path::new(&place))?;
        }
        Ok(Self { copying, shell, folder, place, delete, known: Known::default() })
    }

    /// Whether what only the node has is deleted there.
    pub fn deletes(&self) -> bool {
        self.delete
    }

    /// Makes the folder on the node equal once.
    ///
    /// # Errors
    /// When a file cannot be read, or the connection fails.
    pub fn once(mut self) -> Result<Synced, AppError> {
        let (own, there) = (self.own()?, self.there()?);
        self.apply(&own.against(&there), self.delete)
    }

    /// What is in the folder of this machine.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn own(&mut self) -> Result<Listing, AppError> {
        let listed = Listing::of_folder(&self.folder, self.copying.bounds, &mut self.known);
        listed.map_err(|error| self.copying.failed(error))
    }

    /// What is in the folder on the node.
    ///
    /// # Errors
    /// When the connection fails, or the answer is no list.
    pub fn there(&self) -> Result<Listing, AppError> {
        let items = self.answer(Listing::ASK_ITEMS)?;
        let digests = self.answer(Listing::ASK_DIGESTS)?;
        Listing::of_answers(&items, &digests).map_err(|error| self.copying.failed(error))
    }

    fn answer(&self, ask: &str) -> Result<Vec<u8>, AppError> {
        let script = format!("cd -- {} && {ask}", quote(&self.place));
        let mut answer = Vec::new();
        let bounds = Bounds { bytes: LONGEST_LIST, ..self.copying.bounds };
        let mut bounded = Bounded::new(&mut answer, bounds);
        let fetched = self.shell.fetch(&script, &mut bounded, self.copying.limits());
        // A file that was deleted meanwhile makes the programs fail; what they found counts.
        fetched.map_err(|error| self.copying.broken(error))?;
        Ok(answer)
    }

    /// Sends what is new and deletes what is surplus, or only says what that is.
    ///
    /// # Errors
    /// When something is in the way and nothing may be deleted, a file cannot be read, or the connection
    /// fails.
    pub fn apply(&self, changes: &Changes, delete: bool) -> Result<Synced, AppError> {
        if let (Some(blocking), false) = (changes.in_the_way.first(), delete) {
            let message = format!(
                "{} is a folder at one end and none at the other",
                shown(&Path::new(&self.place).join(blocking))
            );
            return Err(AppError::failed(message).hint("`--delete` replaces it"));
        }
        let mut done = Synced::default();
        let gone: Vec<&PathBuf> = changes.in_the_way.iter().chain(&changes.surplus).collect();
        if delete && !gone.is_empty() {
            self.delete(&gone)?;
            done.deleted = gone.len();
        } else {
            done.surplus = changes.surplus.iter().map(|path| shown(path)).collect();
        }
        if !changes.send.is_empty() {
            let mut stream = self.copying.kept()?;
            let sent = archive::pack_some(&self.folder, &changes.send, &mut stream, self.copying.bounds)
                .map_err(|error| self.copying.failed(error))?;
            self.feed(UNPACK, stream)?;
            (done.files, done.bytes, done.left_out) = (sent.files, sent.bytes, sent.left_out);
        }
        Ok(done)
    }

    fn delete(&self, paths: &[&PathBuf]) -> Result<(), AppError> {
        let mut stream = self.copying.kept()?;
        for path in paths {
            let written =
                stream.write_all(b"./").and_then(|()| stream.write_all(path.as_os_str().as_bytes()));
            written.and_then(|()| stream.write_all(&[0])).map_err(|error| self.copying.failed(error))?;
        }
        self.feed("xargs -0r rm -rf --", stream)
    }

    /// Runs a program in the folder on the node, with a stream as its input.
    fn feed(&self, program: &str, stream: std::fs::File) -> Result<(), AppError> {
        self.copying.feed(&self.shell, &format!("cd -- {}; exec {program}", quote(&self.place)), stream)
    }
}
