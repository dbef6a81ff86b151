//! One client: who it is, and what it opens.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Response, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet, Pty};
use rustix::termios::Winsize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use super::desk::{Desk, NotDone};
use super::visit::Visit;
use crate::web::channel::Ask;
use crate::web::front::back_end::BackEnd;

/// The most channels of one client at the same time: a browser through `ssh -D` opens some dozens.
const MOST: usize = 64;

/// The session of a client, once it has one.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<OnceLock<Desk>>);

impl Known {
    /// Whether the client has logged in.
    pub fn is_known(&self) -> bool {
        self.0.get().is_some()
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
    /// The session channels on which no command has begun.
    waiting: HashMap<ChannelId, Waiting>,
    /// The sizes of the windows of all session channels.
    sizes: HashMap<ChannelId, watch::Sender<Winsize>>,
    places: Arc<Semaphore>,
}

/// A session channel on which no command has begun.
struct Waiting {
    channel: Channel<Msg>,
    has_terminal: bool,
}

impl Person {
    /// A client from an address, who has not logged in.
    pub fn new(back: BackEnd, from: SocketAddr) -> Self {
        let (known, places) = (Known::default(), Arc::new(Semaphore::new(MOST)));
        let (waiting, sizes) = (HashMap::new(), HashMap::new());
        Self { back, from, known, offered: None, wrong: String::new(), waiting, sizes, places }
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
            desk.act("class-key", json!({ "key": key })).await?;
        }
        Ok(self.known.0.set(desk).is_ok())
    }

    async fn begin(
        &mut self,
        id: ChannelId,
        line: String,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let size = self.sizes.get(&id).map(watch::Sender::subscribe);
        let desk = self.known.0.get().cloned();
        let (Some(waiting), Some(size), Some(desk)) = (self.waiting.remove(&id), size, desk) else {
            return session.channel_failure(id);
        };
        let visit = Visit { desk, channel: waiting.channel, size, raw: waiting.has_terminal };
        tokio::spawn(visit.run(line));
        session.channel_success(id)
    }
}

impl Handler for Person {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let Some(key) = plain(key.public_key) else { return Ok(Auth::reject()) };
        let ask = Ask::EnterByKey { student: user.to_owned(), key: key.clone() };
        if let Ok(Some((desk, _))) = Desk::enter(&self.back, self.from, "", ask).await {
            let _ = self.known.0.set(desk);
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
            Err(NotDone(why)) => why,
        };
        Ok(more())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.sizes.len() >= MOST {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        self.sizes.insert(channel.id(), watch::Sender::new(window(80, 24)));
        self.waiting.insert(channel.id(), Waiting { channel, has_terminal: false });
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.waiting.remove(&id);
        self.sizes.remove(&id);
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
        let (desk, place) = (self.known.0.get().cloned(), self.places.clone().try_acquire_owned());
        let (Some(desk), Ok(place)) = (desk, place) else {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        };
        let target = format!("{host}:{port}");
        tokio::spawn(async move {
            jump(&desk, target, channel, reply).await;
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
        if let Some(waiting) = self.waiting.get_mut(&id) {
            waiting.has_terminal = true;
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
        if let Some(size) = self.sizes.get(&id) {
            size.send_replace(window(columns, rows));
        }
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.begin(id, String::new(), session).await
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.begin(id, String::from_utf8_lossy(data).into_owned(), session).await
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
async fn jump(desk: &Desk, target: String, channel: Channel<Msg>, reply: ChannelOpenHandle) {
    let connected = desk.jump(target).await.ok().and_then(|(socket, kept)| {
        socket.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(socket).ok()?, kept))
    });
    let Some((mut socket, kept)) = connected else {
        return reply.reject(ChannelOpenFailure::ConnectFailed).await;
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

/// A key as the class keeps it: without a comment.
fn plain(key: &PublicKey) -> Option<String> {
    let mut key = key.clone();
    key.set_comment("");
    key.to_openssh().ok().map(|text| text.trim_end().to_owned())
}

fn window(columns: u32, rows: u32) -> Winsize {
    let most = |number: u32| u16::try_from(number.clamp(1, 1000)).unwrap_or(u16::MAX);
    Winsize { ws_row: most(rows), ws_col: most(columns), ws_xpixel: 0, ws_ypixel: 0 }
}
