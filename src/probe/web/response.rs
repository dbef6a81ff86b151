//! Judges HTTP answers. Pure.

use crate::base::http::{Head, NotHttp, head};
use crate::model::NodeName;
use crate::record::{Answer, Nanos};

/// What a good answer must contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedAnswer {
    /// This text anywhere.
    Contains(String),
    /// This text as the first line.
    FirstLine(String),
    /// A line that begins with this word and reports a duration, see [`told`].
    Told(String),
    /// Nothing: the connection only has to open.
    Connection,
}

/// The outcome of a request, and the node that claims to have answered: in a header, or in a line `node
/// <name>` of the body.
pub type Judgement = (Answer, Option<NodeName>);

/// The part of an answer that is kept, in bytes: the expected content is at its beginning.
pub const MOST_KEPT: usize = 64 * 1024;

/// The part of a wrong body that is kept for the record, in characters.
const SHOWN: usize = 80;

/// Whether this is one complete answer after which the connection can be reused.
pub fn leaves_open(input: &[u8]) -> bool {
    let whole = |head: &Head<'_>| head.length().is_some_and(|length| input.len() == head.body + length);
    matches!(head(input), Ok(Some(head)) if head.stays() && whole(&head))
}

/// Judges the part of an answer that has arrived; none while more may follow.
pub fn judge(input: &[u8], closed: bool, wanted: &ExpectedAnswer) -> Option<Judgement> {
    let head = match head(input) {
        Ok(Some(head)) => head,
        // A head without an end must not occupy the loop, and the other requests with it.
        Ok(None) => return (closed || input.len() >= MOST_KEPT).then_some((Answer::Incomplete, None)),
        Err(NotHttp) => return Some((wrong(input), None)),
    };
    let node = head.field("X-Node").and_then(|node| node.parse().ok());
    if head.status != 200 {
        return Some((Answer::Status { code: head.status }, node));
    }
    let body = &input[head.body..];
    let complete = match head.length() {
        Some(length) => body.len() >= length,
        None => closed,
    };
    if !complete && input.len() < MOST_KEPT {
        return closed.then_some((Answer::Incomplete, None));
    }
    let text = String::from_utf8_lossy(body);
    let good = match wanted {
        ExpectedAnswer::Contains(part) => text.contains(part.as_str()),
        ExpectedAnswer::FirstLine(line) => text.lines().next().is_some_and(|first| first.trim() == line),
        ExpectedAnswer::Told(word) => told(&text, word).is_some(),
        ExpectedAnswer::Connection => true,
    };
    let said = || text.lines().find_map(|line| line.strip_prefix("node ")?.trim().parse().ok());
    Some((if good { Answer::Ok } else { wrong(body) }, node.or_else(said)))
}

/// The lower and upper bound of a duration that a page reports in a line: `replicated 3.1 to 4.7 ms after the
/// commit`.
pub fn told(text: &str, word: &str) -> Option<(Nanos, Nanos)> {
    let line = text.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '))?;
    let mut words = line.split(' ');
    let (low, to, high, unit) = (words.next()?, words.next()?, words.next()?, words.next()?);
    // Below a day, because the page's text could be anything.
    let span = |word: &str| {
        let millis = word.parse().ok().filter(|millis: &f64| (0.0..86_400_000.0).contains(millis))?;
        Some(Nanos((millis * 1e6) as u64))
    };
    let (low, high) = (span(low)?, span(high)?);
    (to == "to" && unit == "ms" && low <= high).then_some((low, high))
}

fn wrong(body: &[u8]) -> Answer {
    Answer::WrongBody { begins: String::from_utf8_lossy(body).trim().chars().take(SHOWN).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH: 17\r\n\r\nok 17\nnode node2\n";

    fn first(text: &str) -> ExpectedAnswer {
        ExpectedAnswer::FirstLine(text.to_owned())
    }

    #[test]
    fn an_answer_counts_only_when_it_is_whole() {
        for cut in 0..OK.len() {
            assert_eq!(judge(&OK[..cut], false, &first("ok 17")), None, "{cut}");
            assert_eq!(judge(&OK[..cut], true, &first("ok 17")), Some((Answer::Incomplete, None)), "{cut}");
        }
        let node = "node2".parse().ok();
        assert_eq!(judge(OK, false, &first("ok 17")), Some((Answer::Ok, node)));
    }

    #[test]
    fn a_page_tells_how_long_something_took() {
        let read = |text: &str| told(text, "replicated");
        let page = "hello\nreplicated 3.1 to 4.75 ms after the commit\nnode web1\n";
        assert_eq!(read(page), Some((Nanos(3_100_000), Nanos(4_750_000))));
        assert_eq!(read("replicated 0 to 0.5 ms"), Some((Nanos(0), Nanos(500_000))));
        for text in [
            "",
            "replicated",
            "replicated 1 to 2",
            "replicated 1 to 2 s",
            "replicated 3 to 2 ms",
            "replicated -1 to 2 ms",
            "replicated NaN to 2 ms",
            "replicated 1 to 1e300 ms",
            "not replicated 1 to 2 ms",
            "replicated1 to 2 ms",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let answer = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{page}", page.len());
        let judged =
            |word: &str| judge(answer.as_bytes(), true, &ExpectedAnswer::Told(word.to_owned())).unwrap().0;
        assert_eq!(judged("replicated"), Answer::Ok);
        assert!(matches!(judged("copied"), Answer::WrongBody { .. }));
    }

    #[test]
    fn without_a_length_it_ends_with_the_connection() {
        let page = b"HTTP/1.0 200 OK\r\nX-Node: node1\r\n\r\nall is well";
        let wanted = ExpectedAnswer::Contains("is".to_owned());
        assert_eq!(judge(page, false, &wanted), None);
        assert_eq!(judge(page, true, &wanted), Some((Answer::Ok, "node1".parse().ok())));
    }

    #[test]
    fn a_connection_is_used_again_after_a_whole_answer_that_leaves_it_open() {
        let page = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: Keep-Alive\r\n\r\nfine";
        assert!(leaves_open(page));
        assert!(!leaves_open(&page[..page.len() - 1]) && !leaves_open(&[page.as_slice(), b"x"].concat()));
        assert!(!leaves_open(OK), "the server does not announce it");
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let answer = |input: &[u8], wanted: &ExpectedAnswer| judge(input, false, wanted).unwrap().0;
        let body = |text: &str| Answer::WrongBody { begins: text.to_owned() };
        assert_eq!(
            answer(OK, &first("ok 1")),
            body("ok 17\nnode node2"),
            "a longer number is another number"
        );
        assert_eq!(answer(b"HTTP/1.1 503 Busy\r\n\r\n", &first("")), Answer::Status { code: 503 });
        assert_eq!(answer(b"SSH-2.0-OpenSSH", &first("")), body("SSH-2.0-OpenSSH"));
        assert_eq!(answer(b"HTTP/1.1 what\r\n\r\n", &first("")), body("HTTP/1.1 what"));
    }
}
