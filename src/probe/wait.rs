//! Waiting for sockets, to the nanosecond.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use mio::{Events, Poll, Registry};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The most sockets that are told of at once; the others are told of at the next turn.
const MOST_READY: usize = 256;

/// The sockets of a load.
#[derive(Debug)]
pub struct Waiter {
    poll: Poll,
    ready: Events,
}

impl Waiter {
    /// There is none yet.
    ///
    /// # Errors
    /// When the system gives no means to wait for sockets.
    pub fn new() -> io::Result<Self> {
        Ok(Self { poll: Poll::new()?, ready: Events::with_capacity(MOST_READY) })
    }

    /// Where sockets are registered.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn registry(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    /// What is ready since the last wait.
    pub fn ready(&self) -> &Events {
        &self.ready
    }

    /// Waits until something is ready, at most so long.
    ///
    /// An epoll waits for whole milliseconds, which at a thousand packets a second is no schedule. So its own
    /// descriptor is waited for, and it is asked only when there is something to ask for.
    ///
    /// # Errors
    /// When sockets cannot be waited for.
    pub fn wait(&mut self, longest: Duration) -> io::Result<()> {
        let time = Timespec {
            tv_sec: i64::try_from(longest.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(longest.subsec_nanos()),
        };
        // SAFETY: the descriptor is the poll's, which outlives the borrow.
        let own = unsafe { BorrowedFd::borrow_raw(self.poll.as_raw_fd()) };
        match poll(&mut [PollFd::from_borrowed_fd(own, PollFlags::IN)], Some(&time)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {
                self.ready.clear();
                return Ok(());
            }
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        match self.poll.poll(&mut self.ready, Some(Duration::ZERO)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }
}
