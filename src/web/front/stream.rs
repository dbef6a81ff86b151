//! Server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::answers::unanswered;
use super::back_end::Channel;
use super::routes::Shared;
use crate::web::channel::{Answer, Opening};

/// How often a stream without news says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// The messages of the back's answer as events, from the first on. An answer that is no message is that of
/// the request.
pub async fn events(shared: &Shared, opening: &Opening) -> Response {
    let mut channel = match shared.back.ask(opening).await {
        Ok(channel) => channel,
        Err(error) => return unanswered(&error),
    };
    let first = match channel.next().await {
        Ok(Some(Answer::Message { event, id, data })) => message(&event, id, &data),
        Ok(Some(Answer::Done)) => Event::default().event("end").data("null"),
        Ok(Some(answer)) => return answer.into_response(),
        Ok(None) => return unanswered(&std::io::ErrorKind::ResourceBusy.into()),
        Err(error) => return unanswered(&error),
    };
    let all = stream::unfold((Some(first), channel), |(first, mut channel): (_, Channel)| async move {
        if let Some(first) = first {
            return Some((Ok::<_, Infallible>(first), (None, channel)));
        }
        match channel.next().await {
            Ok(Some(Answer::Message { event, id, data })) => {
                Some((Ok(message(&event, id, &data)), (None, channel)))
            }
            // The last answer; the browser connects again if it wants more.
            _ => None,
        }
    });
    Sse::new(all).keep_alive(KeepAlive::new().interval(ALIVE).text("alive")).into_response()
}

fn message(event: &str, id: Option<u64>, data: &serde_json::Value) -> Event {
    let message = Event::default().event(event).data(data.to_string());
    match id {
        Some(id) => message.id(id.to_string()),
        None => message,
    }
}
