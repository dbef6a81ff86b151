//! The process with rights: it starts the front, and answers what that asks.

mod alarm;
mod audit;
mod certificate;
mod channel;
mod clock;
mod host_key;
mod hours;
mod jump;
mod last_seen;
mod limits;
mod live;
mod meter;
mod operation;
mod records;
mod relay;
mod stream;
mod worker;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::front::{self, Job};
use super::role::{Grant, Role, Scope};
use super::ssh;
use super::tokens::{Kind, Tokens};
use crate::app::class::{self, Attempts};
use crate::app::{AppError, Cancel, ErrorKind, Halab};
use crate::base::text::hexadecimal;
use crate::base::{random, threads};
use alarm::Alarm;
pub use alarm::Tell;
use audit::Audit;
use channel::Door;
use hours::Hours;
use limits::Limits;
use live::Live;
use relay::open::Terminals;
use worker::Worker;

/// How long a session of a browser lasts.
const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// How long the link of the start is good for.
const LINK: SignedDuration = SignedDuration::from_hours(1);

/// How `lab serve` listens.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address and the port; 0 for any free one.
    pub listen: SocketAddr,
    /// Further names of this machine under which browsers may ask.
    pub names: Vec<String>,
    /// A certificate and its key, as PEM files. Default beyond this machine: one that is made.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The port, on the same address, at which students connect with SSH; 0 for any free one. None: they
    /// cannot.
    pub ssh: Option<u16>,
}

/// A page that is served.
pub struct Served {
    back: Arc<Back>,
    workers: Vec<Worker>,
    /// A link that opens the page once, within an hour.
    pub link: String,
    /// The SHA-256 of a certificate that was made, as browsers show it.
    pub fingerprint: Option<String>,
    /// The address of the SSH server, with the fingerprint of its key; none if there is none.
    pub ssh: Option<(SocketAddr, String)>,
}

/// What channels share.
struct Back {
    halab: Halab,
    tokens: Tokens,
    audit: Arc<Audit>,
    /// Tells what goes wrong in the server itself.
    alarm: Alarm,
    live: Live,
    /// Ends what is open for students whose time is over.
    hours: Hours,
    /// What students take of the server.
    limits: Limits,
    /// The terminals of students that are open.
    terminals: Arc<Terminals>,
    /// The keys of links that were not opened yet.
    links: Mutex<Vec<(String, Timestamp)>>,
    /// The codes that were tried in the last minute, with the addresses that they came from.
    tries: Mutex<Attempts>,
}

/// Listens, and starts the processes without rights. `tell` says what goes wrong later.
///
/// # Errors
/// When an address cannot be listened on, a certificate is not one, or a process cannot be started.
pub fn serve(halab: &Halab, options: &Options, tell: Tell) -> Result<Served, AppError> {
    halab.check_state()?;
    halab.state.make().map_err(|error| AppError::failed("the state folder cannot be made").because(error))?;
    let (listener, address) = listen(options.listen, "--listen ADDRESS:PORT")?;
    let tls = match &options.certificate {
        Some((certificate, key)) => Some(certificate::read(certificate, key)?),
        None if address.ip().is_loopback() => None,
        None => Some(certificate::own(&halab.state, address.ip(), &options.names)?),
    };
    let fingerprint =
        tls.as_ref().filter(|_| options.certificate.is_none()).map(|tls| tls.fingerprint.clone());
    let mut workers = Vec::new();
    let mut ssh = None;
    if let Some(port) = options.ssh {
        let (listener, address) = listen(SocketAddr::new(address.ip(), port), "--ssh PORT")?;
        let key = host_key::own(&halab.state)?;
        ssh = Some((address, key.fingerprint));
        workers.push(Worker::start(Door::Ssh, ssh::SUBCOMMAND, &ssh::Job { key: key.private }, listener)?);
    }
    let job = Job {
        names: options.names.clone(),
        tls: tls.map(|tls| tls.pem),
        simulated: simulated(halab),
        ssh: ssh.as_ref().map(|(address, _)| address.port()),
    };
    let scheme = if job.tls.is_some() { "https" } else { "http" };
    let host = options.names.first().filter(|_| job.tls.is_some());
    workers.push(Worker::start(Door::Page, front::SUBCOMMAND, &job, listener)?);
    // The application must not look for a lab in the folder in which the server was started.
    let halab = Halab { here: None, ..halab.clone() };
    let terminals = Arc::new(Terminals::default());
    let audit = Arc::new(Audit::of(&halab.state)?);
    let back = Back {
        tokens: Tokens::of(&halab.state),
        alarm: Alarm::of(&audit, tell),
        audit,
        live: Live::of(&halab, &terminals),
        hours: Hours::of(&halab.state),
        limits: Limits::default(),
        terminals,
        links: Mutex::default(),
        tries: Mutex::default(),
        halab,
    };
    let key = back.link()?;
    let host = host.map_or_else(|| address.to_string(), |name| format!("{name}:{}", address.port()));
    let link = format!("{scheme}://{host}/open?key={key}");
    Ok(Served { back: Arc::new(back), workers, link, fingerprint, ssh })
}

