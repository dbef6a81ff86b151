//! The process beside a script that a step runs as a client: it starts the script, gives up its own rights,
//! and reads what the script prints.

use std::io::{self, Read};
use std::thread;

use rustix::process::{WaitOptions, wait};

use super::wire::{Said, ScriptEnded};
use crate::base::apart::Starter;
use crate::base::confined::{self, Confinement, Program, Streams, SystemCalls};
use crate::base::threads;

/// The name of the script in its file system.
const PATH: &str = "/step";

/// The memory of each process of a script, in bytes of address space.
const MEMORY: u64 = 2 << 30;

/// What the process beside a script keeps: it waits for the end of another process.
const CONFINEMENT: Confinement =
    Confinement { memory: 1 << 30, network: false, calls: SystemCalls::Programs };

/// How much of each of its streams is kept, in bytes.
const KEPT: usize = 4000;

/// Runs a script and says how it ended. The starter ends this process if that takes too long, and the script
/// with it.
pub fn run(text: &str, starter: &Starter) -> io::Result<()> {
    let streams = Program { path: PATH, content: text, memory: MEMORY }.start()?;
    confined::enter(&CONFINEMENT)?;
    let Streams { input, output, errors, held: _held } = streams;
    // It has no input.
    drop(input);
    let output = thread::scope(|scope| {
        let errors = scope.spawn(|| end_of(errors));
        let output = end_of(output)?;
        Ok::<_, io::Error>([output, threads::end(errors)?].concat())
    })?;
    let status = wait(WaitOptions::empty())?.and_then(|(_, status)| status.exit_status()).unwrap_or(1);
    starter.say(&Said::Ended(ScriptEnded { status, output: String::from_utf8_lossy(&output).into_owned() }))
}

/// The end of what a stream brings until it is closed.
fn end_of(mut stream: impl Read) -> io::Result<Vec<u8>> {
    let (mut kept, mut part) = (Vec::new(), [0; 16384]);
    loop {
        let length = match stream.read(&mut part) {
            Ok(0) => return Ok(kept),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        kept.extend_from_slice(part.get(..length).unwrap_or_default());
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_stream_is_kept() {
        let long = [&b"x"[..]; 5000].concat();
        let kept = end_of([long.as_slice(), b"last"].concat().as_slice()).unwrap();
        assert_eq!(kept.len(), KEPT);
        assert!(kept.ends_with(b"xlast"));
    }
}
