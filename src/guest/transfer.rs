//! Scripts in a guest that take or give a stream.

use std::io::{self, Read, Write};

use ssh2::ExtendedData;

use super::ssh::{Channel, Output, SshSession, retry};
use super::{Limits, SshError};
use crate::base::budget::Budget;

/// The most that a script may say about its input, in bytes.
const LONGEST: u64 = 4 << 20;

impl SshSession {
    /// Runs a shell script as root with this as its input.
    ///
    /// # Errors
    /// When the input cannot be read, the connection breaks or a limit comes first; a script that fails is an
    /// [`Output`].
    pub fn feed(
        &mut self,
        script: &str,
        input: &mut dyn Read,
        limits: Limits<'_>,
    ) -> Result<Output, SshError> {
        let limits = limits.at_most(LONGEST);
        self.open_channel(ExtendedData::Merge, limits)?.guarded(limits, |channel| {
            channel.exec(script, limits)?;
            let (mut text, mut budget) = (Vec::new(), limits.budget());
            if !fill(channel, input, limits, &mut budget, &mut text)? {
                retry(limits, "ending the input", || channel.inner.send_eof())?;
            }
            let status = channel.finish(limits, &mut budget, &mut |part| {
                text.extend_from_slice(part);
                Ok(())
            })?;
            Ok(Output { status, text: String::from_utf8_lossy(&text).into_owned() })
        })
    }

    /// Runs a shell script as root and writes its standard output; what it says on standard error is dropped.
    /// Returns its exit status.
    ///
    /// # Errors
    /// When the output cannot be written, the connection breaks or a limit comes first.
    pub fn fetch(
        &mut self,
        script: &str,
        output: &mut dyn Write,
        limits: Limits<'_>,
    ) -> Result<i32, SshError> {
        self.open_channel(ExtendedData::Ignore, limits)?.guarded(limits, |channel| {
            channel.exec(script, limits)?;
            channel.finish(limits, &mut limits.budget(), &mut |part| output.write_all(part))
        })
    }
}

/// Writes the input of a script, and reads what it says meanwhile. Whether the script has ended before its
/// input.
fn fill(
    channel: &mut Channel,
    input: &mut dyn Read,
    limits: Limits<'_>,
    budget: &mut Budget<'_>,
    text: &mut Vec<u8>,
) -> Result<bool, SshError> {
    let mut buffer = [0; 1 << 15];
    let mut said = [0; 8192];
    loop {
        let mut rest = match input.read(&mut buffer).map_err(SshError::Stream)? {
            0 => return Ok(false),
            length => buffer.get(..length).unwrap_or_default(),
        };
        while !rest.is_empty() {
            match channel.inner.write(rest) {
                Ok(length) => rest = rest.get(length..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
                Err(error) => return Err(SshError::Io(error)),
            }
            limits.check()?;
            // A script that has ended takes nothing more, and one whose output is not read may not go on.
            if !rest.is_empty() && channel.inner.write_window().remaining == 0 {
                match channel.read(&mut said, budget)? {
                    Some(part) => text.extend_from_slice(part),
                    None => return Ok(true),
                }
            }
        }
    }
}
