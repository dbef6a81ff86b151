//! One client: who it is, and what it opens.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Response, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet, Pty};
use rustix::termios::Winsize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::{Notify, OnceCell, Semaphore, oneshot, watch};

use super::desk::{Desk, NotDone};
use super::visit::{self, Wish};
use crate::app::class::without_comment;
use crate::web::channel::Ask;
use crate::web::front::back_end::BackEnd;

/// The most connections into the instance of one client at the same time: a browser through `ssh -D` opens
/// some dozens.
const MOST_JUMPS: usize = 32;

/// The most of them that are being opened: each may take half a minute, and takes a thread.
const MOST_PENDING: usize = 4;

/// The most session channels of one client.
const MOST_VISITS: usize = 8;

/// The session of a client, once it has one.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<OnceCell<Desk>>, Arc<Notify>);

impl Known {
    /// The instance of the client, when it has logged in.
    pub async fn instance(&self) -> String {
        loop {
            if let Some(desk) = self.0.get() {
                return desk.instance.to_string();
            }
            self.1.notified().await;
        }
    }

    fn log_in(&self, desk: Desk) -> bool {
        let is_first = self.0.set(desk).is_ok();
        // Kept for one that is not waiting yet.
        self.1.notify_one();
        is_first
    }

    /// Ends the session, if there is one.
    pub async fn leave(&self) {
        if let Some(desk) = self.0.get() {
            desk.leave().await;
        }
    }
}

/// One client.
pub struct Person {
    back: BackEnd,
    from: SocketAddr,
    known: Known,
    /// The first key that the client has, and that no student has given yet.
    offered: Option<String>,
    /// Why the last code was not accepted; empty if none was tried.
    wrong: String,
    visits: HashMap<ChannelId, Waiting>,
    jumps: Arc<Semaphore>,
    pending: Arc<Semaphore>,
}

/// A session channel: what its task has to know.
struct Waiting {
    size: watch::Sender<Winsize>,
    has_terminal: bool,
    /// Where the command goes; none once it has begun.
    command: Option<oneshot::Sender<Wish>>,
}

impl Person {
    /// A client from an address, who has not logged in.
    pub fn new(back: BackEnd, from: SocketAddr) -> Self {
        let (jumps, pending) = (Arc::new(Semaphore::new(MOST_JUMPS)), Arc::new(Semaphore::new(MOST_PENDING)));
        let (known, visits) = (Known::default(), HashMap::new());
        Self { back, from, known, offered: None, wrong: String::new(), visits, jumps, pending }
    }

    /// The session that it will have.
    pub fn known(&self) -> Known {
        self.known.clone()
    }

    /// Logs in with a code; gives the key that the client has, so that no code is needed again.
    async fn log_in_by_code(&self, code: &str) -> Result<bool, NotDone> {
        let Some((desk, _)) = Desk::enter(&self.back, self.from, code, Ask::Enter).await? else {
            return Ok(false);
        };
        if let Some(key) = &self.offered {
            // The card is used up: a key that cannot be kept is no reason to turn the student away.
            let _ = desk.act("class-key", json!({ "key": key })).await;
        }
        Ok(self.known.log_in(desk))
    }

    /// Passes a command on to the task of its channel.
    fn begin(&mut self, id: ChannelId, line: String, session: &mut Session) -> Result<(), russh::Error> {
        let desk = self.known.0.get().cloned();
        let visit = self.visits.get_mut(&id);
        let begun = visit.zip(desk).is_some_and(|(visit, desk)| {
            let wish = Wish { desk, line, size: visit.size.subscribe(), raw: visit.has_terminal };
            visit.command.take().is_some_and(|command| command.send(wish).is_ok())
        });
        if begun { session.channel_success(id) } else { session.channel_failure(id) }
    }
}