fn simulated(halab: &Halab) -> bool {
    halab.provider == crate::app::ProviderKind::Sim
}

/// Listens on an address; `option` chooses another one.
fn listen(at: SocketAddr, option: &str) -> Result<(TcpListener, SocketAddr), AppError> {
    let listener = TcpListener::bind(at).map_err(|error| {
        AppError::new(ErrorKind::Host, format!("{at} cannot be listened on"))
            .because(error)
            .hint(format!("choose another one with `{option}`"))
    })?;
    let address = listener.local_addr().map_err(|error| AppError::failed("no address").because(error))?;
    Ok((listener, address))
}

impl Served {
    /// Answers until it is cancelled. A process without rights that ends is started again, on the same port.
    ///
    /// # Errors
    /// When such a process cannot be started again.
    pub fn run(self, cancel: &Cancel) -> Result<(), AppError> {
        clock::start(&self.back, cancel);
        let back = &self.back;
        std::thread::scope(|scope| {
            let all: Vec<_> = self
                .workers
                .into_iter()
                .map(|worker| {
                    scope.spawn(|| {
                        // Without one of its doors the server ends, also after a panic.
                        let _ends = Ends(cancel);
                        worker.serve(back, cancel)
                    })
                })
                .collect();
            all.into_iter().try_for_each(threads::end)
        })
    }
}

/// Cancels when it is dropped.
struct Ends<'a>(&'a Cancel);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.ask();
    }
}

impl Back {
    /// The key of a new link.
    fn link(&self) -> Result<String, AppError> {
        let key =
            random::bytes::<16>().map_err(|error| AppError::failed("no random numbers").because(error))?;
        let (key, until) = (hexadecimal(&key), Timestamp::now() + LINK);
        self.links.lock().unwrap_or_else(PoisonError::into_inner).push((key.clone(), until));
        Ok(key)
    }

    /// A session for the key of a link, for a token, or for the card of a student; none if it is neither.
    fn enter(&self, credential: &str, from: &str, door: Door) -> Result<Option<(String, Grant)>, AppError> {
        let grant = match self.take_link(credential) {
            true => Grant {
                name: self.halab.who.clone(),
                role: Role::Administrator,
                scope: Scope::All,
                until: Timestamp::now() + SESSION,
                seat: None,
            },
            false => match self.tokens.grant_of_token(credential)? {
                Some(grant) => Grant { until: grant.until.min(Timestamp::now() + SESSION), ..grant },
                None => match self.student(credential, from)? {
                    Some(grant) => grant,
                    None => return Ok(None),
                },
            },
        };
        // A browser keeps its session; a connection of SSH ends its own, and this is for one whose end is not
        // seen.
        let most = if door == Door::Ssh { Timestamp::now() + SESSION } else { Timestamp::MAX };
        let grant = Grant { until: grant.until.min(most), ..grant };
        let secret = self.tokens.make(Kind::Session, grant.clone())?;
        Ok(Some((secret, grant)))
    }

    /// A session for a student who has shown an SSH key; none if it is none of the student's.
    fn enter_by_key(&self, student: &str, key: &str) -> Result<Option<(String, Grant)>, AppError> {
        let place = class::join_by_key(&self.halab.state, student, key)?;
        // It ends with the connection; this is for one whose end is not seen.
        let soon = Timestamp::now() + SESSION;
        let grant = place.map(self::student).map(|grant| Grant { until: grant.until.min(soon), ..grant });
        grant.map(|grant| Ok((self.tokens.make(Kind::Session, grant.clone())?, grant))).transpose()
    }

    /// What the card of a student grants, who joins with it; none if there is no such card. A code is short,
    /// so it may be tried a few times in a minute only.
    fn student(&self, secret: &str, from: &str) -> Result<Option<Grant>, AppError> {
        // Another connection has another port.
        let from = from.parse::<SocketAddr>().map_or_else(|_| from.to_owned(), |from| from.ip().to_string());
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let count = tries.count(from.clone(), Instant::now());
        count.map_err(|error| AppError::new(ErrorKind::Busy, error.to_string()))?;
        let place = class::join(&self.halab.state, secret)?;
        if place.is_some() {
            tries.take_back(&from);
        }
        Ok(place.map(self::student))
    }

    /// Whether this is the key of a link that is still good; it is not afterwards.
    fn take_link(&self, key: &str) -> bool {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|(_, until)| *until > Timestamp::now());
        let place = links.iter().position(|(known, _)| known == key);
        place.map(|place| links.remove(place)).is_some()
    }
}

/// What a student may do.
fn student(place: class::Place) -> Grant {
    Grant {
        name: place.name,
        role: Role::Student,
        scope: Scope::Instance(place.instance),
        until: place.until,
        seat: Some(place.student),
    }
}
