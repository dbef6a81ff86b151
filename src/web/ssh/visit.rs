//! A session channel: words that are answered, or a terminal on a node.

use std::io;

use russh::Channel;
use russh::server::Msg;
use rustix::termios::Winsize;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;

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

/// A session channel on which a command has begun.
pub struct Visit {
    /// The back.
    pub desk: Desk,
    /// The channel.
    pub channel: Channel<Msg>,
    /// The size of the student's window.
    pub size: watch::Receiver<Winsize>,
    /// Whether the student's terminal shows what is sent as it is.
    pub raw: bool,
}

impl Visit {
    /// Does what was said, and closes the channel.
    pub async fn run(self, line: String) {
        let (done, channel) = match words::read(&line) {
            Ok(Wanted::Terminal(node, kind)) => return self.terminal(node, kind).await,
            Ok(wanted) => (answer(&self.desk, wanted).await, self.channel),
            Err(why) => (Err(NotDone(why)), self.channel),
        };
        say(channel, self.raw, done).await;
    }

    async fn terminal(mut self, node: NodeName, kind: TerminalKind) {
        let wanted = Terminal { node, instance: Some(self.desk.instance.clone()), kind };
        let opened = self
            .desk
            .terminal(wanted)
            .await
            .and_then(|(descriptor, talk)| Ok((Bytes::of(descriptor)?, talk)));
        match opened {
            // What the student's client does wrong ends this terminal only.
            Ok((terminal, talk)) => drop(passed(self.channel, terminal, talk, &mut self.size).await),
            Err(why) => say(self.channel, self.raw, Err(why)).await,
        }
    }
}

/// Passes bytes, sizes and news on until the program ends, or the student leaves.
async fn passed(
    channel: Channel<Msg>,
    terminal: Bytes,
    mut talk: Talk,
    size: &mut watch::Receiver<Winsize>,
) -> io::Result<()> {
    let (mut from_student, mut to_student) = tokio::io::split(channel.into_stream());
    let (mut from_terminal, mut to_terminal) = tokio::io::split(terminal);
    let typed = tokio::io::copy(&mut from_student, &mut to_terminal);
    tokio::pin!(typed);
    let (mut types, mut talks) = (true, true);
    let mut piece = vec![0; PIECE];
    size.mark_changed();
    loop {
        tokio::select! {
            read = from_terminal.read(&mut piece) => match read? {
                0 => return to_student.shutdown().await,
                count => to_student.write_all(piece.get(..count).unwrap_or_default()).await?,
            },
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
                Some(Answer::Message { event, data, .. }) => {
                    to_student.write_all(news(&event, &data).as_bytes()).await?;
                }
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
async fn say(channel: Channel<Msg>, raw: bool, done: Result<String, NotDone>) {
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
