//! Health checks from outside: one small HTTP request, over and over until it is answered well.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Limits, SshError};
use crate::base::netns;

/// How long one try may take; a service that is slower than this is not healthy yet.
const TRY_LIMIT: Duration = Duration::from_secs(5);

/// The pause after a refusal. An address that nobody holds yet makes its own pause: the kernel's wait for ARP.
const PAUSE: Duration = Duration::from_millis(50);

/// An HTTP request that must be answered with 200 and a text.
#[derive(Debug, Clone, Copy)]
pub struct HttpCheck<'a> {
    /// Where to.
    pub ip: Ipv4Addr,
    /// The TCP port.
    pub port: u16,
    /// The path.
    pub path: &'a str,
    /// The text.
    pub expect: &'a str,
}

impl HttpCheck<'_> {
    /// Asks once. The calling thread must be in the lab's network namespace.
    ///
    /// # Errors
    /// Why the service is not healthy, in words.
    pub fn ask(&self, limit: Duration) -> Result<(), String> {
        let answer = self.exchange(limit.min(TRY_LIMIT)).map_err(|error| error.to_string())?;
        let status = answer.split_whitespace().nth(1).unwrap_or("nothing");
        if status != "200" {
            return Err(format!("answered {status}"));
        }
        if !answer.contains(self.expect) {
            return Err(format!("answered without `{}`", self.expect));
        }
        Ok(())
    }

    fn exchange(&self, limit: Duration) -> std::io::Result<String> {
        let end = Instant::now() + limit;
        let left = || end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((self.ip, self.port)), left())?;
        stream.set_write_timeout(Some(left()))?;
        let (ip, path) = (self.ip, self.path);
        // In one piece: a server may answer and close once it has seen enough.
        let request = format!("GET {path} HTTP/1.1\r\nHost: {ip}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            stream.set_read_timeout(Some(left()))?;
            match stream.read(&mut buffer)? {
                0 => return Ok(String::from_utf8_lossy(&answer).into_owned()),
                length => answer.extend_from_slice(&buffer[..length]),
            }
            if Instant::now() >= end {
                return Err(std::io::ErrorKind::TimedOut.into());
            }
        }
    }

    /// Asks until the service is healthy.
    ///
    /// # Errors
    /// When a limit comes first; `on_refusal` has heard each reason that is new.
    pub fn wait(
        &self,
        namespace: &Path,
        limits: Limits<'_>,
        on_refusal: &(dyn Fn(&str) + Sync),
    ) -> Result<(), SshError> {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                netns::enter(namespace).map_err(SshError::Io)?;
                let mut last = String::new();
                loop {
                    let Err(reason) = self.ask(limits.left()) else { return Ok(()) };
                    if reason != last {
                        on_refusal(&reason);
                        last = reason;
                    }
                    limits.check()?;
                    std::thread::sleep(PAUSE);
                }
            });
            inside
                .join()
                .unwrap_or_else(|_| Err(SshError::Io(std::io::Error::other("the asking thread panicked"))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve(answer: &'static str) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    fn ask(answer: &'static str) -> Result<(), String> {
        let address = serve(answer);
        HttpCheck { ip: Ipv4Addr::LOCALHOST, port: address.port(), path: "/", expect: "alive" }
            .ask(Duration::from_secs(5))
    }

    #[test]
    fn only_the_right_answer_is_healthy() {
        assert_eq!(ask("HTTP/1.1 200 OK\r\n\r\nalive"), Ok(()));
        assert_eq!(ask("HTTP/1.1 503 Service Unavailable\r\n\r\nalive"), Err("answered 503".to_owned()));
        assert_eq!(ask("HTTP/1.1 200 OK\r\n\r\nwelcome"), Err("answered without `alive`".to_owned()));
    }
}
