//! The process with rights: it starts the front, and answers what that asks.

mod audit;
mod certificate;
mod channel;
mod clock;
mod live;
mod operation;
mod records;
mod relay;
mod stream;

use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::front::{Job, SUBCOMMAND};
use super::role::{Grant, Role, Scope};
use super::tokens::{Kind, Tokens};
use crate::app::class::{self, Attempts};
use crate::app::{AppError, Cancel, ErrorKind, Halab};
use crate::base::apart::{Apart, Heard};
use crate::base::random;
use crate::base::text::hexadecimal;
use audit::Audit;
use live::Live;
use relay::open::Terminals;

/// How long a session of a browser lasts.
const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// How long the link of the start is good for.
const LINK: SignedDuration = SignedDuration::from_hours(1);

/// The delay before a front that has ended is started again.
const AGAIN: Duration = Duration::from_millis(200);

/// The most channels at the same time; further ones are closed.
const MOST_CHANNELS: usize = 512;

/// How `lab serve` listens.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address and the port; 0 for any free one.
    pub listen: SocketAddr,
    /// Further names of this machine under which browsers may ask.
    pub names: Vec<String>,
    /// A certificate and its key, as PEM files. Default beyond this machine: one that is made.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// A page that is served.
pub struct Served {
    back: Arc<Back>,
    listener: TcpListener,
    job: Job,
    front: Apart,
    /// A link that opens the page once, within an hour.
    pub link: String,
    /// The SHA-256 of a certificate that was made, as browsers show it.
    pub fingerprint: Option<String>,
}

/// What channels share.
struct Back {
    halab: Halab,
    tokens: Tokens,
    audit: Audit,
    live: Live,
    /// The terminals of students that are open.
    terminals: Arc<Terminals>,
    /// The keys of links that were not opened yet.
    links: Mutex<Vec<(String, Timestamp)>>,
    /// The codes that were tried in the last minute, with the addresses that they came from.
    tries: Mutex<Attempts>,
    channels: Arc<()>,
}

/// Listens, and starts the front.
///
/// # Errors
/// When the address cannot be listened on, a certificate is not one, or the front cannot be started.
pub fn serve(halab: &Halab, options: &Options) -> Result<Served, AppError> {
    halab.check_state()?;
    halab.state.make().map_err(|error| AppError::failed("the state folder cannot be made").because(error))?;
    let listener = TcpListener::bind(options.listen).map_err(|error| {
        AppError::new(ErrorKind::Host, format!("{} cannot be listened on", options.listen))
            .because(error)
            .hint("choose another address or port with `--listen ADDRESS:PORT`")
    })?;
    let address = listener.local_addr().map_err(|error| AppError::failed("no address").because(error))?;
    let tls = match &options.certificate {
        Some((certificate, key)) => Some(certificate::read(certificate, key)?),
        None if address.ip().is_loopback() => None,
        None => Some(certificate::own(&halab.state, address.ip(), &options.names)?),
    };
    let fingerprint =
        tls.as_ref().filter(|_| options.certificate.is_none()).map(|tls| tls.fingerprint.clone());
    let job = Job { names: options.names.clone(), tls: tls.map(|tls| tls.pem), simulated: simulated(halab) };
    let front = start(&job, &listener)?;
    // The application must not look for a lab in the folder in which the server was started.
    let halab = Halab { here: None, ..halab.clone() };
    let terminals = Arc::new(Terminals::default());
    let back = Back {
        tokens: Tokens::of(&halab.state),
        audit: Audit::of(&halab.state)?,
        live: Live::of(&halab, &terminals),
        terminals,
        links: Mutex::default(),
        tries: Mutex::default(),
        channels: Arc::new(()),
        halab,
    };
    let key = back.link()?;
    let scheme = if job.tls.is_some() { "https" } else { "http" };
    let host = options.names.first().filter(|_| job.tls.is_some());
    let host = host.map_or_else(|| address.to_string(), |name| format!("{name}:{}", address.port()));
    let link = format!("{scheme}://{host}/open?key={key}");
    Ok(Served { back: Arc::new(back), listener, job, front, link, fingerprint })
}

fn simulated(halab: &Halab) -> bool {
    halab.provider == crate::app::ProviderKind::Sim
}

fn start(job: &Job, listener: &TcpListener) -> Result<Apart, AppError> {
    let failed = |error| AppError::failed("the process that speaks HTTP cannot be started").because(error);
    let program = std::env::current_exe().map_err(failed)?;
    Apart::start_with(&program, SUBCOMMAND, job, Some(listener.as_fd())).map_err(failed)
}

impl Served {
    /// Answers until it is cancelled. A front that ends is started again, on the same port.
    ///
    /// # Errors
    /// When the front cannot be started again.
    pub fn run(mut self, cancel: &Cancel) -> Result<(), AppError> {
        clock::start(&self.back.halab, cancel);
        while !cancel.asked() {
            match self.front.hear::<()>() {
                Ok(Heard::Said(())) => {
                    if let Some(channel) = self.front.descriptor() {
                        self.answer(UnixStream::from(channel));
                    }
                }
                Ok(Heard::Nothing) => {}
                Ok(Heard::End) | Err(_) => {
                    self.back.audit.note("the process that speaks HTTP ended, and is started again");
                    std::thread::sleep(AGAIN);
                    self.front = start(&self.job, &self.listener)?;
                }
            }
        }
        Ok(())
    }

    fn answer(&self, stream: UnixStream) {
        // A channel that is dropped is closed, and the front says that the server is busy.
        if Arc::strong_count(&self.back.channels) > MOST_CHANNELS {
            return;
        }
        let (back, counted) = (self.back.clone(), self.back.channels.clone());
        std::thread::spawn(move || {
            channel::answer(&back, stream);
            drop(counted);
        });
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
    fn enter(&self, credential: &str, from: &str) -> Result<Option<(String, Grant)>, AppError> {
        let grant = match self.take_link(credential) {
            true => Grant {
                name: self.halab.who.clone(),
                role: Role::Administrator,
                scope: Scope::All,
                until: Timestamp::now() + SESSION,
            },
            false => match self.tokens.grant(credential)? {
                Some(grant) => Grant { until: grant.until.min(Timestamp::now() + SESSION), ..grant },
                None => match self.student(credential, from)? {
                    Some(grant) => grant,
                    None => return Ok(None),
                },
            },
        };
        let secret = self.tokens.make(Kind::Session, grant.clone())?;
        Ok(Some((secret, grant)))
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
        Ok(place.map(|place| Grant {
            name: place.name,
            role: Role::Student,
            scope: Scope::Instance(place.instance),
            until: place.until,
        }))
    }

    /// Whether this is the key of a link that is still good; it is not afterwards.
    fn take_link(&self, key: &str) -> bool {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|(_, until)| *until > Timestamp::now());
        let place = links.iter().position(|(known, _)| known == key);
        place.map(|place| links.remove(place)).is_some()
    }
}
