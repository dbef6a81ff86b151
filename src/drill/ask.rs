//! Queries that nodes answer with a few lines, after the fact. The answers are not followed live, and an
//! incomplete answer is an error.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use super::engine::Engine;
use super::setup::{Follow, Heard};
use crate::base::failure::chain;
use crate::model::NodeName;
use crate::record::{Clock, Ending, Nanos};

/// The line that marks a complete answer.
const COMPLETE: &str = "halab: complete";

/// The time limit for a node's answer, its connection included. The longest query runs programs with a limit
/// of 20 s each.
const LIMIT: Nanos = Nanos::millis(60_000);

/// The largest part of an answer that is kept, in bytes.
const MOST: usize = 4 << 20;

/// A complete answer.
pub struct Said {
    /// The output.
    pub text: String,
    /// When the command began.
    pub asked: Nanos,
    /// When the first bytes arrived.
    pub answered: Nanos,
    /// The same moment on the wall clock.
    pub wall: Timestamp,
}

impl<'env> Engine<'_, '_, 'env> {
    /// Queries nodes in parallel. `what` names the query in the error for a node that does not answer in
    /// time.
    ///
    /// # Errors
    /// The user stops the drill, or a thread of it fails. A node that does not answer is an error at its
    /// index.
    pub fn ask_nodes(
        &mut self,
        nodes: &[&'env NodeName],
        script: &'static str,
        what: &str,
    ) -> Result<Vec<Result<Said, String>>, Ending> {
        let (follow, clock) = (self.setup.follow, self.pump.clock);
        let stop = Arc::new(AtomicBool::new(false));
        let ask = |node: &'env NodeName| {
            let stop = Arc::clone(&stop);
            self.scope.spawn(move || ask(follow, node, script, &stop, clock))
        };
        let threads: Vec<_> = nodes.iter().map(|node| ask(node)).collect();
        let deadline = clock.now().plus(LIMIT);
        let mut answers = Vec::new();
        for thread in threads {
            // All queries began at once, so they share a deadline.
            let left = deadline.since(clock.now());
            let late = || Err(format!("{what}: no answer within {} s", LIMIT.duration().as_secs()));
            answers.push(self.pump.await_thread(thread, what, left, &stop)?.unwrap_or_else(late));
        }
        Ok(answers)
    }
}

fn ask(
    follow: &Follow<'_>,
    node: &NodeName,
    script: &str,
    stop: &AtomicBool,
    clock: Clock,
) -> Result<Said, String> {
    let (mut printed, mut asked, mut answered) = (Vec::new(), clock.now(), None);
    let now = || (clock.now(), Timestamp::now());
    let hear = &mut |heard: Heard<'_>| match heard {
        Heard::Opened => asked = clock.now(),
        Heard::Bytes(bytes) => {
            answered.get_or_insert_with(now);
            // A node that keeps printing has not sent the end marker either.
            printed.extend_from_slice(&bytes[..bytes.len().min(MOST - printed.len())]);
        }
    };
    let command = format!("{script}\necho '{COMPLETE}'");
    follow(node, &command, stop, hear).map_err(|error| chain(error.as_ref()))?;
    let text = whole(&String::from_utf8_lossy(&printed))?;
    let (answered, wall) = answered.unwrap_or_else(now);
    Ok(Said { text, asked, answered, wall })
}

/// The output before the end marker.
fn whole(printed: &str) -> Result<String, String> {
    let (text, _) = printed.split_once(COMPLETE).ok_or("its answer is incomplete")?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_counts() {
        assert_eq!(whole("one\ntwo\nhalab: complete\n").unwrap(), "one\ntwo\n");
        for half in ["", "one\n", "one\nhalab: comp"] {
            whole(half).unwrap_err();
        }
    }
}
