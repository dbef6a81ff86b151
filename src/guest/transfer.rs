//! The input of a script in a guest.

use std::io::{self, Read, Write};

use super::ssh::{Channel, OnBytes};
use super::{Limits, SshError};
use crate::base::budget::Budget;

impl Channel {
    /// Writes the input of a script, and hands on what it prints meanwhile. Whether the script has ended
    /// before its input.
    pub(super) fn fill(
        &mut self,
        input: &mut dyn Read,
        limits: Limits<'_>,
        budget: &mut Budget<'_>,
        on_bytes: &mut OnBytes<'_>,
    ) -> Result<bool, SshError> {
        let mut buffer = [0; 1 << 15];
        let mut said = [0; 8192];
        loop {
            let mut rest = match input.read(&mut buffer).map_err(SshError::Stream)? {
                0 => return Ok(false),
                length => buffer.get(..length).unwrap_or_default(),
            };
            while !rest.is_empty() {
                match self.inner.write(rest) {
                    Ok(length) => rest = rest.get(length..).unwrap_or_default(),
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
                    Err(error) => return Err(SshError::Io(error)),
                }
                limits.check()?;
                // A script that has ended takes nothing more, and one whose output is not read may not go on.
                if !rest.is_empty() && self.inner.write_window().remaining == 0 {
                    match self.read(&mut said, budget)? {
                        Some(part) => on_bytes(part)?,
                        None => return Ok(true),
                    }
                }
            }
        }
    }
}
