//! The part of HTTP that probes and health checks need: parsing the head of a response, and one request over
//! a new connection.
//!
//! Requests use HTTP/1.0, which has no chunked encoding: a body has a length or ends with the connection.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::budget::Budget;

/// The largest number of header fields that is accepted.
const MOST_FIELDS: usize = 100;

/// How often a request checks whether it was cancelled.
const TICK: Duration = Duration::from_millis(50);

/// The head of a response.
#[derive(Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// The status code.
    pub status: u16,
    /// The offset of the body.
    pub body: usize,
    fields: Vec<httparse::Header<'a>>,
}

/// The bytes are not the start of an HTTP response.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not HTTP")]
pub struct NotHttp;

/// Parses the head of a response; `None` while it is incomplete.
///
/// # Errors
/// When the bytes are not HTTP.
pub fn head(input: &[u8]) -> Result<Option<Head<'_>>, NotHttp> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut answer = httparse::Response::new(&mut fields);
    match answer.parse(input) {
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(body)) => {
            let status = answer.code.ok_or(NotHttp)?;
            Ok(Some(Head { status, body, fields: answer.headers.to_vec() }))
        }
        Err(_) => Err(NotHttp),
    }
}

impl Head<'_> {
    /// The value of a field, by its case-insensitive name; `None` when it is missing or not UTF-8.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(field.value).ok().map(str::trim)
    }

    /// The length of the body, if the head has it; otherwise the body ends when the connection closes.
    pub fn length(&self) -> Option<usize> {
        self.field("Content-Length")?.parse().ok()
    }

    /// Whether the server keeps the connection open for another request.
    pub fn stays(&self) -> bool {
        self.field("Connection").is_some_and(|value| value.eq_ignore_ascii_case("keep-alive"))
    }
}

/// A request, to be written in one piece: a server may answer and close once it has seen enough.
pub fn request(method: &str, path: &str, host: impl std::fmt::Display, keep: bool) -> String {
    let connection = if keep { "keep-alive" } else { "close" };
    format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nConnection: {connection}\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The limits of a request.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<'a> {
    /// How long the connection may take to open.
    pub connect: Duration,
    /// How long the whole request may take.
    pub limit: Duration,
    /// The most bytes that are read, head included.
    pub most: u64,
    /// Set to cancel the request.
    pub cancel: &'a AtomicBool,
}

/// A complete response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The status code.
    pub status: u16,
    /// The body; bytes that are not UTF-8 are replaced.
    pub body: String,
}

/// Requests a page from the network namespace of the calling thread.
///
/// # Errors
/// When the response is not complete within the limits, or is not HTTP.
pub fn get(server: SocketAddr, path: &str, bounds: Bounds<'_>) -> io::Result<Page> {
    let end = Instant::now() + bounds.limit;
    let mut stream = TcpStream::connect_timeout(&server, left(end)?.min(bounds.connect))?;
    stream.set_write_timeout(Some(left(end)?))?;
    stream.write_all(request("GET", path, server.ip(), false).as_bytes()).map_err(timed_out)?;
    stream.set_read_timeout(Some(TICK))?;
    let input = Budget::new(bounds.most, end, bounds.cancel).read_to_end(&mut stream)?;
    let head = head(&input).map_err(io::Error::other)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let body = &input[head.body..];
    if head.length().is_some_and(|length| body.len() < length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Page { status: head.status, body: String::from_utf8_lossy(body).into_owned() })
}

fn left(end: Instant) -> io::Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Maps the time-out of a blocking socket to the error of a non-blocking one.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    static NEVER: AtomicBool = AtomicBool::new(false);

    /// A server that answers one request with these bytes, and closes.
    fn ask(answer: Vec<u8>, bounds: Bounds<'_>) -> io::Result<Page> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 1024]);
                // A client that has seen enough may be gone.
                let _ = stream.write_all(&answer);
            });
            get(server, "/", bounds)
        })
    }

    fn bounds() -> Bounds<'static> {
        let limit = Duration::from_secs(60);
        Bounds { connect: limit, limit, most: 1000, cancel: &NEVER }
    }

    #[test]
    fn a_page_is_read_whole_or_not_at_all() {
        let page = ask(b"HTTP/1.1 404 No\r\ncontent-LENGTH: 4\r\n\r\ngone".to_vec(), bounds()).unwrap();
        assert_eq!(page, Page { status: 404, body: "gone".to_owned() });
        let page = ask(b"HTTP/1.0 200 OK\r\n\r\nall of it".to_vec(), bounds()).unwrap();
        assert_eq!(page.body, "all of it");
        for (answer, says) in [
            ("", "unexpected end of file"),
            ("HTTP/1.1 200 O", "unexpected end of file"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf", "unexpected end of file"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"),
        ] {
            let error = ask(answer.as_bytes().to_vec(), bounds()).unwrap_err().to_string();
            assert!(error.contains(says), "{answer}: {error}");
        }
    }

    #[test]
    fn an_endless_answer_is_cut_short() {
        let long = [b"HTTP/1.0 200 OK\r\n\r\n".to_vec(), vec![b'x'; 100_000]].concat();
        assert!(
            ask(long, bounds()).unwrap_err().to_string().contains("talks without end: more than 1000 bytes")
        );
    }

    #[test]
    fn nobody_waits_for_a_server_that_does_not_answer() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = silent.local_addr().unwrap();
        let short = Bounds { limit: Duration::from_millis(100), ..bounds() };
        assert_eq!(get(server, "/", short).unwrap_err().kind(), io::ErrorKind::TimedOut);
        let stopped = AtomicBool::new(true);
        let error = get(server, "/", Bounds { cancel: &stopped, ..bounds() }).unwrap_err();
        assert_eq!(error.to_string(), "cancelled");
    }

    #[test]
    fn a_head_is_known_when_it_is_complete() {
        let whole = b"HTTP/1.1 200 OK\r\nX-Node: node1\r\nConnection: Keep-Alive\r\n\r\nbody";
        for cut in 0..whole.len() - 4 {
            assert_eq!(head(&whole[..cut]), Ok(None), "{cut}");
        }
        let head = head(whole).unwrap().unwrap();
        assert_eq!((head.status, &whole[head.body..]), (200, b"body".as_slice()));
        assert_eq!((head.field("x-node"), head.length(), head.stays()), (Some("node1"), None, true));
    }
}
