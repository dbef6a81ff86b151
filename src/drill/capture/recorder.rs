//! The thread that captures the traffic of one network.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::pcap;
use crate::base::budget::Bytes;
use crate::base::write;
use crate::drill::raw;
use crate::model::NetworkName;
use crate::record::{Clock, Event, What};

/// The part of each frame that is kept, in bytes: its headers, and the beginning of its payload. The resync
/// of a mirror would fill the disk with the rest.
pub const SNAP: u32 = 256;

/// The longest frame: segments are merged before they are captured.
const LONGEST: usize = 1 << 16;

/// The EtherType for all protocols.
const ALL: u16 = libc::ETH_P_ALL as u16;

/// The longest sleep of the thread, so that a stop is noticed soon.
const NAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The largest capture, in bytes: a guest must not fill the disk.
const MOST: u64 = 4 << 30;

/// How long frames from before the stop are read: a network may never be quiet.
const LAST: Duration = Duration::from_secs(1);

/// A capture of a network.
pub struct Recorder<'a> {
    /// The network.
    pub network: NetworkName,
    /// The interface that sees all of its frames.
    pub interface: String,
    /// The capture file.
    pub file: PathBuf,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set to stop it.
    pub stop: &'a AtomicBool,
    /// The channel for its result.
    pub events: Sender<Event>,
}

impl Recorder<'_> {
    /// Captures until `stop` is set, and reports the number of frames. Call it on a thread of its own, in the
    /// namespace of the interface. A full disk ends the capture, but not the drill.
    ///
    /// # Errors
    /// There is no such interface, or the caller may not listen on it.
    pub fn run(self) -> io::Result<()> {
        let mut socket = raw::open(&self.interface, ALL)?;
        raw::enlarge(&socket)?;
        // The first request turns time stamping on in the kernel; it has no answer yet.
        let _ = raw::stamp(&socket);
        let mut frames = 0;
        let written = self.write(&mut socket, &mut frames);
        let dropped = raw::dropped(&socket)?;
        let failure = written.err().map(|error| error.to_string());
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let what = What::Captured { network: self.network, file: name, frames, dropped, failure };
        // The receiver is gone only when the drill is over.
        let _ = self.events.send(Event { t: self.clock.now(), what });
        // A worker that ends before its time would fail the drill, so this one waits for the stop.
        while !self.stop.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_millis(100));
        }
        Ok(())
    }

    fn write(&self, socket: &mut File, frames: &mut u64) -> io::Result<()> {
        let file = write::private().write(true).create(true).truncate(true).open(&self.file)?;
        let mut out = BufWriter::new(file);
        let (mut size, mut over) = (0, None);
        pcap::begin(&mut out, SNAP)?;
        let mut buffer = vec![0; LONGEST];
        loop {
            // Read before the socket, so that every frame up to the stop is written.
            let stopping = self.stop.load(Ordering::Relaxed);
            if stopping && over.get_or_insert_with(Instant::now).elapsed() > LAST {
                break;
            }
            match socket.read(&mut buffer) {
                Ok(length) => {
                    let kept = &buffer[..length.min(SNAP as usize)];
                    size += kept.len() as u64;
                    if size > MOST {
                        out.flush()?;
                        return Err(io::Error::other(format!("the file would exceed {}", Bytes(MOST))));
                    }
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
