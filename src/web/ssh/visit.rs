//! A session channel: words that are answered, or a terminal on a node.

use std::io;
use std::time::Duration;

use russh::server::Msg;
use russh::{Channel, ChannelWriteHalf};
use rustix::termios::Winsize;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot, watch};

use super::bytes::Bytes;
use super::desk::{Desk, NotDone};
use super::text;
use super::words::{self, Shown, Wanted};
use crate::app::exercise::Language;
use crate::app::{Terminal, TerminalKind};
use crate::base::terminal::Screener;
use crate::model::NodeName;
use crate::web::channel::{Answer, Resize};
use crate::web::front::back_end::Talk;

/// What is read from a terminal at once, in bytes.
const PIECE: usize = 16 << 10;

/// The most news that wait for a student who does not read.
const NEWS: usize = 8;

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
        Err(why) => say(&channel.split().1, wish.raw, Err(NotDone(why))).await,
    }
}

async fn terminal(channel: Channel<Msg>, wish: &mut Wish, node: NodeName, kind: TerminalKind) {
    let wanted = Terminal { node, instance: Some(wish.desk.instance.clone()), kind };
    let opened =
        wish.desk.terminal(wanted).await.and_then(|(descriptor, talk)| Ok((Bytes::of(descriptor)?, talk)));
    match opened {
        // What the student's client does wrong ends this terminal only.
        Ok((terminal, talk)) => drop(passed(channel, terminal, talk, &mut wish.size).await),
        Err(why) => say(&channel.split().1, wish.raw, Err(why)).await,
    }
}

/// Passes bytes, sizes and news on until the program ends, or the student leaves. What is shown and what is
/// typed go on apart: the client may take the one only while it sends the other.
async fn passed(
    channel: Channel<Msg>,
    terminal: Bytes,
    mut talk: Talk,
    size: &mut watch::Receiver<Winsize>,
) -> io::Result<()> {
    let (mut from_student, mut to_student) = tokio::io::split(channel.into_stream());
    let (mut from_terminal, mut to_terminal) = tokio::io::split(terminal);
    let (tell, mut news) = mpsc::channel::<String>(NEWS);
    let shown = async {
        let mut piece = vec![0; PIECE];
        loop {
            tokio::select! {
                read = from_terminal.read(&mut piece) => match read? {
                    0 => return to_student.shutdown().await,
                    count => to_student.write_all(piece.get(..count).unwrap_or_default()).await?,
                },
                Some(text) = news.recv() => to_student.write_all(text.as_bytes()).await?,
            }
        }
    };
    let typed = tokio::io::copy(&mut from_student, &mut to_terminal);
    tokio::pin!(shown, typed);
    let (mut types, mut talks) = (true, true);
    size.mark_changed();
    loop {
        tokio::select! {
            shown = &mut shown => return shown,
            // The output of what was typed may still come.
            _ = &mut typed, if types => types = false,
            changed = size.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let Winsize { ws_col, ws_row, .. } = *size.borrow_and_update();
                talk.tell(&Resize { resize: [ws_col, ws_row] }).await?;
            }
            answer = talk.next(), if talks => match answer? {
                // A student who does not read misses the news.
                Some(Answer::Message { event, data, .. }) => drop(tell.try_send(self::news(&event, &data))),
                _ => talks = false,
            },
        }
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
    format!("\r\n[{}]\r\n", crate::base::text::one_line(&text))
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
        Err(NotDone(why)) => (format!("{why}\n"), 1),
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
        channel.exit_status(status).await.map_err(io::Error::other)?;
        channel.eof().await.map_err(io::Error::other)?;
        channel.close().await.map_err(io::Error::other)
    }
    .await;
}
