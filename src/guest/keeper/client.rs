//! The client of a keeper: the side of its socket that commands use.

use std::io::{BufReader, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::wire::{self, Answer, Request};
use super::{SUBCOMMAND, inode};
use crate::base::{passing, socket};
use crate::guest::{Limits, SshError, Target};

/// How long one wait for an answer lasts before the limits are checked.
const TICK: Duration = Duration::from_millis(50);

/// How long a keeper may take to close its idle sessions. They end with their guests anyway.
const CLOSING: Duration = Duration::from_secs(2);

/// The keeper of an instance, whether it runs or not.
#[derive(Debug, Clone)]
pub struct Keeper {
    socket: PathBuf,
    netns: PathBuf,
}

/// A script to run in a node.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Its text, for `sh -eu`.
    pub script: &'a str,
    /// Whether it may be ended by [`Keeper::close`], because the caller starts it again whenever it ends.
    pub repeats: bool,
    /// Whether what it prints on standard error is part of its output; otherwise it is dropped.
    pub errors: bool,
    /// Where its input comes from.
    pub input: Option<BorrowedFd<'a>>,
}

/// Progress of a script in a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// It is about to start.
    Opened,
    /// It printed this.
    Bytes(&'a [u8]),
}

/// How a request to the keeper ended.
enum Ended {
    /// The script ended with this status.
    Status(i32),
    /// The page was requested: why the service is not healthy, if it is not.
    Page(Option<String>),
}

impl Keeper {
    /// The keeper of the instance with this folder and network namespace.
    pub fn of(folder: &Path, netns: &Path) -> Self {
        Self { socket: folder.join("shells.sock"), netns: netns.to_owned() }
    }

    /// Runs a script in a node and reports its progress; returns its exit status.
    ///
    /// # Errors
    /// When no keeper can be started, the node does not answer, the connection breaks, `hear` fails, or a
    /// limit is reached first.
    pub fn run(
        &self,
        target: &Target,
        run: &Run<'_>,
        limits: Limits<'_>,
        hear: &mut dyn FnMut(Heard<'_>) -> std::io::Result<()>,
    ) -> Result<i32, SshError> {
        let request = Request::Run {
            target: target.clone(),
            script: run.script.to_owned(),
            limit: limits.left(),
            most: limits.most,
            repeats: run.repeats,
            errors: run.errors,
            input: run.input.is_some(),
        };
        match self.ask(&request, run.input, limits, hear)? {
            Ended::Status(status) => Ok(status),
            Ended::Page(_) => Err(odd()),
        }
    }

    /// Requests a page of a service: why it is not healthy, or none.
    ///
    /// # Errors
    /// When no keeper can be started, or a limit is reached first.
    pub fn page(
        &self,
        server: SocketAddr,
        path: &str,
        expect: &str,
        limits: Limits<'_>,
    ) -> Result<Option<String>, SshError> {
        let (path, expect) = (path.to_owned(), expect.to_owned());
        let request = Request::Page { server, path, expect, limit: limits.left() };
        match self.ask(&request, None, limits, &mut |_| Ok(()))? {
            Ended::Page(unhealthy) => Ok(unhealthy),
            Ended::Status(_) => Err(odd()),
        }
    }

    fn ask(
        &self,
        request: &Request,
        input: Option<BorrowedFd<'_>>,
        limits: Limits<'_>,
        hear: &mut dyn FnMut(Heard<'_>) -> std::io::Result<()>,
    ) -> Result<Ended, SshError> {
        limits.check()?;
        let mut line = serde_json::to_vec(request).map_err(|error| SshError::Io(error.into()))?;
        line.push(b'\n');
        // A keeper that was idle for long may end in the moment in which it is reached.
        for again in [true, false] {
            let sent =
                self.reach(limits).and_then(|stream| passing::send(&stream, &line, input).map(|()| stream));
            let stream = match sent {
                Ok(stream) => stream,
                Err(_) if again => continue,
                Err(error) => {
                    limits.check()?;
                    return Err(SshError::Io(error));
                }
            };
            if let Some(ended) = follow(stream, again, limits, hear)? {
                return Ok(ended);
            }
        }
        Err(SshError::Io(ErrorKind::UnexpectedEof.into()))
    }

    /// Closes the idle sessions and ends the scripts that repeat, if there is a keeper: their guests are
    /// about to be saved.
    pub fn close(&self) {
        let never = std::sync::atomic::AtomicBool::new(false);
        let limits = Limits::within(CLOSING, &never);
        let Ok(stream) = socket::unix(&self.socket, || limits.check().is_ok()) else { return };
        if wire::send(&stream, &Request::Close).is_ok() {
            // A keeper that does not answer loses its sessions together with the guests.
            let _ = follow(stream, false, limits, &mut |_| Ok(()));
        }
    }

    /// A connection to the keeper, which is started if there is none.
    fn reach(&self, limits: Limits<'_>) -> std::io::Result<UnixStream> {
        let reach = || socket::unix(&self.socket, || limits.check().is_ok());
        match reach() {
            // Threads of one command that find no keeper at the same time start one of them.
            Err(error) if is_absent(&error) => {
                let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
                match reach() {
                    Err(error) if is_absent(&error) => self.start().and_then(|()| reach()),
                    result => result,
                }
            }
            result => result,
        }
    }

    /// Starts a keeper with a listener that exists before its process, so there is no wait. Of two keepers
    /// that are started at the same time, one gets the name of the socket; the other serves its own client
    /// and ends.
    fn start(&self) -> std::io::Result<()> {
        if !self.netns.exists() {
            return Err(ErrorKind::NotFound.into());
        }
        let folder = self.socket.parent().unwrap_or(Path::new("/"));
        let new =
            tempfile::Builder::new().prefix(".shells").make_in(folder, |path| UnixListener::bind(path))?;
        fs_err::set_permissions(new.path(), std::fs::Permissions::from_mode(0o600))?;
        let listener = OwnedFd::from(new.as_file().try_clone()?);
        let identity = inode(new.path()).ok_or(ErrorKind::NotFound)?;
        fs_err::rename(new.path(), &self.socket)?;
        let mut command = Command::new(std::env::current_exe()?);
        // It outlives its starter and must hold none of the starter's resources.
        command.arg(SUBCOMMAND).args([&std::path::absolute(&self.socket)?, &self.netns]).arg(identity);
        command.env_clear().current_dir("/").stdin(listener);
        let mut keeper = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        // Reaps the process, which would otherwise be a zombie of a long-lived program.
        std::thread::spawn(move || keeper.wait());
        Ok(())
    }
}

/// One keeper is started at a time.
static STARTING: Mutex<()> = Mutex::new(());

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused)
}

