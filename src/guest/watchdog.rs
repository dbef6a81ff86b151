//! Ends what libssh2 does without end.
//!
//! libssh2 checks its time limit only when nothing comes. A server that keeps sending packets without meaning
//! holds it in one call forever, and packets of unknown kinds fill its queue. So a thread watches each use of
//! a connection from outside, and cuts the connection: libssh2 then fails at once.

use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Limits, SshError};

/// How often the limits are checked.
const TICK: Duration = Duration::from_millis(200);

/// How long the reader itself may take to notice a limit before the connection is cut.
const GRACE: Duration = Duration::from_secs(2);

/// How many bytes may arrive in one use without being read: a handshake, and libssh2's window of 2 MiB.
const UNREAD: u64 = 16 << 20;

/// How many bytes on the wire a byte of output may cost: a packet with one byte takes 36.
const WRAPPING: u64 = 48;

/// The offset and the size of `tcpi_bytes_received` in the kernel's `tcp_info`, which the crate libc lacks.
const RECEIVED: std::ops::Range<usize> = 128..136;

/// The connection of a session, apart from libssh2.
pub(super) struct Watched {
    stream: TcpStream,
    /// The bytes of output that were handed on.
    handed: AtomicU64,
}

impl Watched {
    /// Another handle of a connection.
    ///
    /// # Errors
    /// When there is no free descriptor.
    pub(super) fn of(stream: &TcpStream) -> std::io::Result<Self> {
        Ok(Self { stream: stream.try_clone()?, handed: AtomicU64::new(0) })
    }

    /// Counts output that was handed on.
    pub(super) fn hand_on(&self, bytes: usize) {
        self.handed.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Does work in libssh2, and cuts the connection if the work does not end with its limits or the other
    /// side sends far more than is read.
    ///
    /// # Errors
    /// Those of the work; that of the limit if the connection was cut.
    pub(super) fn guard<T>(
        &self,
        limits: Limits<'_>,
        work: impl FnOnce() -> Result<T, SshError>,
    ) -> Result<T, SshError> {
        let done = Done::default();
        let (result, cut) = std::thread::scope(|scope| {
            let watching = || self.watch(limits, &done);
            let watchdog = std::thread::Builder::new().spawn_scoped(scope, watching).map_err(SshError::Io)?;
            // Also when the work panics: the scope waits for its threads.
            let ends = EndsWith(&done);
            let result = work();
            drop(ends);
            Ok::<_, SshError>((result, watchdog.join().unwrap_or(None)))
        })?;
        match (result, cut) {
            (Err(_), Some(why)) => Err(why),
            (Err(error), None) => {
                if matches!(error, SshError::Cancelled | SshError::TimedOut | SshError::Endless { .. }) {
                    // Closing the session politely would wait for a side that does not listen.
                    let _ = self.stream.shutdown(Shutdown::Both);
                }
                Err(error)
            }
            (result, _) => result,
        }
    }

    /// Waits for the end of the work. Returns why it cut the connection, if it did.
    fn watch(&self, limits: Limits<'_>, done: &Done) -> Option<SshError> {
        let begin = self.amounts();
        let mut late: Option<Instant> = None;
        while !done.wait(TICK) {
            let why = match (self.excess(begin), limits.check()) {
                (Some(most), _) => SshError::Endless { most },
                (None, Ok(())) => continue,
                (None, Err(limit)) => {
                    if late.get_or_insert_with(Instant::now).elapsed() < GRACE {
                        continue;
                    }
                    limit
                }
            };
            // It is cut already when this fails.
            let _ = self.stream.shutdown(Shutdown::Both);
            return Some(why);
        }
        None
    }

    /// The limit of received bytes, if it is exceeded since the beginning.
    fn excess(&self, begin: (u64, u64)) -> Option<u64> {
        let now = self.amounts();
        let (received, handed) = (now.0.saturating_sub(begin.0), now.1.saturating_sub(begin.1));
        let most = handed.saturating_mul(WRAPPING).saturating_add(UNREAD);
        (received > most).then_some(most)
    }

    /// The bytes that were received, and those of output that were handed on.
    fn amounts(&self) -> (u64, u64) {
        (received(&self.stream).unwrap_or_default(), self.handed.load(Ordering::Relaxed))
    }
}

/// The bytes that a connection has received; none if the kernel does not tell.
fn received(stream: &TcpStream) -> Option<u64> {
    let mut info = [0_u8; RECEIVED.end];
    let mut length = RECEIVED.end as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes into the buffer, and the descriptor is open.
    let status = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    let whole = status == 0 && length as usize == RECEIVED.end;
    whole.then(|| info.get(RECEIVED)?.try_into().ok().map(u64::from_ne_bytes)).flatten()
}

/// Whether the work is done.
#[derive(Default)]
struct Done {
    is_done: Mutex<bool>,
    news: Condvar,
}

impl Done {
    /// Waits for the end of the work, or for this time. Whether it has ended.
    fn wait(&self, time: Duration) -> bool {
        let is_done = self.is_done.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.news.wait_timeout_while(is_done, time, |is_done| !*is_done);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Notes the end of the work when it is dropped.
struct EndsWith<'a>(&'a Done);

impl Drop for EndsWith<'_> {
    fn drop(&mut self) {
        *self.0.is_done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.news.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::atomic::AtomicBool;

    use super::*;

    /// A connection, and a peer that writes into it without end.
    fn flooded() -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        // It ends with the connection.
        std::thread::spawn(move || while peer.write_all(&[0; 1 << 16]).is_ok() {});
        stream
    }

    /// A reader as libssh2 is one: it returns only when the connection ends.
    fn swallow(mut stream: &TcpStream) -> Result<(), SshError> {
        let mut buffer = [0; 1 << 16];
        while stream.read(&mut buffer).map_err(SshError::Io)? > 0 {}
        Err(SshError::Io(std::io::ErrorKind::UnexpectedEof.into()))
    }

    #[test]
    fn a_flood_that_nobody_reads_is_cut() {
        let stream = flooded();
        let never = AtomicBool::new(false);
        let watched = Watched::of(&stream).unwrap();
        let limits = Limits::within(Duration::from_secs(600), &never);
        let ended = watched.guard(limits, || swallow(&stream));
        assert!(matches!(ended, Err(SshError::Endless { most: UNREAD })), "{ended:?}");
    }

    #[test]
    fn a_reader_that_never_returns_ends_with_its_time_and_with_the_users_wish() {
        for (seconds, cancelled) in [(0, false), (600, true)] {
            let stream = flooded();
            let cancel = AtomicBool::new(cancelled);
            let watched = Watched::of(&stream).unwrap();
            let limits = Limits::within(Duration::from_secs(seconds), &cancel);
            let ended = watched.guard(limits, || {
                // Nothing is too much here.
                std::thread::sleep(TICK);
                watched.handed.store(u64::MAX, Ordering::Relaxed);
                swallow(&stream)
            });
            let ended = ended.unwrap_err();
            assert!(matches!((ended, cancelled), (SshError::TimedOut, false) | (SshError::Cancelled, true)));
        }
    }

    #[test]
    fn what_ends_in_time_is_left_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let never = AtomicBool::new(false);
        let watched = Watched::of(&stream).unwrap();
        assert_eq!(watched.guard(Limits::within(GRACE, &never), || Ok(7)).unwrap(), 7);
        peer.write_all(b"on").unwrap();
        (&stream).read_exact(&mut [0; 2]).unwrap();
        assert_eq!(received(&stream), Some(2));
    }
}
