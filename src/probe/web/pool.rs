//! Open connections that wait for the next request.

use std::io::{self, Read};

use mio::net::TcpStream;

/// Idle connections, the last used on top: the others age until the server closes them.
#[derive(Debug, Default)]
pub struct Pool(Vec<TcpStream>);

impl Pool {
    /// Keeps a connection for the next request.
    pub fn keep(&mut self, stream: TcpStream) {
        self.0.push(stream);
    }

    /// An idle connection that the server has not closed, as far as is known here.
    pub fn take(&mut self) -> Option<TcpStream> {
        while let Some(mut stream) = self.0.pop() {
            // A connection that is open and idle has nothing to read: neither unsolicited bytes, nor an end
            // of file.
            match stream.read(&mut [0; 1]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Some(stream),
                _ => drop(stream),
            }
        }
        None
    }
}
