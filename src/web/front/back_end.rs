//! The socket to the back: a channel for each ask.

use std::io::{self, Cursor};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::sync::Arc;

use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Chain};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use crate::base::apart::Starter;
use crate::base::passing::{self, Lines};
use crate::web::channel::{Answer, LONGEST_ANSWER, Opening, Resize};

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

    /// Asks for a terminal: its descriptor, and what is said about it; or the answer that there is none.
    ///
    /// # Errors
    /// When the back is gone, or is too busy to answer.
    pub async fn terminal(&self, opening: &Opening) -> io::Result<Result<(OwnedFd, Talk), Answer>> {
        match self.first(opening).await? {
            (Answer::Terminal, mut lines) => {
                let terminal = lines.descriptor().ok_or_else(busy)?;
                Ok(Ok((terminal, Talk::of(lines)?)))
            }
            (other, _) => Ok(Err(other)),
        }
    }

    /// Asks for a file: its descriptor, and its size in bytes; or the answer that there is none.
    ///
    /// # Errors
    /// When the back is gone, or is too busy to answer.
    pub async fn file(&self, opening: &Opening) -> io::Result<Result<(OwnedFd, u64), Answer>> {
        match self.first(opening).await? {
            (Answer::File { bytes }, mut lines) => Ok(Ok((lines.descriptor().ok_or_else(busy)?, bytes))),
            (other, _) => Ok(Err(other)),
        }
    }

    /// The first answer that is no message, with the rest of the channel.
    async fn first(&self, opening: &Opening) -> io::Result<(Answer, Lines)> {
        let stream = self.channel()?;
        let opening = line(opening)?;
        // Descriptors come by a call that tokio does not have.
        let waiting = tokio::task::spawn_blocking(move || {
            passing::send(&stream, &opening, None)?;
            let mut lines = Lines::of(stream, LONGEST_ANSWER);
            loop {
                let line = lines.next()?.ok_or_else(busy)?;
                match serde_json::from_slice(&line)? {
                    Answer::Message { .. } => {}
                    answer => return Ok((answer, lines)),
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

/// What is said about an open terminal. The back ends it when this is dropped.
#[derive(Debug)]
pub struct Talk {
    answers: BufReader<Chain<Cursor<Vec<u8>>, OwnedReadHalf>>,
    /// The part of a line that has come.
    part: Vec<u8>,
    back: OwnedWriteHalf,
}

impl Talk {
    /// What is said over the rest of a channel.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn of(lines: Lines) -> io::Result<Self> {
        let (stream, rest) = lines.into_parts();
        stream.set_nonblocking(true)?;
        let (answers, back) = UnixStream::from_std(stream)?.into_split();
        let answers = BufReader::new(Cursor::new(rest).chain(answers));
        Ok(Self { answers, part: Vec::new(), back })
    }

    /// The next answer; none at the end. Cancelled, it loses nothing.
    ///
    /// # Errors
    /// When the channel breaks.
    pub async fn next(&mut self) -> io::Result<Option<Answer>> {
        self.answers.read_until(b'\n', &mut self.part).await?;
        if self.part.last() != Some(&b'\n') {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&std::mem::take(&mut self.part))?))
    }

    /// Tells the back a size of the window.
    ///
    /// # Errors
    /// When the back is gone.
    pub async fn tell(&mut self, size: &Resize) -> io::Result<()> {
        self.back.write_all(&line(size)?).await
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

fn line(said: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    Ok(line)
}

fn busy() -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, "the server is busy")
}
