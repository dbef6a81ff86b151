//! Queries that nodes answer with a few lines, after the fact. The answers are not followed live, and an
//! incomplete answer is an error.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::engine::Engine;
use super::setup::{Follow, Heard};
use crate::base::budget::{Budget, Spent};
use crate::base::failure::chain;
use crate::model::NodeName;
use crate::record::{Clock, Ending, Nanos};

/// The line that marks a complete answer.
const COMPLETE: &str = "halab: complete";

/// The time limit for a node's answer, its connection included. The longest query runs programs with a limit
/// of 20 s each.
const LIMIT: Nanos = Nanos::millis(60_000);

/// The largest answer, in bytes.
const MOST: u64 = 1 << 20;

/// The longest part of a line in a message, in characters.
const SHOWN: usize = 200;

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
        script: &str,
        what: &str,
    ) -> Result<Vec<Result<Said, String>>, Ending> {
        let (follow, clock) = (self.setup.follow, self.pump.clock);
        // Each has a flag of its own: one that talks without end is stopped, and the others are heard.
        let ask = |node: &'env NodeName| {
            let stop = Arc::new(AtomicBool::new(false));
            let (told, script) = (Arc::clone(&stop), script.to_owned());
            (self.scope.spawn(move || ask(follow, node, &script, &told, clock)), stop)
        };
        let threads: Vec<_> = nodes.iter().map(|node| ask(node)).collect();
        let deadline = clock.now().plus(LIMIT);
        let mut answers = Vec::new();
        let (threads, stops): (Vec<_>, Vec<_>) = threads.into_iter().unzip();
        for (thread, stop) in threads.into_iter().zip(&stops) {
            // All queries began at once, so they share a deadline.
            let left = deadline.since(clock.now());
            let late = || Err(format!("{what}: no answer within {} s", LIMIT.duration().as_secs()));
            match self.pump.await_thread(thread, what, left, stop) {
                Ok(answer) => answers.push(answer.unwrap_or_else(late)),
                Err(ending) => {
                    stops.iter().for_each(|stop| stop.store(true, Ordering::Relaxed));
                    return Err(ending);
                }
            }
        }
        Ok(answers)
    }
}

/// The output of a command that is returned as a whole.
pub struct Whole {
    budget: Budget<'static>,
    /// The output.
    pub text: Vec<u8>,
    /// Why the rest is not there.
    pub spent: Option<Spent>,
}

/// A flag that is never set: the command has one of its own.
static NEVER: AtomicBool = AtomicBool::new(false);

impl Whole {
    /// At most this number of bytes within this time.
    pub fn new(most: u64, limit: Duration) -> Self {
        Self { budget: Budget::new(most, Instant::now() + limit, &NEVER), text: Vec::new(), spent: None }
    }

    /// Takes output, and stops the command when that was too much.
    pub fn hear(&mut self, bytes: &[u8], stop: &AtomicBool) {
        match self.budget.charge(bytes.len()) {
            Ok(()) => self.text.extend_from_slice(bytes),
            Err(spent) => {
                self.spent.get_or_insert(spent);
                stop.store(true, Ordering::Relaxed);
            }
        }
    }

    /// # Errors
    /// When the output was too much.
    pub fn check(&self) -> Result<(), String> {
        self.spent.map_or(Ok(()), |spent| Err(spent.to_string()))
    }
}

fn ask(
    follow: &Follow<'_>,
    node: &NodeName,
    script: &str,
    stop: &AtomicBool,
    clock: Clock,
) -> Result<Said, String> {
    let (mut printed, mut asked, mut answered) = (Whole::new(MOST, LIMIT.duration()), clock.now(), None);
    let now = || (clock.now(), Timestamp::now());
    let hear = &mut |heard: Heard<'_>| match heard {
        Heard::Opened => asked = clock.now(),
        Heard::Bytes(bytes) => {
            answered.get_or_insert_with(now);
            printed.hear(bytes, stop);
        }
    };
    let command = format!("{script}\necho '{COMPLETE}'");
    follow(node, &command, stop, hear).map_err(|error| chain(error.as_ref()))?;
    printed.check()?;
    let text = whole(&String::from_utf8_lossy(&printed.text))?;
    let (answered, wall) = answered.unwrap_or_else(now);
    Ok(Said { text, asked, answered, wall })
}

/// The beginning of a line, for the message that it is not understood.
pub fn shown(line: &str) -> String {
    line.chars().take(SHOWN).collect()
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
    fn a_node_that_answers_without_end_is_stopped() {
        let stop = AtomicBool::new(false);
        let mut pieces = 0;
        let follow = |_: &NodeName, _: &str, stop: &AtomicBool, hear: &mut dyn FnMut(Heard<'_>)| {
            while !stop.load(Ordering::Relaxed) {
                hear(Heard::Bytes(&[0; 1 << 16]));
            }
            Ok(())
        };
        let mut whole = Whole::new(MOST, LIMIT.duration());
        while !stop.load(Ordering::Relaxed) {
            whole.hear(&[0; 1 << 16], &stop);
            pieces += 1;
        }
        assert_eq!((pieces, whole.text.len() as u64), (17, MOST));
        let asked = ask(&follow, &"node1".parse().unwrap(), "true", &AtomicBool::new(false), Clock::start());
        assert_eq!(asked.err().unwrap(), "it talks without end: more than 1 MiB");
    }

    #[test]
    fn only_a_whole_answer_counts() {
        assert_eq!(whole("one\ntwo\nhalab: complete\n").unwrap(), "one\ntwo\n");
        for half in ["", "one\n", "one\nhalab: comp"] {
            whole(half).unwrap_err();
        }
    }
}
