//! A small HTTP server on the loopback interface that can fail in the ways of real ones.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The content of the server and its behaviour.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// The file for every path.
    pub content: Vec<u8>,
    /// Its version, sent as `ETag`; not sent when empty.
    pub version: &'static str,
    /// Whether it supports range requests.
    pub ranges: bool,
    /// The number of bytes after which each of the first connections breaks off; later ones do not.
    pub breaks: Vec<usize>,
    /// The status of the first answers instead, such as `503 Service Unavailable`.
    pub refusals: Vec<&'static str>,
    /// The behaviour of the server after its first answer.
    pub successor: Option<Box<Behaviour>>,
}

impl Behaviour {
    /// A server without defects.
    pub fn good(content: Vec<u8>) -> Self {
        Self {
            content,
            version: "\"1\"",
            ranges: true,
            breaks: Vec::new(),
            refusals: Vec::new(),
            successor: None,
        }
    }
}

/// A running server; it ends with the test.
pub struct Server {
    /// `http://127.0.0.1:<port>/disk`
    pub url: String,
    behaviour: Arc<Mutex<Behaviour>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server.
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/disk", listener.local_addr().unwrap());
        let behaviour = Arc::new(Mutex::new(behaviour));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (shared, log) = (Arc::clone(&behaviour), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that disconnects early is not an error of the server.
                drop(answer(stream.unwrap(), &shared, &log));
            }
        });
        Self { url, behaviour, requests }
    }

    /// Changes the content or behaviour of the server from now on.
    pub fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().unwrap());
    }

    /// The `Range` of each request so far, `-` for one without.
    pub fn ranges(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(stream: TcpStream, behaviour: &Mutex<Behaviour>, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut range, mut condition) = (None, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            None if line.trim_end().is_empty() => break,
            Some((name, value)) if name.eq_ignore_ascii_case("range") => range = Some(value.to_owned()),
            Some((name, value)) if name.eq_ignore_ascii_case("if-range") => {
                condition = Some(value.to_owned())
            }
            _ => {}
        }
    }
    log.lock().unwrap().push(range.clone().unwrap_or_else(|| "-".to_owned()));
    let mut behaviour = behaviour.lock().unwrap();
    respond(stream, &mut behaviour, range.as_deref(), condition.as_deref())?;
    if let Some(successor) = behaviour.successor.take() {
        *behaviour = *successor;
    }
    Ok(())
}

fn respond(
    mut stream: TcpStream,
    behaviour: &mut Behaviour,
    range: Option<&str>,
    condition: Option<&str>,
) -> std::io::Result<()> {
    if !behaviour.refusals.is_empty() {
        let status = behaviour.refusals.remove(0);
        return write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let total = behaviour.content.len();
    let from = range
        .filter(|_| behaviour.ranges && condition.is_none_or(|version| version == behaviour.version))
        .map(|range| range.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>().unwrap());
    let status = match from {
        Some(from) if from >= total => {
            return write!(
                stream,
                "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{total}\r\n\
                 Content-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Some(from) => format!("206 Partial Content\r\nContent-Range: bytes {from}-{}/{total}", total - 1),
        None => "200 OK".to_owned(),
    };
    let body = &behaviour.content[from.unwrap_or(0)..];
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len())?;
    if !behaviour.version.is_empty() {
        write!(stream, "ETag: {}\r\n", behaviour.version)?;
    }
    stream.write_all(b"\r\n")?;
    let stop = if behaviour.breaks.is_empty() { body.len() } else { behaviour.breaks.remove(0) };
    stream.write_all(&body[..stop.min(body.len())])
}
