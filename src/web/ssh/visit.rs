//! A session channel: words that are answered, or a terminal on a node.

use std::io;
use std::time::Duration;

use russh::server::Msg;
use russh::{Channel, ChannelWriteHalf};
use rustix::termios::Winsize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{oneshot, watch};

use super::desk::{BROKEN, Desk, NotDone};
use super::text;
use super::words::{self, Shown, Wanted};
use crate::app::exercise::Language;
use crate::app::{Terminal, TerminalKind};
use crate::base::terminal::Screener;
use crate::model::NodeName;
use crate::web::channel::{Answer, Resize};
use crate::web::front::screen::{self, End, Eyes, Hands, Said};

/// What is read of what is typed at once, in bytes.
const PIECE: usize = 16 << 10;

/// How long a session channel may be open without a command.
const WITHOUT_COMMAND: Duration = Duration::from_secs(30);

/// A command on a session channel.
pub struct Wish {
    /// The back.
    pub desk: Desk,
    /// What was said.
    pub line: String,
    /// The size of the student's window.
    pub size: watch::Receiver<Winsize>,
    /// Whether the student's terminal shows what is sent as it is.
    pub raw: bool,
}

/// Waits for the command of a channel, and performs it. The channel is read all the time.
pub async fn of(mut channel: Channel<Msg>, mut wish: oneshot::Receiver<Wish>) {
    let late = tokio::time::sleep(WITHOUT_COMMAND);
    tokio::pin!(late);
    loop {
        tokio::select! {
            wished = &mut wish => match wished {
                Ok(wish) => return begun(channel, wish).await,
                Err(_) => return,
            },
            message = channel.wait() => if message.is_none() { return },
            () = &mut late => {
                // The client may have gone.
                let _ = channel.close().await;
                return;
            }
        }
    }
}

async fn begun(channel: Channel<Msg>, mut wish: Wish) {
    match words::read(&wish.line) {
        Ok(Wanted::Terminal(node, kind)) => terminal(channel, &mut wish, node, kind).await,
        Ok(wanted) => {
            let (mut reading, channel) = channel.split();
            let answering = answer(&wish.desk, wanted);
            tokio::pin!(answering);
            let done = loop {
                tokio::select! {
                    done = &mut answering => break done,
                    message = reading.wait() => if message.is_none() { return },
                }
            };
            say(&channel, wish.raw, done).await;
        }
        Err(why) => say(&channel.split().1, wish.raw, Err(NotDone::failed(why))).await,
    }
}

async fn terminal(channel: Channel<Msg>, wish: &mut Wish, node: NodeName, kind: TerminalKind) {
    let wanted = Terminal { node, instance: Some(wish.desk.instance.clone()), kind };
    let (descriptor, mut talk) = match wish.desk.terminal(wanted).await {
        Ok(open) => open,
        Err(why) => return say(&channel.split().1, wish.raw, Err(why)).await,
    };
    let (mut reading, channel) = channel.split();
    wish.size.mark_changed();
    let mut hands =
        Typing { reader: reading.make_reader(), piece: vec![0; PIECE], types: true, size: &mut wish.size };
    let mut eyes = Screen(channel.make_writer());
    // What the student's client does wrong ends this terminal only.
    let end = screen::pass(descriptor, &mut talk, &mut hands, &mut eyes).await;
    let (status, why) = match end {
        Ok(End::Left) | Err(_) => return,
        Ok(End::Over(last)) => ended(last),
    };
    if let Some(why) = why
        && eyes.show(line(&why).as_bytes()).await.is_err()
    {
        return;
    }
    close(&channel, status).await;
}

/// The status with which a terminal ends, as OpenSSH has it, and what the student has to know of its end.
fn ended(last: Option<Answer>) -> (u32, Option<String>) {
    match last {
        Some(Answer::Ended(status)) => (u32::from(status), None),
        Some(answer) => (BROKEN, Some(NotDone::from(answer).why)),
        None => (BROKEN, Some("the server closed this terminal".to_owned())),
    }
}

