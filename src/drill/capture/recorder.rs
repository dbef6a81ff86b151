//! The thread that writes down what passes on one network.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::pcap;
use crate::drill::raw;
use crate::model::NetworkName;
use crate::record::{Clock, Event, What};

/// So much of each frame is kept, in bytes: its headers, and the beginning of what it carries. A mirror that
/// is synchronised would fill the disk with the rest.
pub const SNAP: u32 = 256;

/// The longest frame: segments are put together before we see them.
const LONGEST: usize = 1 << 16;

/// Every protocol.
const ALL: u16 = libc::ETH_P_ALL as u16;

/// The longest the thread sleeps, so that a stop is seen soon.
const NAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// A capture of a network.
pub struct Recorder<'a> {
    /// The network.
    pub network: NetworkName,
    /// The interface on which all of its frames pass.
    pub interface: String,
    /// The file that is written.
    pub file: PathBuf,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set when it is to stop.
    pub stop: &'a AtomicBool,
    /// Where it says what came of it.
    pub events: Sender<Event>,
}

impl Recorder<'_> {
    /// Writes down what passes until told to stop, and says how much that was. Call it on a thread of its
    /// own, where the interface is. A disk that is full ends the capture and not the drill.
    ///
    /// # Errors
    /// When there is no such interface, or the caller may not listen on it.
    pub fn run(self) -> io::Result<()> {
        let mut socket = raw::open(&self.interface, ALL)?;
        raw::enlarge(&socket)?;
        // The first question is what makes the kernel stamp frames; there is no answer to it yet.
        let _ = raw::stamp(&socket);
        let mut frames = 0;
        let written = self.write(&mut socket, &mut frames);
        let dropped = raw::dropped(&socket)?;
        let failure = written.err().map(|error| error.to_string());
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let what = What::Captured { network: self.network, file: name, frames, dropped, failure };
        // Nobody listens any more only when the drill is over.
        let _ = self.events.send(Event { t: self.clock.now(), what });
        // Whoever ends before its time is taken for broken.
        while !self.stop.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_millis(100));
        }
        Ok(())
    }

    fn write(&self, socket: &mut File, frames: &mut u64) -> io::Result<()> {
        let mut out = BufWriter::new(fs_err::File::create(&self.file)?);
        pcap::begin(&mut out, SNAP)?;
        let mut buffer = vec![0; LONGEST];
        loop {
            // Looked at before the socket is: what came until then is written.
            let stopping = self.stop.load(Ordering::Relaxed);
            match socket.read(&mut buffer) {
                Ok(length) => {
                    let kept = &buffer[..length.min(SNAP as usize)];
                    pcap::frame(
                        &mut out,
                        raw::stamp(socket)?,
                        kept,
                        u32::try_from(length).unwrap_or(u32::MAX),
                    )?;
                    *frames += 1;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && stopping => break,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut waited = [PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)];
                    match poll(&mut waited, Some(&NAP)) {
                        Ok(_) | Err(rustix::io::Errno::INTR) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                // The interface is down for a moment.
                Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => {}
                Err(error) => return Err(error),
            }
        }
        out.flush()?;
        out.get_ref().sync_data()
    }
}
