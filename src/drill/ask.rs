//! Questions that nodes answer with a few lines, after the fact: nobody follows them, and half an answer is
//! none.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use super::engine::Engine;
use super::setup::{Follow, Heard};
use crate::base::failure::chain;
use crate::model::NodeName;
use crate::record::{Clock, Ending, Nanos};

/// What says that nothing is missing.
const COMPLETE: &str = "halab: complete";

/// How long a node may take to answer, its connection included. The longest question runs programs that have
/// 20 seconds each.
const LIMIT: Nanos = Nanos::millis(60_000);

/// More of an answer than this is not kept, in bytes.
const MOST: usize = 4 << 20;

/// A whole answer.
pub struct Said {
    /// What was printed.
    pub text: String,
    /// When the command began.
    pub asked: Nanos,
    /// When the first of the answer came.
    pub answered: Nanos,
    /// The same moment on the wall clock.
    pub wall: Timestamp,
}

impl<'env> Engine<'_, '_, 'env> {
    /// Asks nodes side by side. `what` names the question, should a node not answer in time.
    ///
    /// # Errors
    /// When the user stops the drill, or a thread of it fails. A node that does not answer is an error in its
    /// place.
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
            // All were asked at once, so all have the same end.
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
            // A node that does not stop has not said that it is all either.
            printed.extend_from_slice(&bytes[..bytes.len().min(MOST - printed.len())]);
        }
    };
    let command = format!("{script}\necho '{COMPLETE}'");
    follow(node, &command, stop, hear).map_err(|error| chain(error.as_ref()))?;
    let text = whole(&String::from_utf8_lossy(&printed))?;
    let (answered, wall) = answered.unwrap_or_else(now);
    Ok(Said { text, asked, answered, wall })
}

/// What came before the line that says that it is all.
fn whole(printed: &str) -> Result<String, String> {
    let (text, _) = printed.split_once(COMPLETE).ok_or("it did not say all that it was asked")?;
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