/// What a student types, and the sizes of the window.
struct Typing<'a, R> {
    reader: R,
    piece: Vec<u8>,
    /// Whether more can be typed.
    types: bool,
    size: &'a mut watch::Receiver<Winsize>,
}

impl<R: AsyncRead + Unpin + Send> Hands for Typing<'_, R> {
    async fn next(&mut self) -> Option<Said> {
        tokio::select! {
            read = self.reader.read(&mut self.piece), if self.types => match read {
                // The output of what was typed may still come.
                Ok(0) | Err(_) => {
                    self.types = false;
                    Some(Said::Nothing)
                }
                Ok(count) => Some(Said::Typed(self.piece.get(..count).unwrap_or_default().to_vec())),
            },
            changed = self.size.changed() => {
                // The channel is closed.
                changed.ok()?;
                let Winsize { ws_col, ws_row, .. } = *self.size.borrow_and_update();
                Some(Said::Size(Resize { resize: [ws_col, ws_row] }))
            }
        }
    }
}

/// What a student sees.
struct Screen<W>(W);

impl<W: AsyncWrite + Unpin + Send> Eyes for Screen<W> {
    async fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    async fn tell(&mut self, event: &str, data: &Value) -> io::Result<()> {
        self.show(news(event, data).as_bytes()).await
    }
}

/// What the student has to know of a terminal, as a line of its own; empty if it is nothing.
fn news(event: &str, data: &Value) -> String {
    let text = match (event, data) {
        ("recorded", Value::Bool(true)) => "this terminal is recorded".to_owned(),
        ("watched", Value::Array(all)) if all.is_empty() => "the teacher has left this terminal".to_owned(),
        ("watched", Value::Array(all)) => {
            let names: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            format!("in this terminal: {}", names.join(", "))
        }
        _ => return String::new(),
    };
    line(&text)
}

/// A remark of the server in a terminal, as a line of its own.
fn line(text: &str) -> String {
    format!("\r\n[{}]\r\n", crate::base::text::one_line(text))
}

async fn answer(desk: &Desk, wanted: Wanted) -> Result<String, NotDone> {
    let shown = match wanted {
        Wanted::Help => return Ok(text::help(&*desk.me().await?)),
        Wanted::Task(language) => return Ok(text::task(&*desk.me().await?, language)),
        Wanted::Checks(language) => return Ok(text::checks(&*desk.me().await?, language)),
        Wanted::Status => return Ok(text::status(&*desk.me().await?)),
        Wanted::Act { request, arguments, then } => {
            desk.act(request, arguments).await?;
            then
        }
        Wanted::Terminal(..) => return Ok(String::new()),
    };
    Ok(match shown {
        Shown::Checks => text::checks(&*desk.me().await?, Language::En),
        Shown::Hints => text::hints(&*desk.me().await?, Language::En),
        Shown::Receipt => text::receipt(&*desk.me().await?),
        Shown::Done => "done\n".to_owned(),
    })
}

/// Says how it went, with an exit status, and closes the channel.
async fn say(channel: &ChannelWriteHalf<Msg>, raw: bool, done: Result<String, NotDone>) {
    let (text, status) = match done {
        Ok(text) => (text, 0),
        Err(NotDone { why, status, .. }) => (format!("{why}\n"), status),
    };
    let mut bytes = Screener::default().pass(text.as_bytes());
    if raw {
        bytes = String::from_utf8_lossy(&bytes).replace('\n', "\r\n").into_bytes();
    }
    // The client may have gone.
    let _: io::Result<()> = async {
        match status {
            0 => channel.make_writer().write_all(&bytes).await?,
            _ => channel.make_writer_ext(Some(1)).write_all(&bytes).await?,
        }
        close(channel, status).await;
        Ok(())
    }
    .await;
}

/// Closes a channel with an exit status. The client may have gone.
async fn close(channel: &ChannelWriteHalf<Msg>, status: u32) {
    if channel.exit_status(status).await.is_ok() && channel.eof().await.is_ok() {
        let _ = channel.close().await;
    }
}
