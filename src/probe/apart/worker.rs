//! The process of a load.

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

use mio::net::TcpStream;

use super::wire::{Job, Ledger, Run, Said};
use super::{SUBCOMMAND, script};
use crate::base::apart::{self, Starter};
use crate::base::confined::{self, Confinement, Streams, SystemCalls};
use crate::model::drill::Load;
use crate::probe::sockets::Sockets;
use crate::probe::{Clients, Here, program, web};
use crate::record::{Clock, Nanos};

/// What a load may use: its connections and the packets in flight take some megabytes, the rest is address
/// space that threads reserve.
const CONFINEMENT: Confinement = Confinement { memory: 2 << 30, network: true, calls: SystemCalls::Internet };

/// Runs the hidden subcommand `__load`; `None` for other arguments.
///
/// Call it before any thread is started.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    apart::intercept(arguments, SUBCOMMAND, |job: &Job, starter| match job {
        Job::Load(load) => run(load, starter),
        Job::Ledger(ledger) => read(ledger, starter),
        Job::Script(text) => script::run(text, starter),
    })
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
fn run(job: &Run, starter: &Starter) -> io::Result<()> {
    let Run { load, ip, first_due, first_id, nonces, origin } = job;
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
        nonces: nonces.clone(),
        clock,
        stop: &stop,
        events,
        sockets: &own,
    };
    thread::scope(|scope| {
        let ended = clients.run_after(|| {
            confined::enter(&CONFINEMENT)?;
            scope.spawn(|| starter.hear_the_end(&stop));
            scope.spawn(move || starter.pass_on(observed.into_iter().map(Said::Event)));
            Ok(())
        });
        starter.done()?;
        ended
    })
}

/// Reads the page of a ledger.
fn read(ledger: &Ledger, starter: &Starter) -> io::Result<()> {
    confined::enter(&CONFINEMENT)?;
    let Ledger { ip, port, page, numbers, nonces, limit } = ledger;
    // The starter ends this process if it wants to stop.
    let never = AtomicBool::new(false);
    let ids = web::ledger::read_ledger(*ip, *port, page, (numbers, nonces.as_ref()), *limit, &never)?;
    starter.say(&Said::Ids(ids))
}

/// When the first request is due, at the same phase: a process that needed longer to start than its starter
/// thought must not begin with requests that are late already.
fn not_missed(load: &Load, first_due: Nanos, now: Nanos) -> Nanos {
    let interval = load.interval_ns();
    let late = now.since(first_due).0.div_ceil(interval);
    first_due.plus(Nanos(late * interval))
}
