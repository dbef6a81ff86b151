//! The connection to an instance's daemon.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use virt::connect::Connect;
use virt::error::{Error, ErrorNumber};

use super::watch::{Patience, Watch};
use crate::host::Host;
use crate::work::ProviderError;

/// One connection, opened when it is first needed. Handles may be used by many threads.
#[derive(Default)]
pub(super) struct Connection {
    slot: Mutex<Option<Open>>,
    patience: Patience,
}

/// An open connection. Closing it asks the daemon, so the watch ends after it.
struct Open {
    connect: Arc<Connect>,
    watch: Watch,
}

impl Connection {
    /// The open connection.
    pub(super) fn get(&self, host: &Host) -> Result<Arc<Connect>, ProviderError> {
        let mut slot = self.slot();
        if let Some(open) = slot.as_ref().filter(|open| open.connect.is_alive().unwrap_or(false)) {
            return Ok(Arc::clone(&open.connect));
        }
        *slot = None;
        let Some(uri) = host.uri() else {
            return Err(ProviderError::Host {
                what: "cannot connect to the embedded host".to_owned(),
                source: "it is not running".into(),
            });
        };
        // Otherwise libvirt would print every error by itself.
        virt::error::clear_error_callback();
        let watch = Watch::over(host, self.patience);
        let connect = Arc::new(Connect::open(Some(&uri)).map_err(refused("connect to the embedded host"))?);
        *slot = Some(Open { connect: Arc::clone(&connect), watch });
        Ok(connect)
    }

    /// Makes a call in which libvirt waits for QEMU, with a limit. The connection must be open; otherwise the
    /// call fails.
    ///
    /// # Errors
    /// What libvirt refused; [`ProviderError::TimedOut`] when QEMU did not answer in time.
    pub(super) fn ask_qemu<T>(
        &self,
        what: &str,
        call: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, ProviderError> {
        let watched = self.slot().as_ref().map(|open| open.watch.call(self.patience.call));
        let answer = call();
        match answer {
            Err(_) if watched.is_some_and(|call| call.is_overdue()) => Err(ProviderError::TimedOut {
                what: format!("to {what}"),
                limit_s: self.patience.call.as_secs(),
                phase: "QEMU does not answer".to_owned(),
                console: String::new(),
            }),
            answer => answer.map_err(refused(what)),
        }
    }

    /// Drops the connection, because the daemon has ended.
    pub(super) fn forget(&self) {
        *self.slot() = None;
    }

    fn slot(&self) -> MutexGuard<'_, Option<Open>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error of libvirt, with the operation that failed.
pub(super) fn refused(what: impl Into<String>) -> impl FnOnce(Error) -> ProviderError {
    let what = format!("cannot {}", what.into());
    move |source| ProviderError::Host { what, source: Box::new(source) }
}

/// An object that may not exist: none instead of libvirt's error for that.
pub(super) fn if_there<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(object) => Ok(Some(object)),
        Err(error)
            if error
                .code()
                .is_known_and(|code| matches!(code, ErrorNumber::NoDomain | ErrorNumber::NoNetwork)) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixListener;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::base::process::Process;
    use crate::state::StateDir;

    /// Far more than the tenth of a second that it takes, but not unlimited.
    const BOUNDED: Duration = Duration::from_secs(60);

    /// A host whose daemon accepts connections and never answers, in this process.
    fn silent_host(state: &StateDir) -> Host {
        let host = Host::new(state, &"silent".parse().unwrap());
        fs_err::create_dir_all(host.folder()).unwrap();
        let supervisor = Process::of(std::process::id() as i32).unwrap();
        let named = serde_json::to_vec(&supervisor).unwrap();
        fs_err::write(host.folder().join("supervisor.json"), named).unwrap();
        let listener = UnixListener::bind(host.socket()).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || (&stream).read_to_end(&mut Vec::new()));
            }
        });
        host
    }

    #[test]
    fn a_daemon_that_accepts_and_never_answers_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let host = silent_host(&StateDir::at(folder.path()));
        let (pulse, answer) = (Duration::from_millis(50), Duration::from_millis(100));
        let patience = Patience { pulse, answer, call: BOUNDED };
        let connection = Connection { patience, ..Connection::default() };
        let begun = Instant::now();
        assert!(connection.get(&host).is_err());
        assert!(begun.elapsed() < BOUNDED);
    }

    #[test]
    fn a_call_that_waits_for_qemu_has_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let host = silent_host(&StateDir::at(folder.path()));
        let patience = Patience { pulse: BOUNDED, answer: BOUNDED, call: Duration::from_millis(100) };
        let uri = host.uri().unwrap();
        let watch = Watch::over(&host, patience);
        let call = watch.call(patience.call);
        let begun = Instant::now();
        // Opening a connection waits for an answer, as every other call does.
        assert!(Connect::open(Some(&uri)).is_err());
        assert!(begun.elapsed() < BOUNDED);
        assert!(call.is_overdue());
    }

    #[test]
    fn a_host_that_is_not_running_is_not_connected_to() {
        let folder = tempfile::tempdir().unwrap();
        let host = silent_host(&StateDir::at(folder.path()));
        let gone = r#"{"pid":1,"started":1}"#;
        fs_err::write(host.folder().join("supervisor.json"), gone).unwrap();
        assert!(host.uri().is_none(), "another process has the number of its first");
        assert!(Connection::default().get(&host).is_err());
    }
}
