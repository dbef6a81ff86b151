//! A node's shell, for successive commands and for commands that continue to run.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd as _;

use super::client::{Heard, Keeper, Run};
use crate::base::shell::quote;
use crate::guest::{Limits, Output, SshError, Target};
use crate::model::spec::GuestFile;

/// The largest output that is returned as a whole, in bytes.
const LONGEST: u64 = 4 << 20;

/// A node's shell over SSH. Nothing is connected yet.
#[derive(Debug, Clone)]
pub struct Shell {
    keeper: Keeper,
    target: Target,
}

impl Shell {
    /// The shell of a node, over the keeper of its instance.
    pub fn new(keeper: Keeper, target: Target) -> Self {
        Self { keeper, target }
    }

    /// Runs a script to its end, in a session that stays open between commands.
    ///
    /// # Errors
    /// When the node does not answer, the connection breaks, a limit is reached first, or it prints more than
    /// 4 MiB; a failing script is an [`Output`].
    pub fn run(&self, script: &str, limits: Limits<'_>) -> Result<Output, SshError> {
        self.whole(&run(script), limits)
    }

    /// As [`Shell::run`], and passes on its output as it is printed; returns its exit status.
    ///
    /// # Errors
    /// When the node does not answer, the connection breaks, or a limit is reached first.
    pub fn stream(
        &self,
        script: &str,
        limits: Limits<'_>,
        on_bytes: &mut dyn FnMut(&[u8]),
    ) -> Result<i32, SshError> {
        self.pass_on(&run(script), limits, &mut |heard| {
            if let Heard::Bytes(bytes) = heard {
                on_bytes(bytes);
            }
        })
    }

    /// As [`Shell::stream`], for a script that the caller starts again whenever it ends. It is ended before
    /// the guest is saved; otherwise it would run again after each restore.
    ///
    /// # Errors
    /// As [`Shell::stream`].
    pub fn follow(
        &self,
        script: &str,
        limits: Limits<'_>,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<i32, SshError> {
        self.pass_on(&Run { repeats: true, ..run(script) }, limits, hear)
    }

    /// Runs a script with a file as its input.
    ///
    /// # Errors
    /// As [`Shell::run`], or when the input cannot be read.
    pub fn feed(&self, script: &str, input: &File, limits: Limits<'_>) -> Result<Output, SshError> {
        self.whole(&Run { input: Some(input.as_fd()), ..run(script) }, limits)
    }

    /// Runs a script and writes its standard output; what it prints on standard error is dropped. Returns its
    /// exit status.
    ///
    /// # Errors
    /// As [`Shell::stream`], or when the output cannot be written.
    pub fn fetch(&self, script: &str, output: &mut dyn Write, limits: Limits<'_>) -> Result<i32, SshError> {
        let run = Run { errors: false, ..run(script) };
        self.keeper.run(&self.target, &run, limits, &mut |heard| match heard {
            Heard::Opened => Ok(()),
            Heard::Bytes(bytes) => output.write_all(bytes),
        })
    }

    /// Writes a file in the guest atomically, with its mode and owner.
    ///
    /// # Errors
    /// As [`Shell::run`]; a failure in the guest is an [`Output`].
    pub fn put(&self, file: &GuestFile, limits: Limits<'_>) -> Result<Output, SshError> {
        let path = quote(&file.path);
        let script = format!(
            "mkdir -p \"$(dirname {path})\"\ncat > {path}.halab\nchmod {:04o} {path}.halab\nchown {} {path}.halab\n\
             mv {path}.halab {path}",
            file.mode,
            quote(&file.owner)
        );
        let mut content = tempfile::tempfile().map_err(SshError::Stream)?;
        let written = content.write_all(file.content.as_bytes());
        written.and_then(|()| std::io::Seek::rewind(&mut content)).map_err(SshError::Stream)?;
        self.feed(&script, &content, limits)
    }

    fn pass_on(
        &self,
        run: &Run<'_>,
        limits: Limits<'_>,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<i32, SshError> {
        self.keeper.run(&self.target, run, limits, &mut |heard| {
            hear(heard);
            Ok(())
        })
    }

    fn whole(&self, run: &Run<'_>, limits: Limits<'_>) -> Result<Output, SshError> {
        let mut bytes = Vec::new();
        let status = self.pass_on(run, limits.at_most(LONGEST), &mut |heard| {
            if let Heard::Bytes(part) = heard {
                bytes.extend_from_slice(part);
            }
        })?;
        Ok(Output { status, text: String::from_utf8_lossy(&bytes).into_owned() })
    }
}

fn run(script: &str) -> Run<'_> {
    Run { script, repeats: false, errors: true, input: None }
}
