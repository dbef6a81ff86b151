//! Terminals over WebSockets: bytes both ways, and sizes and news as text.

use std::io;

use axum::Extension;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::{bad_request, unanswered};
use super::routes::{Caller, Front};
use super::screen::{self, End, Eyes, Hands, Said};
use crate::app::Terminal;
use crate::web::channel::{Answer, Ask, Resize};

/// The longest message of a browser, in bytes: what a person pastes.
const LONGEST: usize = 64 << 10;

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
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(move |socket| async move {
        let (screen, typing) = socket.split();
        let (mut screen, mut typing) = (Screen(screen), Typing(typing, is_own));
        let why = reason(screen::pass(terminal, &mut talk, &mut typing, &mut screen).await);
        // The browser may have gone.
        let _ = screen.tell("closed", &json!(why)).await;
        drop(talk);
    })
}

/// What a browser says.
struct Typing(SplitStream<WebSocket>, bool);

impl Hands for Typing {
    async fn next(&mut self) -> Option<Said> {
        let Self(socket, is_own) = self;
        Some(match socket.next().await? {
            Ok(Message::Binary(bytes)) => Said::Typed(bytes.into()),
            Ok(Message::Text(text)) => match size(&text).filter(|_| *is_own) {
                Some(size) => Said::Size(size),
                None => Said::Nothing,
            },
            Ok(Message::Ping(_) | Message::Pong(_)) => Said::Nothing,
            Ok(Message::Close(_)) | Err(_) => return None,
        })
    }
}

/// What a browser sees.
struct Screen(SplitSink<WebSocket, Message>);

impl Screen {
    async fn send(&mut self, message: Message) -> io::Result<()> {
        self.0.send(message).await.map_err(io::Error::other)
    }
}

impl Eyes for Screen {
    async fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.send(Message::Binary(bytes.to_vec().into())).await
    }

    async fn tell(&mut self, event: &str, data: &Value) -> io::Result<()> {
        self.send(Message::Text(json!({ event: data }).to_string().into())).await
    }
}

/// Why a terminal has ended.
fn reason(end: io::Result<End>) -> String {
    match end {
        Ok(End::Over(Some(Answer::Failed(error)))) => error.message,
        Ok(End::Over(Some(_))) => "the program ended".to_owned(),
        Ok(End::Over(None)) => "the terminal was closed".to_owned(),
        Ok(End::Left) => "the browser left".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The size of a window that a browser tells; none if the message is another.
pub fn size(text: &str) -> Option<Resize> {
    serde_json::from_slice(text.as_bytes()).ok()
}
