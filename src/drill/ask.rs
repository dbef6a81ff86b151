//! Questions that nodes answer with a few lines, after the fact: nobody follows them, and half an answer is none.

use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use super::engine::Engine;
use super::setup::{Follow, Heard};
use crate::base::failure::chain;
use crate::model::NodeName;
use crate::record::{Clock, Ending, Nanos};

/// What says that nothing is missing.
const COMPLETE: &str = "halab: complete";

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
    /// Asks nodes side by side. `what` names it, should it end badly.
    pub fn ask_nodes(
        &mut self,
        nodes: &[&'env NodeName],
        script: &'static str,
        what: &str,
    ) -> Result<Vec<Result<Said, String>>, Ending> {
        let (follow, stop, clock) = (self.setup.follow, &self.flags.checks, self.pump.clock);
        let ask = |node: &'env NodeName| self.scope.spawn(move || ask(follow, node, script, stop, clock));
        let threads: Vec<_> = nodes.iter().map(|node| ask(node)).collect();
        threads.into_iter().map(|thread| self.pump.join(thread, what)).collect()
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
            printed.extend_from_slice(bytes);
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
