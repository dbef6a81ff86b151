//! A small telephone exchange with programmable answers. Written for the tests: it shares no code with the
//! probe.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A running exchange; it ends when it is dropped.
pub struct Exchange {
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Exchange {
    /// Answers each request with the datagrams of this function, on a free port of the loopback address.
    pub fn start(mut answers: impl FnMut(&str) -> Vec<String> + Send + 'static) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let (address, stop) = (socket.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                for answer in answers(std::str::from_utf8(&buffer[..length]).unwrap()) {
                    socket.send_to(answer.as_bytes(), from).unwrap();
                }
            }
        });
        Self { address, stop }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The value of a header.
pub fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in\n{message}"))
}

/// The answer to a request with this status.
pub fn answer(request: &str, status: &str) -> String {
    let kept =
        ["Via", "From", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", header(request, name)));
    let to = header(request, "To");
    format!("SIP/2.0 {status}\r\n{}To: {to};tag=exchange\r\nContent-Length: 0\r\n\r\n", kept.concat())
}
