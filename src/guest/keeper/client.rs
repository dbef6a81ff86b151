//! The client of a keeper: the side of its socket that commands use.

use std::io::{BufReader, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::wire::{self, Answer, Request};
use super::{SUBCOMMAND, connect, inode};
use crate::base::socket;
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

impl Keeper {
    /// The keeper of the instance with this folder and network namespace.
    pub fn of(folder: &Path, netns: &Path) -> Self {
        Self { socket: folder.join("shells.sock"), netns: netns.to_owned() }
    }

    /// Runs a script in a node and passes on its output as it is printed; returns its exit status. If no
    /// keeper can be started, the script runs in a session of its own. A script that `repeats` may be ended
    /// by [`Keeper::close`].
    ///
    /// # Errors
    /// When the node does not answer, the connection breaks, or a limit is reached first.
    pub fn stream(
        &self,
        target: &Target,
        script: &str,
        repeats: bool,
        limits: Limits<'_>,
        on_bytes: &mut dyn FnMut(&[u8]),
    ) -> Result<i32, SshError> {
        let (script_text, limit) = (script.to_owned(), limits.left());
        let run =
            Request::Run { target: target.clone(), script: script_text, limit, most: limits.most, repeats };
        let asked = self.reach(limits).and_then(|stream| wire::send(&stream, &run).map(|()| stream));
        match asked {
            Ok(stream) => follow(stream, limits, on_bytes),
            // It may have been started by another version of this program, or there may be no resources for
            // one.
            Err(_) => connect(target, limits)?.stream(script, limits, on_bytes),
        }
    }

    /// Closes the idle sessions and ends the scripts that repeat, if there is a keeper: their guests are
    /// about to be saved.
    pub fn close(&self) {
        let never = std::sync::atomic::AtomicBool::new(false);
        let limits = Limits::within(CLOSING, &never);
        let Ok(stream) = socket::unix(&self.socket, || limits.check().is_ok()) else { return };
        if wire::send(&stream, &Request::Close).is_ok() {
            // A keeper that does not answer loses its sessions together with the guests.
            let _ = follow(stream, limits, &mut |_| {});
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
        command.current_dir("/").stdin(listener);
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

/// Reads the answers to a request up to the last.
fn follow(stream: UnixStream, limits: Limits<'_>, on_bytes: &mut dyn FnMut(&[u8])) -> Result<i32, SshError> {
    stream.set_read_timeout(Some(TICK)).map_err(SshError::Io)?;
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    let mut budget = limits.budget();
    loop {
        match wire::receive(&mut stream, &mut line) {
            Ok(Some(Answer::Output(text))) => {
                let bytes = wire::decoded(&text).map_err(SshError::Io)?;
                budget.charge(bytes.len())?;
                on_bytes(&bytes);
            }
            Ok(Some(Answer::Status(status))) => return Ok(status),
            Ok(Some(Answer::Closed)) => return Ok(0),
            Ok(Some(Answer::Failed(failure))) => return Err(failure.into()),
            Ok(None) => return Err(SshError::Io(ErrorKind::UnexpectedEof.into())),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                limits.check()?
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(SshError::Io(error)),
        }
    }
}
