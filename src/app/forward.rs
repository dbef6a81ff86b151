//! `lab forward`: a port of 127.0.0.1 that leads into an instance's network, for one user and root.
//!
//! Every user of this machine can connect to such a port, so the kernel is asked who did. Programs of the
//! same user are not told apart.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::connect::{inside, target};
use super::error::AppError;
use super::event::What;
use super::job::Job;
use super::provider;
use super::request::Request;
use crate::base::peer;
use crate::model::InstanceName;
use crate::provider::Provider;

/// Makes a port of the lab reachable on 127.0.0.1, until it is cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Forward {
    /// What to reach: `web:80`, `node1:3306`, `192.168.0.100:80`.
    pub target: String,
    /// The port on 127.0.0.1. Default: the same port if that needs no root, else 8000 more, else any free
    /// port.
    #[serde(default)]
    pub local: Option<u16>,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// The user who may connect, by number, besides root. Default: that of this process.
    #[serde(default)]
    pub user: Option<u32>,
}

impl Request for Forward {
    type Outcome = ();
    const NAME: &'static str = "forward";

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let name = job.choose(self.instance.as_ref())?;
        job.needs(&name, |can| can.clients)?;
        let instance = job.describe(&name)?;
        let target = target(&self.target, &instance)?;
        let listener = listen(self.local, target.port()).map_err(|error| {
            AppError::failed("the port cannot be opened")
                .because(error)
                .hint("choose another with `--local PORT`")
        })?;
        let local = listener
            .local_addr()
            .map_err(|error| AppError::failed("the port has no address").because(error))?;
        job.emit(What::Listening {
            local: local.to_string(),
            target: target.to_string(),
            web: target.port() == 80,
        });
        let provider: Arc<dyn Provider> = provider::of(job, &instance)?.into();
        let connect = move || inside(provider.as_ref(), target, || true);
        let user = self.user.unwrap_or_else(|| rustix::process::geteuid().as_raw());
        serve(&listener, &connect, &[0, user], job)
            .map_err(|error| AppError::failed("the port cannot be served").because(error))
    }
}

/// How long one wait lasts before Ctrl-C is checked.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// Ports below it are reserved for root.
const FIRST_FREE_PORT: u16 = 1024;

/// Opens the given port; without one, that of the service, or 8000 more if that is reserved for root, or any
/// free one.
///
/// # Errors
/// When the given port, or any port at all, cannot be opened.
fn listen(wanted: Option<u16>, service: u16) -> io::Result<TcpListener> {
    let open = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match wanted {
        Some(port) => open(port),
        None if service < FIRST_FREE_PORT => open(service + 8000).or_else(|_| open(0)),
        None => open(service).or_else(|_| open(0)),
    }
}

/// Opens a connection into the lab.
trait Connecting: Fn() -> io::Result<TcpStream> + Clone + Send + 'static {}

impl<F: Fn() -> io::Result<TcpStream> + Clone + Send + 'static> Connecting for F {}

/// Whether a client is one of these users. What it is not is reported, once for each user.
fn is_allowed(client: &TcpStream, users: &[u32], told: &mut BTreeSet<Option<u32>>, job: &Job) -> bool {
    // A client that is gone already has no user.
    let uid = peer::uid(client).unwrap_or(None);
    let allowed = uid.is_some_and(|uid| users.contains(&uid));
    if !allowed && told.insert(uid) {
        job.warn(match uid {
            Some(uid) => format!("a connection of another user was refused (uid {uid})"),
            None => "a connection was refused: its other end was closed already".to_owned(),
        });
    }
    allowed
}

/// Serves the port for these users until the operation is cancelled; each connection has two threads, which
/// end with it.
///
/// # Errors
/// When the port itself fails. A connection that fails is reported and ends alone.
fn serve(listener: &TcpListener, connect: &impl Connecting, users: &[u32], job: &Job) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let (sender, errors) = mpsc::channel();
    let mut told = BTreeSet::new();
    while !job.asked_to_stop() {
        errors.try_iter().for_each(|error: io::Error| job.warn(error));
        match poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&TICK)) {
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let client = match listener.accept() {
            Ok((client, _)) => client,
            // The client closed the connection before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        if !is_allowed(&client, users, &mut told, job) {
            continue;
        }
        client.set_nonblocking(false)?;
        // Not scoped threads: an open connection must not delay the end of the command after Ctrl-C.
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
fn relay(client: &TcpStream, connect: &impl Connecting) -> io::Result<()> {
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
    // Passes the end on to the other side, which may be gone already.
    let _ = to.shutdown(Shutdown::Write);
    copied.map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;
    use crate::app::{Cancel, Halab};

    #[test]
    fn what_goes_in_comes_out_on_the_other_side_and_back() {
        let service = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = service.local_addr().unwrap();
        let listener = listen(Some(0), 80).unwrap();
        let local = listener.local_addr().unwrap();
        let cancel = Cancel::default();
        let job = Halab::at("/nowhere").quiet_job().cancelled_by(&cancel);
        let connect = move || TcpStream::connect(address);
        let own = rustix::process::geteuid().as_raw();
        std::thread::scope(|scope| {
            scope.spawn(|| serve(&listener, &connect, &[own], &job).unwrap());
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
            cancel.ask();
        });
    }

    #[test]
    fn another_user_is_refused_and_told_once() {
        let listener = listen(Some(0), 80).unwrap();
        let local = listener.local_addr().unwrap();
        let cancel = Cancel::default();
        let job = Halab::at("/nowhere").quiet_job().cancelled_by(&cancel);
        let nobody = rustix::process::geteuid().as_raw() + 1;
        let connect = || -> io::Result<TcpStream> { panic!("nothing is connected for another user") };
        std::thread::scope(|scope| {
            scope.spawn(|| serve(&listener, &connect, &[nobody], &job).unwrap());
            for _ in 0..3 {
                let mut client = TcpStream::connect(local).unwrap();
                // The connection is closed without an answer.
                assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
            }
            cancel.ask();
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
