//! The text of a SIP message. Pure.

use std::fmt::Write as _;

/// The prefix of a transaction identifier (RFC 3261, 8.1.1.7).
const COOKIE: &str = "z9hG4bK";

/// The short names of headers that have one (RFC 3261, 7.3.3).
const COMPACT: [(&str, &str); 6] =
    [("v", "via"), ("f", "from"), ("t", "to"), ("i", "call-id"), ("m", "contact"), ("l", "content-length")];

/// The first line of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    /// A request.
    Request {
        /// Its method: `INVITE`.
        method: &'a str,
        /// Its target: `sip:100@192.0.2.1:5060`.
        uri: &'a str,
    },
    /// A response with this status, 100 to 699.
    Status(u16),
}

/// A received message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its first line.
    pub start: Start<'a>,
    headers: Vec<(&'a str, &'a str)>,
    /// What follows the headers.
    pub body: &'a str,
}

impl<'a> Message<'a> {
    /// Parses a datagram; none if it is not SIP. Folded headers, which are no longer in use, are not joined.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.splitn(3, ' ');
        let start = match (words.next()?, words.next()?, words.next()) {
            ("SIP/2.0", status, _) => {
                Start::Status(status.parse().ok().filter(|status| (100..700).contains(status))?)
            }
            (method, uri, Some("SIP/2.0")) => Start::Request { method, uri },
            _ => return None,
        };
        let header = |line: &'a str| line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
        Some(Self { start, headers: lines.filter_map(header).collect(), body })
    }

    /// All values of a header, in order; the name is given in lowercase.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let short = COMPACT.iter().find(|(_, long)| *long == name).map(|(short, _)| *short);
        let is = move |(found, _): &&(&'a str, &'a str)| {
            found.eq_ignore_ascii_case(name) || short.is_some_and(|short| found.eq_ignore_ascii_case(short))
        };
        self.headers.iter().filter(is).map(|(_, value)| *value).collect::<Vec<_>>().into_iter()
    }

    /// The first value of a header; the name is given in lowercase.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The identifier of its transaction, without the cookie: the branch of the topmost `Via`.
    pub fn branch(&self) -> Option<&'a str> {
        parameter(self.header("via")?, "branch")?.strip_prefix(COOKIE)
    }

    /// The number and the method of the request that it belongs to.
    pub fn sequence(&self) -> Option<(u32, &'a str)> {
        let (number, method) = self.header("cseq")?.split_once(' ')?;
        Some((number.parse().ok()?, method.trim()))
    }
}

/// A parameter of a header's value: of `<sip:100@lab>;tag=7` the tag is `7`.
pub fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    // Parameters inside the brackets belong to the address, not to the header.
    let outside = value.rsplit_once('>').map_or(value, |(_, outside)| outside);
    outside.split(';').skip(1).find_map(|part| {
        let (found, value) = part.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// The address in a header's value: of `"A" <sip:100@lab>;tag=7` it is `sip:100@lab`.
pub fn address(value: &str) -> &str {
    match value.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        Some((inside, _)) => inside,
        None => value.split(';').next().unwrap_or(value).trim(),
    }
}

/// A message under construction.
#[derive(Debug)]
pub struct Draft(String);

impl Draft {
    /// A request, with the sender's `Via`.
    pub fn request(method: &str, uri: &str, local: impl std::fmt::Display, branch: &str) -> Self {
        Self(format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch={COOKIE}{branch};rport\r\nMax-Forwards: 70\r\n"
        ))
    }

    /// The response to a request. It copies the headers that RFC 3261, 8.2.6.2, demands; `tag` is the tag of
    /// the recipient.
    pub fn answer(request: &Message<'_>, status: &str, tag: &str) -> Self {
        let mut draft = Self(format!("SIP/2.0 {status}\r\n"));
        for via in request.all("via") {
            draft = draft.header("Via", via);
        }
        for path in request.all("record-route") {
            draft = draft.header("Record-Route", path);
        }
        let to = request.header("to").unwrap_or_default();
        let to = if parameter(to, "tag").is_some() { to.to_owned() } else { format!("{to};tag={tag}") };
        draft
            .header("From", request.header("from").unwrap_or_default())
            .header("To", to)
            .header("Call-ID", request.header("call-id").unwrap_or_default())
            .header("CSeq", request.header("cseq").unwrap_or_default())
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        // Writing into a string cannot fail.
        let _ = write!(self.0, "{name}: {value}\r\n");
        self
    }

    /// The whole message.
    pub fn finish(self) -> String {
        self.0 + "Content-Length: 0\r\n\r\n"
    }

    /// The whole message, with a session description as its body.
    pub fn with_session(self, body: &str) -> String {
        let head = self.header("Content-Type", "application/sdp").header("Content-Length", body.len());
        head.0 + "\r\n" + body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From RFC 3261, 24.2, with compact names and other features that are hard to parse.
    const RINGING: &str = "SIP/2.0 180 Ringing\r\n\
        v: SIP/2.0/UDP server10.biloxi.com;branch=z9hG4bK4b43c2ff8.1;received=192.0.2.3\r\n\
        Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds;received=192.0.2.1\r\n\
        To: Bob <sip:bob@biloxi.com;tag=inside>;tag=a6c85cf\r\n\
        from: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n\
        i: a84b4c76e66710\r\n\
        Contact: <sip:bob@192.0.2.4>\r\n\
        CSeq: 314159 INVITE\r\n\
        Content-Length: 0\r\n\r\n";

    #[test]
    fn an_answer_is_read() {
        let message = Message::parse(RINGING).unwrap();
        assert_eq!(message.start, Start::Status(180));
        assert_eq!(message.branch(), Some("4b43c2ff8.1"));
        assert_eq!(message.all("via").count(), 2);
        assert_eq!(message.sequence(), Some((314_159, "INVITE")));
        assert_eq!(message.header("call-id"), Some("a84b4c76e66710"));
        let to = message.header("to").unwrap();
        assert_eq!((parameter(to, "tag"), address(to)), (Some("a6c85cf"), "sip:bob@biloxi.com;tag=inside"));
        assert_eq!(address("sip:bob@192.0.2.4;tag=1"), "sip:bob@192.0.2.4");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = Draft::request("OPTIONS", "sip:192.0.2.9:5060", "192.0.2.1:4000", "7-42")
            .header("From", "<sip:100@192.0.2.9>;tag=7")
            .header("To", "<sip:192.0.2.9>")
            .header("Call-ID", "7-42")
            .header("CSeq", "1 OPTIONS")
            .finish();
        let request = Message::parse(&text).unwrap();
        assert_eq!(request.start, Start::Request { method: "OPTIONS", uri: "sip:192.0.2.9:5060" });
        assert_eq!((request.branch(), request.sequence()), (Some("7-42"), Some((1, "OPTIONS"))));
        let text = Draft::answer(&request, "200 OK", "5").with_session("v=0\r\n");
        let answer = Message::parse(&text).unwrap();
        assert_eq!((answer.start, answer.branch()), (Start::Status(200), Some("7-42")));
        assert_eq!(answer.header("to"), Some("<sip:192.0.2.9>;tag=5"));
        assert_eq!(answer.header("call-id"), request.header("call-id"));
        assert_eq!((answer.header("content-length"), answer.body), (Some("5"), "v=0\r\n"));
    }

    #[test]
    fn what_is_no_sip_is_nothing() {
        for text in ["", "\r\n\r\n", "SIP/2.0 99 Early", "SIP/2.0 abc", "GET / HTTP/1.1\r\n\r\n", "one two"] {
            assert_eq!(Message::parse(text), None, "{text}");
        }
    }
}
