//! Splits the input of an XMPP stream into pieces. Pure.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Larger than any piece that we expect. Longer input without a complete piece is not XMPP.
const LONGEST: usize = 64 * 1024;

/// How deeply elements nest at most. Those that we expect nest three levels deep.
const DEEPEST: usize = 32;

/// A received piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The other side has opened its stream.
    Opened,
    /// One complete element.
    Element(Element),
    /// The other side has closed its stream.
    Closed,
}

/// An element with its children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its qualified name: `stream:features`.
    pub name: String,
    /// Its attributes.
    attributes: Vec<(String, String)>,
    /// The elements in it.
    pub children: Vec<Element>,
}

impl Element {
    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The first child with this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    fn begin(start: &BytesStart<'_>) -> Self {
        let attributes = start.attributes().flatten();
        Self {
            name: start.name().as_ref().to_owned(),
            attributes: attributes.map(|own| (own.key.as_ref().to_owned(), own.value.into_owned())).collect(),
            children: Vec::new(),
        }
    }
}

/// Input that was not taken yet.
#[derive(Debug, Default)]
pub struct Incoming {
    input: Vec<u8>,
    /// How much of it was taken.
    taken: usize,
}

impl Incoming {
    /// Adds input.
    pub fn add(&mut self, bytes: &[u8]) {
        self.input.drain(..self.taken);
        self.taken = 0;
        self.input.extend_from_slice(bytes);
    }

    /// The next piece; none if it is not complete yet.
    ///
    /// # Errors
    /// If the input is not XMPP, or nests or lasts without end.
    pub fn take(&mut self) -> Result<Option<Piece>, Strange> {
        let rest = self.input.get(self.taken..).unwrap_or_default();
        let Some((piece, taken)) = first(rest)? else {
            return if rest.len() > LONGEST { Err(Strange::Endless) } else { Ok(None) };
        };
        self.taken += taken;
        Ok(Some(piece))
    }
}

/// Why input is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Strange {
    /// It has no end, or is not XML.
    #[error("what came is no XMPP")]
    Endless,
    /// Elements are in elements, and so on.
    #[error("what came nests without end")]
    Deep,
}

/// The first piece of the input, and its length in bytes.
fn first(bytes: &[u8]) -> Result<Option<(Piece, usize)>, Strange> {
    let mut reader = Reader::from_reader(bytes);
    // The start tag of the stream is read long before its end tag.
    reader.config_mut().allow_unmatched_ends = true;
    let mut open: Vec<Element> = Vec::new();
    loop {
        // Incomplete input is an error to the reader, and may become complete.
        let Ok(event) = reader.read_event() else { return Ok(None) };
        let done = match event {
            Event::Start(start) if open.is_empty() && start.name().as_ref() == "stream:stream" => {
                return Ok(taken(&reader, Piece::Opened));
            }
            // Elements are dropped recursively, so the limit comes before they are built.
            Event::Start(_) if open.len() >= DEEPEST => return Err(Strange::Deep),
            Event::Start(start) => {
                open.push(Element::begin(&start));
                continue;
            }
            Event::Empty(start) => Element::begin(&start),
            Event::End(_) => match open.pop() {
                Some(element) => element,
                None => return Ok(taken(&reader, Piece::Closed)),
            },
            Event::Eof => return Ok(None),
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => return Ok(taken(&reader, Piece::Element(done))),
        }
    }
}

/// A piece, and how much of the input it took.
fn taken(reader: &Reader<&[u8]>, piece: Piece) -> Option<(Piece, usize)> {
    Some((piece, usize::try_from(reader.buffer_position()).ok()?))
}

/// Text, escaped for XML.
pub fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Output of a server, from RFC 6120, 9.1.
    const SAID: &str = "<?xml version='1.0'?><stream:stream from='im.example.com' id='gPybzaOzBmaADgxKXu9UClbprp0=' \
        to='juliet@im.example.com' version='1.0' xmlns='jabber:client' \
        xmlns:stream='http://etherx.jabber.org/streams'>\n<stream:features>\
        <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>\
        </stream:features> <iq id='1' type='result'/><message from='a@b/c' id='7-2'><body>x &lt; y</body></message>\
        </stream:stream>";

    fn pieces(incoming: &mut Incoming) -> Vec<Piece> {
        std::iter::from_fn(|| incoming.take().unwrap()).collect()
    }

    #[test]
    fn a_stream_comes_in_pieces_however_it_is_cut() {
        let mut whole = Incoming::default();
        whole.add(SAID.as_bytes());
        let expected = pieces(&mut whole);
        let [
            Piece::Opened,
            Piece::Element(features),
            Piece::Element(iq),
            Piece::Element(message),
            Piece::Closed,
        ] = &expected[..]
        else {
            panic!("{expected:?}")
        };
        assert!(
            features.name == "stream:features" && features.child("mechanisms").unwrap().children.len() == 1
        );
        assert_eq!((iq.attribute("type"), iq.attribute("to")), (Some("result"), None));
        assert_eq!((message.attribute("id"), message.child("body").is_some()), (Some("7-2"), true));
        for size in [1, 7, 64] {
            let mut parts = Incoming::default();
            let mut found = Vec::new();
            for part in SAID.as_bytes().chunks(size) {
                parts.add(part);
                found.extend(pieces(&mut parts));
            }
            assert_eq!(found, expected, "in parts of {size} bytes");
        }
    }

    #[test]
    fn what_never_becomes_whole_is_refused() {
        let mut incoming = Incoming::default();
        incoming.add(&[b'<'; LONGEST]);
        assert_eq!(incoming.take(), Ok(None));
        incoming.add(b"<");
        assert_eq!(incoming.take(), Err(Strange::Endless));
    }

    #[test]
    fn elements_in_elements_without_end_are_refused() {
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        let take = |depth| {
            let mut incoming = Incoming::default();
            incoming.add(nested(depth).as_bytes());
            incoming.take()
        };
        assert!(matches!(take(DEEPEST), Ok(Some(Piece::Element(_)))));
        assert_eq!(take(DEEPEST + 1), Err(Strange::Deep));
        // On the small stack of a thread, dropping these would end the process.
        assert_eq!(take(40_000), Err(Strange::Deep));
    }
}
