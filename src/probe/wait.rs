//! Polls sockets, with time-outs in nanoseconds.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use mio::{Events, Poll, Registry};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The largest number of sockets that are reported at once; the others follow at the next turn.
const MOST_READY: usize = 256;

/// The sockets of a load.
#[derive(Debug)]
pub struct Waiter {
    poll: Poll,
    ready: Events,
}

impl Waiter {
    /// Creates it without sockets.
    ///
    /// # Errors
    /// The system cannot poll sockets.
    pub fn new() -> io::Result<Self> {
        Ok(Self { poll: Poll::new()?, ready: Events::with_capacity(MOST_READY) })
    }

    /// The registry for sockets.
    ///
    /// # Errors
    /// There is no free descriptor.
    pub fn registry(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    /// The sockets that became ready during the last wait.
    pub fn ready(&self) -> &Events {
        &self.ready
    }

    /// Waits until a socket is ready, at most for this time.
    ///
    /// `epoll_wait` counts in milliseconds, which is too coarse at 1000 packets a second. Its descriptor is
    /// polled instead, and the ready sockets are fetched only if there are any.
    ///
    /// # Errors
    /// Polling failed.
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
