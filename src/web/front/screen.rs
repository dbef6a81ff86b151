//! A terminal that is passed on to a client: bytes both ways, the sizes of the client's window to the back,
//! and the back's news to the client. How the client is spoken with is up to the door: [`Hands`] and
//! [`Eyes`].

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

use super::back_end::Talk;
use crate::web::channel::{Answer, Resize};

/// The most bytes that wait for a terminal that does not take them. Then the client is not read.
const MOST_WAITING: usize = 1 << 20;

/// What is read from a terminal at once, in bytes.
const PIECE: usize = 16 << 10;

/// How long the last word of the back may take after the last output, and the last output after it.
const LAST: Duration = Duration::from_secs(1);

/// What the back says about a terminal that the client gets.
const NEWS: [&str; 3] = ["watched", "recorded", "size"];

/// What a client says.
pub enum Said {
    /// It was typed.
    Typed(Vec<u8>),
    /// The window has another size.
    Size(Resize),
    /// Nothing that matters.
    Nothing,
}

/// How a terminal ended.
#[derive(Debug)]
pub enum End {
    /// The client left.
    Left,
    /// The terminal is over, with the last word of the back; none if the back is gone.
    Over(Option<Answer>),
}

/// The side of a client that types.
pub trait Hands {
    /// The next that it says; none when the client is gone. Cancelled, it loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<Said>> + Send;
}

/// The side of a client that sees.
pub trait Eyes {
    /// Shows output.
    fn show(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;

    /// Tells news of the back.
    fn tell(&mut self, event: &str, data: &Value) -> impl Future<Output = io::Result<()>> + Send;
}

/// Passes a terminal on until it is over, or the client is gone. What is shown and what is typed go on apart:
/// a client may take the one only while it sends the other. One that does not read is not read for.
///
/// # Errors
/// When the terminal cannot be used, or the client cannot be written to.
pub async fn pass(
    terminal: OwnedFd,
    talk: &mut Talk,
    hands: &mut impl Hands,
    eyes: &mut impl Eyes,
) -> io::Result<End> {
    rustix::io::ioctl_fionbio(&terminal, true)?;
    // SAFETY: it owns the descriptor, which stays open and the same until it is dropped.
    let terminal = unsafe { AsyncFd::register(terminal) }?;
    let (news, steps) = (News::default(), Steps::default());
    let shown = shown(&terminal, eyes, &news, &steps);
    tokio::pin!(shown);
    let mut typed: Vec<u8> = Vec::new();
    let (mut end, mut known) = (None, None);
    loop {
        tokio::select! {
            shown = &mut shown => {
                shown?;
                return Ok(End::Over(last_word(talk, end).await));
            }
            written = terminal.async_io(Interest::WRITABLE, |fd| Ok(rustix::io::write(fd, &typed)?)),
                if !typed.is_empty() => match written {
                    Ok(count) => drop(typed.drain(..count.min(typed.len()))),
                    // Its program has ended; the last output may still come.
                    Err(_) => typed.clear(),
                },
            said = hands.next(), if typed.len() < MOST_WAITING => match said {
                Some(Said::Typed(bytes)) => typed.extend_from_slice(&bytes),
                // A back that is gone has no last word either, which is noticed below.
                Some(Said::Size(size)) if end.is_none() => drop(talk.tell(&size).await),
                Some(Said::Size(_) | Said::Nothing) => {}
                None => return Ok(End::Left),
            },
            answer = talk.next(), if end.is_none() => match answer {
                Ok(Some(Answer::Message { event, data, .. })) => news.push(event, data),
                last => end = Some(last.ok().flatten()),
            },
            () = tokio::time::sleep(LAST), if end.is_some() => {
                // Another process keeps the terminal open, and nothing comes any more.
                let now = steps.still();
                if now.is_some() && now == known {
                    return Ok(End::Over(end.flatten()));
                }
                known = now;
            }
        }
    }
}

/// Shows what the terminal prints and what the back tells, until the terminal is closed.
async fn shown(
    terminal: &AsyncFd<OwnedFd>,
    eyes: &mut impl Eyes,
    news: &News,
    steps: &Steps,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        tokio::select! {
            read = terminal.async_io(Interest::READABLE, |fd| Ok(rustix::io::read(fd, &mut *piece)?)) => {
                // A pseudo-terminal whose program has ended gives an error.
                let count = read.unwrap_or_default();
                if count == 0 {
                    return Ok(());
                }
                steps.step();
                eyes.show(piece.get(..count).unwrap_or_default()).await?;
                steps.step();
            }
            (event, data) = news.next() => eyes.tell(&event, &data).await?,
        }
    }
}

/// The last word of the back, which comes soon if it has not come yet.
async fn last_word(talk: &mut Talk, last: Option<Option<Answer>>) -> Option<Answer> {
    let waiting = async {
        loop {
            match talk.next().await {
                Ok(Some(Answer::Message { .. })) => {}
                other => return other.ok().flatten(),
            }
        }
    };
    match last {
        Some(last) => last,
        None => tokio::time::timeout(LAST, waiting).await.ok().flatten(),
    }
}

/// News that wait for a client: the latest of each kind, so that one who does not read takes no memory.
#[derive(Default)]
struct News {
    waiting: Mutex<Vec<(String, Value)>>,
    came: Notify,
}

impl News {
    fn push(&self, event: String, data: Value) {
        if !NEWS.contains(&event.as_str()) {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|(known, _)| *known != event);
        waiting.push((event, data));
        self.came.notify_one();
    }

    async fn next(&self) -> (String, Value) {
        loop {
            if let Some(first) = self.take() {
                return first;
            }
            self.came.notified().await;
        }
    }

    fn take(&self) -> Option<(String, Value)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        (!waiting.is_empty()).then(|| waiting.remove(0))
    }
}

/// Counts what was shown: one step before each piece, and one after it.
#[derive(Default)]
struct Steps(AtomicU64);

impl Steps {
    fn step(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of steps; none while a piece is on its way to the client.
    fn still(&self) -> Option<u64> {
        let count = self.0.load(Ordering::Relaxed);
        count.is_multiple_of(2).then_some(count)
    }
}

#[cfg(test)]
mod tests;
