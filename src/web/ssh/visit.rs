//! A session channel: words that are answered, or a terminal on a node.

use std::io;
use std::os::fd::AsFd as _;

use russh::Channel;
use russh::server::Msg;
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;

use super::bytes::Bytes;
use super::desk::{Desk, NotDone};
use super::text;
use super::words::{self, Shown, Wanted};
use crate::app::exercise::Language;
use crate::app::{Terminal, TerminalKind};
use crate::base::terminal::Screener;
use crate::model::NodeName;

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
        let (descriptor, kept) = match self.desk.terminal(wanted).await {
            Ok(open) => open,
            Err(why) => return say(self.channel, self.raw, Err(why)).await,
        };
        let Ok(sizes) = descriptor.try_clone() else { return };
        let Ok(mut terminal) = Bytes::of(descriptor) else { return };
        let mut stream = self.channel.into_stream();
        let passing = tokio::io::copy_bidirectional(&mut stream, &mut terminal);
        tokio::pin!(passing);
        loop {
            let size = *self.size.borrow_and_update();
            let _ = tcsetwinsize(sizes.as_fd(), size);
            tokio::select! {
                _ = &mut passing => break,
                changed = self.size.changed() => if changed.is_err() { break },
            }
        }
        drop(kept);
    }
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
