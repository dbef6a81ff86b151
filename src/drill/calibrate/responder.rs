//! A service that never fails: a page over HTTP, and an echo of packets. The kernel answers pings.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mio::net::{TcpListener, TcpStream, UdpSocket};
use mio::{Events, Interest, Poll, Token};

use crate::probe::scheduling;

/// The longest sleep of the thread, so that a stop is noticed soon.
const NAP: Duration = Duration::from_millis(50);

const LISTENER: Token = Token(0);
const ECHO: Token = Token(1);

/// The body of each answer.
pub const BODY: &str = "all is well";

/// Both sockets of a responder, in the network namespace of the thread that opened them.
pub struct Responder {
    listener: TcpListener,
    echo: UdpSocket,
    poll: Poll,
    clients: BTreeMap<Token, Client>,
}

/// A connection, and the received part of its next request.
struct Client {
    stream: TcpStream,
    request: Vec<u8>,
}

impl Responder {
    /// Opens the sockets.
    ///
    /// # Errors
    /// A port is in use.
    pub fn open(web: u16, echo: u16) -> io::Result<Self> {
        let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, web)))?;
        let mut echo = UdpSocket::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, echo)))?;
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        poll.registry().register(&mut echo, ECHO, Interest::READABLE)?;
        Ok(Self { listener, echo, poll, clients: BTreeMap::new() })
    }

    /// Answers until `stop` is set.
    ///
    /// # Errors
    /// Polling failed.
    pub fn run(mut self, stop: &AtomicBool) -> io::Result<()> {
        scheduling::prefer();
        let mut ready = Events::with_capacity(256);
        let mut next = 2;
        while !stop.load(Ordering::Relaxed) {
            match self.poll.poll(&mut ready, Some(NAP)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &ready {
                match event.token() {
                    LISTENER => self.accept(&mut next)?,
                    ECHO => self.send_back(),
                    client => self.serve(client),
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self, next: &mut usize) -> io::Result<()> {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let token = Token(*next);
            *next += 1;
            self.poll.registry().register(&mut stream, token, Interest::READABLE)?;
            self.clients.insert(token, Client { stream, request: Vec::new() });
        }
        Ok(())
    }

    fn send_back(&self) {
        let mut packet = [0; 1500];
        while let Ok((length, from)) = self.echo.recv_from(&mut packet) {
            // A full buffer loses the packet, as any hop would.
            let _ = self.echo.send_to(&packet[..length], from);
        }
    }

    fn serve(&mut self, token: Token) {
        let goes_on = self.clients.get_mut(&token).is_some_and(|client| client.serve().unwrap_or(false));
        if !goes_on {
            self.clients.remove(&token);
        }
    }
}

impl Client {
    /// Answers complete requests, and returns whether more may follow.
    fn serve(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(count) => self.request.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error),
            }
            if self.request.ends_with(b"\r\n\r\n") {
                let stays = String::from_utf8_lossy(&self.request).contains("Connection: keep-alive");
                let connection = if stays { "keep-alive" } else { "close" };
                let length = BODY.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: {connection}\r\n\r\n"
                );
                self.stream.write_all((head + BODY).as_bytes())?;
                self.request.clear();
                if !stays {
                    return Ok(false);
                }
            }
        }
    }
}
