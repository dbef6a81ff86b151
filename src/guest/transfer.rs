//! Scripts in a guest that take or give a stream.

use std::io::{self, Read, Write};

use ssh2::ExtendedData;

use super::ssh::{Output, SshSession, finish, keep, retry};
use super::{Limits, SshError};
use crate::base::shell::quote;

/// Reads output that is there; whether it has come to its end.
fn read_some(channel: &mut ssh2::Channel, text: &mut Vec<u8>) -> Result<bool, SshError> {
    let mut part = [0; 8192];
    match channel.read(&mut part) {
        Ok(0) => Ok(true),
        Ok(length) => {
            keep(text, part.get(..length).unwrap_or_default());
            Ok(false)
        }
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(false),
        Err(error) => Err(SshError::Io(error)),
    }
}

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
        let mut channel = self.begin(script, ExtendedData::Merge, limits)?;
        let mut buffer = [0; 1 << 15];
        let mut text = Vec::new();
        let mut ended = false;
        while !ended {
            let mut rest = match input.read(&mut buffer).map_err(SshError::Stream)? {
                0 => break,
                length => buffer.get(..length).unwrap_or_default(),
            };
            while !rest.is_empty() {
                match channel.write(rest) {
                    Ok(length) => rest = rest.get(length..).unwrap_or_default(),
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
                    Err(error) => return Err(SshError::Io(error)),
                }
                limits.check()?;
                // A script that has ended takes nothing more, and one whose output is not read may not go on.
                if !rest.is_empty() && channel.write_window().remaining == 0 {
                    ended = read_some(&mut channel, &mut text)?;
                    if ended {
                        break;
                    }
                }
            }
        }
        if !ended {
            retry(limits, "ending the input", || channel.send_eof())?;
        }
        let status = finish(&mut channel, limits, &mut |part| {
            keep(&mut text, part);
            Ok(())
        })?;
        Ok(Output { status, text: String::from_utf8_lossy(&text).into_owned() })
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
        let mut channel = self.begin(script, ExtendedData::Ignore, limits)?;
        finish(&mut channel, limits, &mut |part| output.write_all(part))
    }

    /// Begins a script.
    pub(super) fn begin(
        &mut self,
        script: &str,
        errors: ExtendedData,
        limits: Limits<'_>,
    ) -> Result<ssh2::Channel, SshError> {
        let mut channel = retry(limits, "opening a channel", || self.session.channel_session())?;
        retry(limits, "arranging the outputs", || channel.handle_extended_data(errors))?;
        // As an argument and not as input: a command of the script that reads its input must not eat the
        // rest.
        let command = format!("exec /bin/sh -euc {}", quote(script));
        retry(limits, "starting a command", || channel.exec(&command))?;
        Ok(channel)
    }
}
