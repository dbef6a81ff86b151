//! The classic capture file (draft-ietf-opsawg-pcap) with times in nanoseconds, in the byte order of this
//! machine.

use std::io::{self, Write};
use std::time::Duration;

/// Says that times are in nanoseconds, and in which byte order all numbers are.
const MAGIC: u32 = 0xa1b2_3c4d;

/// The version of the format, 2.4.
const VERSION: [u16; 2] = [2, 4];

/// Frames begin with an Ethernet header.
const ETHERNET: u32 = 1;

/// Writes the beginning of a file whose frames are cut off behind so many bytes.
pub fn begin(out: &mut impl Write, snap: u32) -> io::Result<()> {
    out.write_all(&MAGIC.to_ne_bytes())?;
    for part in VERSION {
        out.write_all(&part.to_ne_bytes())?;
    }
    // Two numbers that are always zero: the time zone, and how exact times are.
    for number in [0, 0, snap, ETHERNET] {
        out.write_all(&number.to_ne_bytes())?;
    }
    Ok(())
}

/// Writes a frame that came so long after 1970; `length` is what it had before it was cut off.
pub fn frame(out: &mut impl Write, since_epoch: Duration, frame: &[u8], length: u32) -> io::Result<()> {
    let seconds = u32::try_from(since_epoch.as_secs()).unwrap_or(u32::MAX);
    let kept = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    for number in [seconds, since_epoch.subsec_nanos(), kept, length] {
        out.write_all(&number.to_ne_bytes())?;
    }
    out.write_all(frame)
}
