//! The last bytes of what a terminal printed, for those who begin to look.

use std::collections::VecDeque;

/// The most bytes that are kept.
pub const MOST: usize = 256 << 10;

/// The most bytes before a line end that are left out, so that the rest begins with a line.
const LONGEST_LINE: usize = 4096;

/// The last bytes.
#[derive(Debug, Default)]
pub struct Tail(VecDeque<u8>);

impl Tail {
    /// Adds bytes, and leaves out the oldest.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let over = self.0.len().saturating_sub(MOST);
        self.0.drain(..over);
    }

    /// A copy of them.
    pub fn bytes(&self) -> VecDeque<u8> {
        let mut copy = self.0.clone();
        // The first line may have lost its beginning, and with it half of a sequence.
        if copy.len() == MOST
            && let Some(end) = copy.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n')
        {
            copy.drain(..=end);
        }
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_bytes_are_left_out_and_the_rest_begins_with_a_line() {
        let mut tail = Tail::default();
        tail.push(b"one\ntwo\n");
        assert_eq!(tail.bytes(), b"one\ntwo\n");
        for number in 0..100_000 {
            tail.push(format!("line {number:06}\n").as_bytes());
        }
        let bytes: Vec<u8> = tail.bytes().into();
        assert!(bytes.len() <= MOST && bytes.len() > MOST - 20);
        assert!(bytes.starts_with(b"line ") && bytes.ends_with(b"line 099999\n"));
    }
}
