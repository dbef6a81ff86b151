//! Terminals over WebSockets: bytes both ways, and sizes as text.

use std::io;
use std::os::fd::OwnedFd;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use rustix::termios::{Winsize, tcsetwinsize};
use serde::Deserialize;
use serde_json::json;
use tokio::io::unix::AsyncFd;

use super::answers::{bad_request, unanswered};
use super::routes::{Caller, Front};
use crate::app::Terminal;
use crate::web::channel::Ask;

/// The longest message of a browser, in bytes: what a person pastes.
const LONGEST: usize = 64 << 10;

/// What is read from a terminal at once, in bytes.
const PIECE: usize = 16 << 10;

/// What a browser says as text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Columns and rows.
    resize: [u16; 2],
}

/// Opens a terminal, and the WebSocket when it is open.
pub async fn open(
    State(shared): Front,
    Extension(caller): Extension<Caller>,
    wanted: Result<Query<Terminal>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(Query(wanted)) = wanted else {
        return bad_request("a terminal has an `instance`, a `node`, and a `kind`: shell, console or logs");
    };
    let Ok(upgrade) = upgrade else { return bad_request("a terminal is a WebSocket") };
    let (terminal, channel) = match shared.back.terminal(&caller.asks(Ask::Terminal(wanted))).await {
        Ok(Ok(open)) => open,
        Ok(Err(answer)) => return answer.into_response(),
        Err(error) => return unanswered(&error),
    };
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(move |socket| async move {
        let mut socket = socket;
        let why = match passed(&mut socket, terminal).await {
            Ok(why) => why.to_owned(),
            Err(error) => error.to_string(),
        };
        // The browser may have gone.
        let _ = socket.send(Message::Text(json!({ "closed": why }).to_string().into())).await;
        drop(channel);
    })
}

/// Passes bytes on until one side ends; returns why. A browser that does not read is not read for.
async fn passed(socket: &mut WebSocket, terminal: OwnedFd) -> io::Result<&'static str> {
    rustix::io::ioctl_fionbio(&terminal, true)?;
    // SAFETY: it owns the descriptor, which stays open and the same until it is dropped.
    let terminal = unsafe { AsyncFd::register(terminal) }?;
    let mut piece = vec![0; PIECE];
    loop {
        tokio::select! {
            read = terminal.async_io(tokio::io::Interest::READABLE, |fd| Ok(rustix::io::read(fd, &mut *piece)?)) => {
                match read {
                    Ok(0) | Err(_) => return Ok("the program ended"),
                    Ok(count) => {
                        let bytes = piece.get(..count).unwrap_or_default().to_vec();
                        socket.send(Message::Binary(bytes.into())).await.map_err(io::Error::other)?;
                    }
                }
            }
            said = socket.recv() => match said {
                Some(Ok(Message::Binary(bytes))) => write(&terminal, &bytes).await?,
                Some(Ok(Message::Text(text))) => resize(&terminal, &text)?,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok("the browser left"),
            },
        }
    }
}

async fn write(terminal: &AsyncFd<OwnedFd>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let count =
            terminal.async_io(tokio::io::Interest::WRITABLE, |fd| Ok(rustix::io::write(fd, bytes)?)).await?;
        bytes = bytes.get(count..).unwrap_or_default();
    }
    Ok(())
}

fn resize(terminal: &AsyncFd<OwnedFd>, text: &str) -> io::Result<()> {
    let Some(size) = size(text) else { return Ok(()) };
    Ok(tcsetwinsize(terminal.get_ref(), size)?)
}

/// The size of a window that a browser tells; none if the message is another.
pub fn size(text: &str) -> Option<Winsize> {
    let Said { resize: [columns, rows] } = serde_json::from_str(text).ok()?;
    Some(Winsize { ws_row: rows.max(1), ws_col: columns.max(1), ws_xpixel: 0, ws_ypixel: 0 })
}
