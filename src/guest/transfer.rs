//! Scripts in a guest that take or give a stream.

use std::io::{self, Read, Write};

use ssh2::ExtendedData;

use super::ssh::{Output, SshSession, finish, retry};
use super::{Limits, SshError};
use crate::base::shell::quote;

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
        loop {
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
            }
        }
        retry(limits, "ending the input", || channel.send_eof())?;
        let mut text = Vec::new();
        let status = finish(&mut channel, limits, &mut |part| {
            text.extend_from_slice(part);
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
