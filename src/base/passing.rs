//! Passes descriptors between processes with the bytes of a Unix socket (`SCM_RIGHTS` of `unix(7)`).

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

/// The number of unclaimed descriptors that are kept; further ones are closed.
const LONGEST_QUEUE: usize = 16;

/// Sends bytes, and with the first of them the descriptor, if there is one.
///
/// # Errors
/// When the other end is gone.
pub fn send(mut stream: &UnixStream, bytes: &[u8], descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let Some(descriptor) = descriptor else { return stream.write_all(bytes) };
    let descriptors = [descriptor];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    let sent = sendmsg(stream, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL)?;
    stream.write_all(bytes.get(sent..).unwrap_or_default())
}

/// The lines received over a Unix socket, and the descriptors that came with them, in order.
#[derive(Debug)]
pub struct Lines {
    stream: UnixStream,
    bytes: Vec<u8>,
    descriptors: VecDeque<OwnedFd>,
    longest: usize,
}

impl Lines {
    /// The lines of a socket, each of at most `longest` bytes.
    pub fn of(stream: UnixStream, longest: usize) -> Self {
        Self { stream, bytes: Vec::new(), descriptors: VecDeque::new(), longest }
    }

    /// The next line without its end; none when the other end is closed.
    ///
    /// # Errors
    /// When the socket breaks or a line is too long. A time-out of the socket loses nothing.
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
                line.pop();
                return Ok(Some(line));
            }
            if self.bytes.len() > self.longest {
                return Err(io::Error::other(format!("a line of more than {} bytes", self.longest)));
            }
            if self.receive()? == 0 {
                return Ok(None);
            }
        }
    }

    /// The socket, and what was received after the last line that was taken.
    pub fn into_parts(self) -> (UnixStream, Vec<u8>) {
        (self.stream, self.bytes)
    }

    /// The first descriptor that was received and not taken yet.
    pub fn descriptor(&mut self) -> Option<OwnedFd> {
        self.descriptors.pop_front()
    }

    fn receive(&mut self) -> io::Result<usize> {
        let mut part = [0; 8192];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let slices = &mut [IoSliceMut::new(&mut part)];
        let count = recvmsg(&self.stream, slices, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?.bytes;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                self.descriptors.extend(descriptors);
            }
        }
        self.descriptors.truncate(LONGEST_QUEUE);
        self.bytes.extend_from_slice(part.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn a_descriptor_comes_with_its_line() {
        let (here, there) = UnixStream::pair().unwrap();
        let (mut kept, given) = UnixStream::pair().unwrap();
        let long = format!("{}\n", "x".repeat(100_000));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                send(&here, b"one\n", None).unwrap();
                send(&here, b"two\n", Some(given.as_fd())).unwrap();
                send(&here, long.as_bytes(), None).unwrap();
            });
            let mut lines = Lines::of(there, 200_000);
            assert_eq!(lines.next().unwrap().unwrap(), b"one");
            assert_eq!(lines.next().unwrap().unwrap(), b"two");
            let mut mine = UnixStream::from(lines.descriptor().unwrap());
            assert!(lines.descriptor().is_none());
            kept.write_all(b"!").unwrap();
            let mut byte = [0];
            mine.read_exact(&mut byte).unwrap();
            assert_eq!(&byte, b"!");
            assert_eq!(lines.next().unwrap().unwrap().len(), 100_000);
        });
    }

    #[test]
    fn what_follows_a_line_is_not_lost() {
        let (here, there) = UnixStream::pair().unwrap();
        send(&here, b"one\ntwo\nthr", None).unwrap();
        let mut lines = Lines::of(there, 1000);
        assert_eq!(lines.next().unwrap().unwrap(), b"one");
        assert_eq!(lines.into_parts().1, b"two\nthr");
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let (here, there) = UnixStream::pair().unwrap();
        send(&here, &[b'x'; 2000], None).unwrap();
        let mut lines = Lines::of(there, 1000);
        assert!(lines.next().unwrap_err().to_string().contains("more than 1000 bytes"));
        drop(here);
    }
}
