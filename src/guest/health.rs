//! Health checks from outside: an HTTP request, repeated until it succeeds.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::keeper::Keeper;
use super::{Limits, SshError};
use crate::base::failure::chain;
use crate::base::http::{self, Bounds};

/// The time limit of one attempt; a slower service is not healthy yet.
const TRY_LIMIT: Duration = Duration::from_secs(5);

/// The longest page of a healthy service, in bytes.
const LARGEST: u64 = 1 << 20;

/// The pause after a refused connection. For an address without a holder, the kernel's wait for ARP is pause
/// enough.
const PAUSE: Duration = Duration::from_millis(50);

/// An HTTP request with the expected answer: status 200 and a text.
#[derive(Debug, Clone, Copy)]
pub struct HttpCheck<'a> {
    /// The destination.
    pub ip: Ipv4Addr,
    /// The TCP port.
    pub port: u16,
    /// The path.
    pub path: &'a str,
    /// The expected text.
    pub expect: &'a str,
}

impl HttpCheck<'_> {
    /// Sends one request through the keeper of the instance.
    ///
    /// # Errors
    /// The reason why the service is not healthy, or could not be asked, as text.
    pub fn ask(&self, keeper: &Keeper, limits: Limits<'_>) -> Result<(), String> {
        let server = SocketAddr::from((self.ip, self.port));
        match keeper.page(server, self.path, self.expect, limits) {
            Ok(None) => Ok(()),
            Ok(Some(unhealthy)) => Err(unhealthy),
            Err(error) => Err(chain(&error)),
        }
    }

    /// Repeats the request until the service is healthy; calls `on_refusal` for each new reason.
    ///
    /// # Errors
    /// When a limit is reached first.
    pub fn wait(
        &self,
        keeper: &Keeper,
        limits: Limits<'_>,
        on_refusal: &(dyn Fn(&str) + Sync),
    ) -> Result<(), SshError> {
        let mut last = String::new();
        loop {
            let Err(reason) = self.ask(keeper, limits) else { return Ok(()) };
            limits.check()?;
            if reason != last {
                on_refusal(&reason);
                last = reason;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// Requests a page once, in the network namespace of the calling thread.
///
/// # Errors
/// The reason why the service is not healthy, as text.
pub fn request(server: SocketAddr, path: &str, expect: &str, limits: Limits<'_>) -> Result<(), String> {
    let limit = limits.left().min(TRY_LIMIT);
    let bounds = Bounds { connect: limit, limit, most: LARGEST, cancel: limits.cancel };
    let page = http::get(server, path, bounds).map_err(|error| error.to_string())?;
    if page.status != 200 {
        return Err(format!("answered {}", page.status));
    }
    if !page.body.contains(expect) {
        return Err(format!("answered without `{expect}`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::sync::atomic::AtomicBool;

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
        let (address, never) = (serve(answer), AtomicBool::new(false));
        request(address, "/", "alive", Limits::within(Duration::from_secs(60), &never))
    }

    #[test]
    fn only_the_right_answer_is_healthy() {
        assert_eq!(ask("HTTP/1.1 200 OK\r\n\r\nalive"), Ok(()));
        assert_eq!(ask("HTTP/1.1 503 Service Unavailable\r\n\r\nalive"), Err("answered 503".to_owned()));
        assert_eq!(ask("HTTP/1.1 200 OK\r\n\r\nwelcome"), Err("answered without `alive`".to_owned()));
    }
}
