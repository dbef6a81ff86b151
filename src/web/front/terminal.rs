//! Terminals over WebSockets: bytes both ways, and sizes and news as text.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::answers::{bad_request, unanswered};
use super::back_end::Talk;
use super::routes::{Caller, Front};
use crate::app::Terminal;
use crate::web::channel::{Answer, Ask, Resize};

/// The longest message of a browser, in bytes: what a person pastes.
const LONGEST: usize = 64 << 10;

/// The most bytes that wait for a terminal that does not take them. Then the browser is not read.
const MOST_WAITING: usize = 1 << 20;

/// What is read from a terminal at once, in bytes.
const PIECE: usize = 16 << 10;

/// How long the last words of the back and the last output may take.
const LAST: Duration = Duration::from_secs(1);

/// What the back says about a terminal that the browser gets as it is.
const NEWS: [&str; 3] = ["watched", "recorded", "size"];

/// How the terminal of a student is looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wish {
    /// Whether what is typed reaches it.
    #[serde(default)]
    take_over: bool,
}

/// Opens a terminal, and the WebSocket when it is open.
pub async fn open(
    shared: Front,
    Extension(caller): Extension<Caller>,
    wanted: Result<Query<Terminal>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(Query(wanted)) = wanted else {
        return bad_request("a terminal has an `instance`, a `node`, and a `kind`: shell, console or logs");
    };
    upgraded(shared, &caller, Ask::Terminal(wanted), upgrade, true).await
}

/// Shows the open terminal of a student. Its window is that of the student, so this one tells no size.
pub async fn look(
    shared: Front,
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
    wish: Result<Query<Wish>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let (Ok(Path(terminal)), Ok(Query(Wish { take_over }))) = (id, wish) else {
        return bad_request("a terminal has an id, and `take-over` is true or false");
    };
    upgraded(shared, &caller, Ask::Look { terminal, take_over }, upgrade, false).await
}

async fn upgraded(
    State(shared): Front,
    caller: &Caller,
    ask: Ask,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    is_own: bool,
) -> Response {
    let Ok(upgrade) = upgrade else { return bad_request("a terminal is a WebSocket") };
    let (terminal, mut talk) = match shared.back.terminal(&caller.asks(ask)).await {
        Ok(Ok(open)) => open,
        Ok(Err(answer)) => return answer.into_response(),
        Err(error) => return unanswered(&error),
    };
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(move |mut socket| async move {
        let why = passed(&mut socket, terminal, &mut talk, is_own).await;
        let why = why.unwrap_or_else(|error| error.to_string());
        // The browser may have gone.
        let _ = socket.send(Message::Text(json!({ "closed": why }).to_string().into())).await;
        drop(talk);
    })
}

/// Passes bytes on until one side ends; returns why. A browser that does not read is not read for.
async fn passed(
    socket: &mut WebSocket,
    terminal: OwnedFd,
    talk: &mut Talk,
    is_own: bool,
) -> io::Result<String> {
    rustix::io::ioctl_fionbio(&terminal, true)?;
    // SAFETY: it owns the descriptor, which stays open and the same until it is dropped.
    let terminal = unsafe { AsyncFd::register(terminal) }?;
    let mut piece = vec![0; PIECE];
    let mut typed: Vec<u8> = Vec::new();
    let mut end = None;
    loop {
        tokio::select! {
            read = terminal.async_io(Interest::READABLE, |fd| Ok(rustix::io::read(fd, &mut *piece)?)) => {
                match read {
                    Ok(0) | Err(_) => return Ok(reason(talk, end).await),
                    Ok(count) => {
                        let bytes = piece.get(..count).unwrap_or_default().to_vec();
                        send(socket, Message::Binary(bytes.into())).await?;
                    }
                }
            }
            written = terminal.async_io(Interest::WRITABLE, |fd| Ok(rustix::io::write(fd, &typed)?)),
                if !typed.is_empty() => drop(typed.drain(..written?.min(typed.len()))),
            said = socket.recv(), if typed.len() < MOST_WAITING => match said {
                Some(Ok(Message::Binary(bytes))) => typed.extend_from_slice(&bytes),
                Some(Ok(Message::Text(text))) => {
                    if let Some(size) = size(&text).filter(|_| is_own && end.is_none()) {
                        talk.tell(&size).await?;
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok("the browser left".to_owned()),
            },
            answer = talk.next(), if end.is_none() => match answer? {
                Some(Answer::Message { event, data, .. }) => {
                    if NEWS.contains(&event.as_str()) {
                        let text = json!({ event: data }).to_string();
                        send(socket, Message::Text(text.into())).await?;
                    }
                }
                last => end = Some(last),
            },
            // The last output has come, and another process keeps the terminal open.
            () = tokio::time::sleep(LAST), if end.is_some() => return Ok(reason(talk, end).await),
        }
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> io::Result<()> {
    socket.send(message).await.map_err(io::Error::other)
}

/// Why a terminal has ended: the last word of the back, which comes soon if it has not come yet.
async fn reason(talk: &mut Talk, last: Option<Option<Answer>>) -> String {
    let waiting = async {
        loop {
            match talk.next().await {
                Ok(Some(Answer::Message { .. })) => {}
                other => return other.ok().flatten(),
            }
        }
    };
    let last = match last {
        Some(last) => last,
        None => tokio::time::timeout(LAST, waiting).await.ok().flatten(),
    };
    match last {
        Some(Answer::Failed(error)) => error.message,
        _ => "the program ended".to_owned(),
    }
}

/// The size of a window that a browser tells; none if the message is another.
pub fn size(text: &str) -> Option<Resize> {
    serde_json::from_slice(text.as_bytes()).ok()
}
