//! The process of a load.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use mio::net::TcpStream;

use super::SUBCOMMAND;
use super::wire::{Job, LONGEST_JOB, Ledger, Message, Run};
use crate::base::confined::{self, Confinement, Streams, SystemCalls};
use crate::base::passing::Lines;
use crate::model::drill::Load;
use crate::probe::sockets::Sockets;
use crate::probe::{Clients, Here, program, web};
use crate::record::{Clock, Event, Nanos};

/// What a load may use: its connections and the packets in flight take some megabytes, the rest is address
/// space that threads reserve.
const CONFINEMENT: Confinement = Confinement { memory: 2 << 30, network: true, calls: SystemCalls::Internet };

/// Runs the hidden subcommand `__load`; `None` for other arguments.
///
/// Call it before any thread is started: rights are given up for a thread, and later ones inherit that.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, command] = arguments else { return None };
    if command != SUBCOMMAND {
        return None;
    }
    Some(if serve().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn serve() -> io::Result<()> {
    confined::leave_the_starter()?;
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let line = Lines::of(socket.try_clone()?, LONGEST_JOB).next()?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let job: Job = serde_json::from_slice(&line)?;
    // The other end reads the reason of a panic, too, before this process ends.
    let result = std::panic::catch_unwind(|| match &job {
        Job::Load(load) => run(load, &socket),
        Job::Ledger(ledger) => read(ledger, &socket),
    });
    let failure = match result {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => format!("panicked: {}", words(panic.as_ref())),
    };
    send(&socket, &Message::Failed(failure))
}

/// The message of a panic.
fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// What a load has in its process.
struct Own {
    program: Mutex<Option<Streams>>,
}

impl Sockets for Own {
    fn tcp(&self, server: SocketAddr) -> io::Result<TcpStream> {
        Here.tcp(server)
    }

    fn udp(&self, local: Ipv4Addr) -> io::Result<UdpSocket> {
        Here.udp(local)
    }

    fn icmp(&self) -> io::Result<OwnedFd> {
        Here.icmp()
    }

    fn program(&self) -> io::Result<Streams> {
        let taken = self.program.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.ok_or_else(|| io::Error::other("the load has no program"))
    }
}

/// Opens the load, gives up all rights, and sends requests until the other end says that it is enough.
fn run(job: &Run, socket: &UnixStream) -> io::Result<()> {
    let Run { load, ip, first_due, first_id, origin } = job;
    let program = program::of(load)?.map(|program| program.start()).transpose()?;
    if let Some(streams) = &program {
        program::begin(load, *ip, streams)?;
    }
    let (stop, own) = (AtomicBool::new(false), Own { program: Mutex::new(program) });
    let (events, observed) = channel();
    let clock = Clock::shared(*origin);
    let clients = Clients {
        load,
        ip: *ip,
        first_due: not_missed(load, *first_due, clock.now()),
        first_id: *first_id,
        clock,
        stop: &stop,
        events,
        sockets: &own,
    };
    thread::scope(|scope| {
        let (hearing, telling) = (socket.try_clone()?, socket.try_clone()?);
        let ended = clients.run_after(|| {
            confined::enter(&CONFINEMENT)?;
            scope.spawn(|| hear_the_end(hearing, &stop));
            scope.spawn(move || tell(observed, &telling));
            Ok(())
        });
        // Ends the thread that waits for the end.
        socket.shutdown(std::net::Shutdown::Read)?;
        ended
    })
}

/// Reads the page of a ledger.
fn read(ledger: &Ledger, socket: &UnixStream) -> io::Result<()> {
    confined::enter(&CONFINEMENT)?;
    let Ledger { ip, port, page, numbers, limit } = ledger;
    // The starter ends this process if it wants to stop.
    let never = AtomicBool::new(false);
    let ids = web::ledger::read_ledger(*ip, *port, page, numbers.clone(), *limit, &never)?;
    send(socket, &Message::Ids(ids))
}

/// When the first request is due, at the same phase: a process that needed longer to start than its starter
/// thought must not begin with requests that are late already.
fn not_missed(load: &Load, first_due: Nanos, now: Nanos) -> Nanos {
    let interval = load.interval_ns();
    let late = now.since(first_due).0.div_ceil(interval);
    first_due.plus(Nanos(late * interval))
}

/// Sets the flag when the other end has closed its side, or is gone.
fn hear_the_end(mut socket: UnixStream, stop: &AtomicBool) {
    while matches!(socket.read(&mut [0; 64]), Ok(length) if length > 0) {}
    stop.store(true, Ordering::Relaxed);
}

/// Reports all events. A slow reader delays this thread, and never the load.
fn tell(events: Receiver<Event>, socket: &UnixStream) {
    for event in events {
        if send(socket, &Message::Event(event)).is_err() {
            // The starter is gone; the end of the socket stops the load.
            return;
        }
    }
}

fn send(mut socket: &UnixStream, message: &Message) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    socket.write_all(&line)
}
