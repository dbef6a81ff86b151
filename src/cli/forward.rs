//! A port of 127.0.0.1 that leads into an instance's network.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::ui::Ui;

/// How long one wait lasts before Ctrl-C is looked at.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// How long the lab's side may take to accept: as long as a failover may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// Below it, ports belong to root's services.
const FIRST_FREE_PORT: u16 = 1024;

/// Opens the wanted port; without a wish the one of the service, or 8000 more when that one is root's, or any.
///
/// # Errors
/// When the wanted port, or any port at all, cannot be opened.
pub fn listen(wanted: Option<u16>, service: u16) -> io::Result<TcpListener> {
    let open = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match wanted {
        Some(port) => open(port),
        None if service < FIRST_FREE_PORT => open(service + 8000).or_else(|_| open(0)),
        None => open(service).or_else(|_| open(0)),
    }
}

/// How a connection into the lab is made.
pub trait Connect: Fn() -> io::Result<TcpStream> + Clone + Send + 'static {}

impl<F: Fn() -> io::Result<TcpStream> + Clone + Send + 'static> Connect for F {}

/// Connections to an address inside a network namespace. Each must be made on a thread of its own, which stays there.
pub fn inside(netns: PathBuf, target: SocketAddrV4) -> impl Connect {
    move || {
        crate::base::netns::enter(&netns)?;
        TcpStream::connect_timeout(&target.into(), CONNECT_LIMIT)
    }
}

/// Serves the port until `cancel` is set; each connection has two threads, which end with it.
///
/// # Errors
/// When the port itself fails. A connection that fails is told and ends alone.
pub fn serve(listener: &TcpListener, connect: &impl Connect, cancel: &AtomicBool, ui: &Ui) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let (sender, errors) = mpsc::channel();
    while !cancel.load(Ordering::Relaxed) {
        errors.try_iter().for_each(|error: io::Error| ui.warn(error));
        match poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&TICK)) {
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let client = match listener.accept() {
            Ok((client, _)) => client,
            // It left before it was let in.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        client.set_nonblocking(false)?;
        // Not scoped threads: a connection that is open when the user presses Ctrl-C must not hold the command up.
        let (connect, sender) = (connect.clone(), sender.clone());
        std::thread::spawn(move || {
            if let Err(error) = relay(&client, &connect)
                && !matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
            {
                let _ = sender.send(error);
            }
        });
    }
    Ok(())
}

/// Connects into the lab and copies both ways until both are at their end.
fn relay(client: &TcpStream, connect: &impl Connect) -> io::Result<()> {
    let server = connect()?;
    std::thread::scope(|scope| {
        let up = scope.spawn(|| copy(client, &server));
        let down = copy(&server, client);
        let up = up.join().unwrap_or_else(|_| Err(io::Error::other("the copying thread panicked")));
        up.and(down)
    })
}

fn copy(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
    let copied = io::copy(&mut from, &mut to);
    // The other side learns of the end; it may be gone already.
    let _ = to.shutdown(Shutdown::Write);
    copied.map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;
    use crate::cli::ui::Verbosity;

    #[test]
    fn what_goes_in_comes_out_on_the_other_side_and_back() {
        let service = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = service.local_addr().unwrap();
        let listener = listen(Some(0), 80).unwrap();
        let local = listener.local_addr().unwrap();
        let cancel = AtomicBool::new(false);
        let connect = move || TcpStream::connect(address);
        std::thread::scope(|scope| {
            scope.spawn(|| serve(&listener, &connect, &cancel, &Ui::new(Verbosity::Quiet)).unwrap());
            scope.spawn(|| {
                let (mut peer, _) = service.accept().unwrap();
                let mut question = String::new();
                peer.read_to_string(&mut question).unwrap();
                write!(peer, "{question}, indeed").unwrap();
            });
            let mut client = TcpStream::connect(local).unwrap();
            client.write_all(b"it works").unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).unwrap();
            assert_eq!(answer, "it works, indeed");
            cancel.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn a_port_that_is_roots_is_opened_8000_higher_or_elsewhere() {
        let first = listen(None, 1).unwrap().local_addr().unwrap().port();
        assert!(first == 8001 || first >= FIRST_FREE_PORT, "{first}");
        let taken = listen(Some(0), 1).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(listen(Some(port), 1).is_err());
        assert_ne!(listen(None, port).unwrap().local_addr().unwrap().port(), port);
    }
}
