//! The socket to the back: a channel for each ask.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::base::apart::Starter;
use crate::base::passing::{self, Lines};
use crate::web::channel::{Answer, LONGEST_ANSWER, Opening};

/// The back.
#[derive(Debug, Clone)]
pub struct BackEnd(Arc<Starter>);

/// A channel to the back. The back ends what it does for it when this is dropped.
#[derive(Debug)]
pub struct Channel(BufReader<UnixStream>);

impl BackEnd {
    /// That at the other end of this process's socket.
    pub fn of(starter: Starter) -> Self {
        Self(Arc::new(starter))
    }

    /// Opens a channel and asks.
    ///
    /// # Errors
    /// When the back is gone.
    pub async fn ask(&self, opening: &Opening) -> io::Result<Channel> {
        let stream = self.channel()?;
        stream.set_nonblocking(true)?;
        let mut stream = UnixStream::from_std(stream)?;
        stream.write_all(&line(opening)?).await?;
        Ok(Channel(BufReader::new(stream)))
    }

    /// Asks, and returns the first answer.
    ///
    /// # Errors
    /// When the back is gone, or is too busy to answer.
    pub async fn once(&self, opening: &Opening) -> io::Result<Answer> {
        self.ask(opening).await?.next().await?.ok_or_else(busy)
    }

    /// Asks for a terminal: the answers before it opens, its descriptor, and the channel, which keeps it
    /// open.
    ///
    /// # Errors
    /// When the back is gone, or is too busy to answer.
    pub async fn terminal(&self, opening: &Opening) -> io::Result<Result<(OwnedFd, StdStream), Answer>> {
        let stream = self.channel()?;
        let opening = line(opening)?;
        // Descriptors come by a call that tokio does not have.
        let waiting = tokio::task::spawn_blocking(move || {
            passing::send(&stream, &opening, None)?;
            let mut lines = Lines::of(stream.try_clone()?, LONGEST_ANSWER);
            loop {
                let line = lines.next()?.ok_or_else(busy)?;
                match serde_json::from_slice(&line)? {
                    Answer::Terminal => {
                        let terminal = lines.descriptor().ok_or_else(busy)?;
                        return Ok(Ok((terminal, stream)));
                    }
                    Answer::Message { .. } => {}
                    other => return Ok(Err(other)),
                }
            }
        });
        waiting.await.map_err(io::Error::other)?
    }

    fn channel(&self) -> io::Result<StdStream> {
        let (ours, theirs) = StdStream::pair()?;
        self.0.pass(&(), theirs.as_fd())?;
        Ok(ours)
    }
}

impl Channel {
    /// The next answer; none at the end.
    ///
    /// # Errors
    /// When the channel breaks.
    pub async fn next(&mut self) -> io::Result<Option<Answer>> {
        let mut line = Vec::new();
        if self.0.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&line)?))
    }
}

fn line(opening: &Opening) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(opening)?;
    line.push(b'\n');
    Ok(line)
}

fn busy() -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, "the server is busy")
}