impl Handler for Person {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let Some(key) = without_comment(key.public_key) else { return Ok(Auth::reject()) };
        let ask = Ask::EnterByKey { student: user.to_owned(), key: key.clone() };
        if let Ok(Some((desk, _))) = Desk::enter(&self.back, self.from, "", ask).await {
            self.known.log_in(desk);
            return Ok(Auth::Accept);
        }
        self.offered.get_or_insert(key);
        Ok(more())
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(code) = response.and_then(|mut all| all.next()) else {
            return Ok(asked(std::mem::take(&mut self.wrong)));
        };
        self.wrong = match self.log_in_by_code(&String::from_utf8_lossy(&code)).await {
            Ok(true) => return Ok(Auth::Accept),
            Ok(false) => "No card has this code.".to_owned(),
            Err(NotDone { why, .. }) => why,
        };
        Ok(more())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.visits.len() >= MOST_VISITS {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        let (command, wish) = oneshot::channel();
        let size = watch::Sender::new(window(80, 24));
        self.visits.insert(channel.id(), Waiting { size, has_terminal: false, command: Some(command) });
        // What comes over a channel is read at once: the connection waits for one that is not read.
        tokio::spawn(visit::of(channel, wish));
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.visits.remove(&id);
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        let place = self.jumps.clone().try_acquire_owned();
        let (Some(desk), Ok(place)) = (self.known.0.get().cloned(), place) else {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        };
        let (target, pending) = (format!("{host}:{port}"), self.pending.clone());
        tokio::spawn(async move {
            jump(&desk, target, &pending, channel, reply).await;
            drop(place);
        });
        Ok(())
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        _: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if let Some(visit) = self.visits.get_mut(&id) {
            visit.has_terminal = true;
        }
        self.window_change_request(id, columns, rows, 0, 0, session).await?;
        session.channel_success(id)
    }

    async fn window_change_request(
        &mut self,
        id: ChannelId,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if let Some(visit) = self.visits.get(&id) {
            visit.size.send_replace(window(columns, rows));
        }
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.begin(id, String::new(), session)
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.begin(id, String::from_utf8_lossy(data).into_owned(), session)
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        _: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        // Files are on the nodes: `sftp -J`.
        session.channel_failure(id)
    }
}

/// Passes the bytes of a connection into the instance on until both sides have ended.
async fn jump(
    desk: &Desk,
    target: String,
    pending: &Semaphore,
    channel: Channel<Msg>,
    reply: ChannelOpenHandle,
) {
    let waits = pending.acquire().await;
    let connected = desk.jump(target).await.and_then(|(socket, kept)| {
        socket.set_nonblocking(true)?;
        Ok((TcpStream::from_std(socket)?, kept))
    });
    drop(waits);
    let (mut socket, kept) = match connected {
        Ok(connected) => connected,
        // The client says which of the two it is. The words of the reason are in the audit.
        Err(why) if why.is_refused => {
            return reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
        }
        Err(_) => return reply.reject(ChannelOpenFailure::ConnectFailed).await,
    };
    // What a person types follows at once.
    let _ = socket.set_nodelay(true);
    reply.accept().await;
    let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut socket).await;
    drop(kept);
}

/// A refusal after which the client can try another key, or a code.
fn more() -> Auth {
    let methods = MethodSet::from(&[MethodKind::PublicKey, MethodKind::KeyboardInteractive][..]);
    Auth::Reject { proceed_with_methods: Some(methods), partial_success: false }
}

fn asked(why: String) -> Auth {
    Auth::Partial {
        name: "".into(),
        instructions: why.into(),
        prompts: Cow::Owned(vec![("Code of your card: ".into(), true)]),
    }
}

fn window(columns: u32, rows: u32) -> Winsize {
    let most = |number: u32| u16::try_from(number.clamp(1, 1000)).unwrap_or(u16::MAX);
    Winsize { ws_row: most(rows), ws_col: most(columns), ws_xpixel: 0, ws_ypixel: 0 }
}
