//! A small HTTP server that can fail in the ways of real services.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The reaction of the server to a request.
#[derive(Debug, Clone)]
pub enum Reply {
    Page(String),
    /// The connection stays open for another request, for this number of requests in total.
    Stay(String, usize),
    /// The page, after a delay.
    Late(Duration, String),
    Status(u16),
    /// The connection is reset without an answer.
    Reset,
    /// The connection is closed in the middle of the answer.
    Cut,
    /// No answer.
    Silence,
}

/// A running server; it ends when it is dropped.
pub struct Server {
    pub address: SocketAddrV4,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Starts on a free port of an address, in the network namespace of the calling thread.
    pub fn start(ip: Ipv4Addr, port: u16, reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, port)).unwrap();
        let std::net::SocketAddr::V4(address) = listener.local_addr().unwrap() else { unreachable!() };
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, reply) = (Arc::clone(&stop), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (reply, stopped) = (Arc::clone(&reply), Arc::clone(&stopped));
                std::thread::spawn(move || drop(answer(stream, &*reply, &stopped)));
            }
        });
        Self { address, stop }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener; from another namespace it cannot, and then it ends with the test.
        let _ = TcpStream::connect_timeout(&self.address.into(), Duration::from_millis(100));
    }
}

fn answer(mut stream: TcpStream, reply: &dyn Fn(&str) -> Reply, stop: &AtomicBool) -> std::io::Result<()> {
    for answered in 1.. {
        let Some(path) = request(&mut stream)? else { return Ok(()) };
        match reply(&path) {
            Reply::Stay(body, times) if answered < times => stay(&mut stream, &body)?,
            Reply::Stay(body, _) => {
                // Without a warning, like a server whose idle time-out expires.
                stay(&mut stream, &body)?;
                return Ok(());
            }
            other => return once(stream, other, stop),
        }
    }
    Ok(())
}

/// The path of the next request; none if there are no more.
fn request(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(None);
        }
        request.extend_from_slice(&buffer[..count]);
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    Ok(text.split(' ').nth(1).map(str::to_owned))
}

fn stay(stream: &mut TcpStream, body: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: keep-alive\r\n\r\n", body.len());
    stream.write_all((head + body).as_bytes())
}

fn once(mut stream: TcpStream, reply: Reply, stop: &AtomicBool) -> std::io::Result<()> {
    match reply {
        Reply::Page(body) | Reply::Stay(body, _) => page(&mut stream, &body),
        Reply::Late(delay, body) => {
            std::thread::sleep(delay);
            page(&mut stream, &body)
        }
        Reply::Status(code) => write!(stream, "HTTP/1.1 {code} No\r\nContent-Length: 0\r\n\r\n"),
        Reply::Cut => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        Reply::Reset => {
            let linger = libc::linger { l_onoff: 1, l_linger: 0 };
            let size = size_of::<libc::linger>() as libc::socklen_t;
            let value = (&raw const linger).cast();
            // SAFETY: the value and its size are those of the option, and outlive the call.
            unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, value, size) };
            Ok(())
        }
        Reply::Silence => {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
    }
}

fn page(stream: &mut TcpStream, body: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}