fn odd() -> SshError {
    SshError::Io(std::io::Error::other("the keeper answered something else"))
}

/// Reads the answers to a request up to the last. None if the keeper ended before it began with the request,
/// and the caller tries `again`.
fn follow(
    stream: UnixStream,
    again: bool,
    limits: Limits<'_>,
    hear: &mut dyn FnMut(Heard<'_>) -> std::io::Result<()>,
) -> Result<Option<Ended>, SshError> {
    stream.set_read_timeout(Some(TICK)).map_err(SshError::Io)?;
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    let mut budget = limits.budget();
    let mut begun = false;
    loop {
        match wire::receive(&mut stream, &mut line) {
            Ok(Some(Answer::Received)) => begun = true,
            Ok(Some(Answer::Opened)) => hear(Heard::Opened).map_err(SshError::Stream)?,
            Ok(Some(Answer::Output(text))) => {
                let bytes = wire::decoded(&text).map_err(SshError::Io)?;
                budget.charge(bytes.len())?;
                hear(Heard::Bytes(&bytes)).map_err(SshError::Stream)?;
            }
            Ok(Some(Answer::Status(status))) => return Ok(Some(Ended::Status(status))),
            Ok(Some(Answer::Page(unhealthy))) => return Ok(Some(Ended::Page(unhealthy))),
            Ok(Some(Answer::Closed)) => return Ok(Some(Ended::Status(0))),
            Ok(Some(Answer::Failed(failure))) => return Err(failure.into()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                limits.check()?
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(None) | Err(_) if again && !begun => return Ok(None),
            Ok(None) => return Err(SshError::Io(ErrorKind::UnexpectedEof.into())),
            Err(error) => return Err(SshError::Io(error)),
        }
    }
}
