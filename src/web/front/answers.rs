//! Answers of the back as answers of HTTP.

use std::io;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::guard::Foreign;
use crate::app::{AppError, ErrorKind};
use crate::web::channel::Answer;

/// A refusal, in the form of all errors.
pub fn refusal(status: StatusCode, message: &str, hints: &[&str]) -> Response {
    let mut error = AppError::failed(message);
    for hint in hints {
        error = error.hint(*hint);
    }
    (status, Json(error)).into_response()
}

/// The answer to a request that is not understood.
pub fn bad_request(message: &str) -> Response {
    let error = AppError::usage(message);
    (StatusCode::BAD_REQUEST, Json(error)).into_response()
}

/// The answer when the back does not answer.
pub fn unanswered(error: &io::Error) -> Response {
    let busy = error.kind() == io::ErrorKind::ResourceBusy;
    let message = if busy { "the server is busy" } else { "the server does not answer" };
    refusal(StatusCode::SERVICE_UNAVAILABLE, message, &["try again in a moment"])
}

impl IntoResponse for Foreign {
    fn into_response(self) -> Response {
        match self {
            Self::Host => refusal(
                StatusCode::MISDIRECTED_REQUEST,
                "this server does not have that name",
                &["open it by its address, or start it with `--name NAME`"],
            ),
            Self::Origin => refusal(StatusCode::FORBIDDEN, "a page of another site asked", &[]),
            Self::Unmeant => {
                refusal(StatusCode::FORBIDDEN, "the header `X-Halab` is missing", &["add `X-Halab: 1`"])
            }
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Session(grant) => Json(grant).into_response(),
            Self::Done => StatusCode::NO_CONTENT.into_response(),
            Self::Looked { outcome, events } => {
                Json(json!({ "outcome": outcome, "events": events })).into_response()
            }
            Self::Began { operation } => {
                (StatusCode::ACCEPTED, Json(json!({ "operation": operation }))).into_response()
            }
            Self::Operations(operations) => Json(json!({ "operations": operations })).into_response(),
            Self::Page(text) => Html(text).into_response(),
            Self::NotKnown => refusal(
                StatusCode::UNAUTHORIZED,
                "there is no session",
                &["open the link that `lab serve` printed, or make a token: `lab token create NAME`"],
            ),
            Self::Refused { why } => {
                let message = format!("you may not do this: {why}");
                refusal(StatusCode::FORBIDDEN, &message, &[])
            }
            Self::NotOffered => refusal(StatusCode::NOT_FOUND, "there is no such request", &[]),
            Self::Failed(error) => (status(error.kind), Json(error)).into_response(),
            Self::Entered { .. }
            | Self::Message { .. }
            | Self::Terminal
            | Self::File { .. }
            | Self::Ended(_) => {
                refusal(StatusCode::INTERNAL_SERVER_ERROR, "the server answered something else", &[])
            }
        }
    }
}

/// The status of a kind of failure.
fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Usage => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Busy | ErrorKind::Interrupted => StatusCode::CONFLICT,
        ErrorKind::Host => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Failed | ErrorKind::BadFile => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A body as JSON, with the one field of a list.
pub fn only(field: &str, value: &impl Serialize) -> Response {
    Json(json!({ field: value })).into_response()
}
