//! The classic capture format (draft-ietf-opsawg-pcap) with nanosecond times, in this machine's byte order.

use std::io::{self, Write};
use std::time::Duration;

/// The magic number for nanosecond times; it also reveals the byte order.
const MAGIC: u32 = 0xa1b2_3c4d;

/// The version of the format, 2.4.
const VERSION: [u16; 2] = [2, 4];

/// Frames begin with an Ethernet header.
const ETHERNET: u32 = 1;

/// Writes the file header; `snap` is the length in bytes at which frames are truncated.
pub fn begin(out: &mut impl Write, snap: u32) -> io::Result<()> {
    out.write_all(&MAGIC.to_ne_bytes())?;
    for part in VERSION {
        out.write_all(&part.to_ne_bytes())?;
    }
    // Two fields that are always zero: the time zone, and the accuracy of times.
    for number in [0, 0, snap, ETHERNET] {
        out.write_all(&number.to_ne_bytes())?;
    }
    Ok(())
}

/// Writes a frame with its time since 1970; `length` is its length before truncation.
pub fn frame(out: &mut impl Write, since_epoch: Duration, frame: &[u8], length: u32) -> io::Result<()> {
    let seconds = u32::try_from(since_epoch.as_secs()).unwrap_or(u32::MAX);
    let kept = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    for number in [seconds, since_epoch.subsec_nanos(), kept, length] {
        out.write_all(&number.to_ne_bytes())?;
    }
    out.write_all(frame)
}
