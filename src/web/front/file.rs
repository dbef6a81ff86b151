//! Files that the back passes on: recordings of terminals.

use std::io;
use std::os::fd::OwnedFd;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::answers::{refusal, unanswered};
use super::routes::{Caller, Front};
use crate::web::channel::Ask;

/// What is read of a file at once, in bytes.
const PIECE: usize = 64 << 10;

/// What a recording is: a text that a browser must not show as a page.
const RECORDING: &str = "application/x-asciicast";

/// A recording, to be saved or played.
pub async fn recording(
    State(shared): Front,
    Extension(caller): Extension<Caller>,
    Path((class, name)): Path<(String, String)>,
) -> Response {
    let Ok(class) = class.parse() else {
        return refusal(StatusCode::NOT_FOUND, "there is no such class", &[]);
    };
    // Only the name of a recording is answered with a file, so it is no header of another kind.
    let saved = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    match shared.back.file(&caller.asks(Ask::Recording { class, name })).await {
        Ok(Ok((file, bytes))) => {
            let type_of = (CONTENT_TYPE, HeaderValue::from_static(RECORDING));
            let length = (CONTENT_LENGTH, HeaderValue::from(bytes));
            let saved = saved.ok().map(|saved| (CONTENT_DISPOSITION, saved));
            let headers: axum::http::HeaderMap = [type_of, length].into_iter().chain(saved).collect();
            (headers, body(file, bytes)).into_response()
        }
        Ok(Err(answer)) => answer.into_response(),
        Err(error) => unanswered(&error),
    }
}

/// The first bytes of a file, read as the browser takes them.
fn body(file: OwnedFd, bytes: u64) -> Body {
    Body::from_stream(stream::unfold(Some((file, bytes)), |state| async move {
        let (file, left) = state.filter(|(_, left)| *left > 0)?;
        // Reading a file blocks.
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
            let count = rustix::io::read(&file, &mut piece)?;
            piece.truncate(count);
            Ok::<_, io::Error>((piece, file))
        });
        match read.await.map_err(io::Error::other).and_then(|read| read) {
            Ok((piece, _)) if piece.is_empty() => Some((Err(io::ErrorKind::UnexpectedEof.into()), None)),
            Ok((piece, file)) => {
                let left = left.saturating_sub(piece.len() as u64);
                Some((Ok(Bytes::from(piece)), Some((file, left))))
            }
            Err(error) => Some((Err(error), None)),
        }
    }))
}
