//! Passes the bytes of one terminal on, in a thread of its own.
//!
//! The student is not read for faster than the browser reads, as at any terminal. One who looks never slows
//! the student: a viewer who does not read is dropped.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::tail::{self, Tail};
use super::window::{Comes, Window};
use crate::app::class::Recorder;

/// What is read at once, in bytes.
const PIECE: usize = 16 << 10;

/// The most bytes that wait for a program that does not read what is typed.
const MOST_TYPED: usize = 64 << 10;

/// The most bytes that wait for a viewer.
const MOST_WAITING: usize = tail::MOST + (1 << 20);

/// How long the last output may take to reach the student.
const LAST: Duration = Duration::from_secs(2);

/// Where a recording goes, and what is done with the reason when it ends early.
pub struct Tape<'a> {
    /// The recording.
    pub recorder: Recorder,
    /// Is given the reason.
    pub lost: &'a dyn Fn(&io::Error),
}

/// The ends between which bytes are passed on.
pub struct Pump<'a> {
    window: &'a Window,
    terminal: OwnedFd,
    student: UnixStream,
    viewers: Vec<Viewer>,
    /// What waits for the terminal.
    typed: VecDeque<u8>,
    /// What waits for the student.
    shown: VecDeque<u8>,
    tail: Tail,
    tape: Option<Tape<'a>>,
    size: [u16; 2],
    /// Whether the program has ended.
    ended: bool,
    /// Whether the student is gone.
    left: bool,
    /// When passing on ends, after the end of the program.
    until: Option<Instant>,
}

struct Viewer {
    number: u64,
    types: bool,
    socket: UnixStream,
    waiting: VecDeque<u8>,
}

/// An end on which something can be done.
#[derive(Clone, Copy)]
enum End {
    Window,
    Terminal,
    Student,
    Viewer(u64),
}

/// What came of reading.
enum Came {
    Bytes(usize),
    Nothing,
    End,
}

impl<'a> Pump<'a> {
    /// Between a terminal and its student.
    ///
    /// # Errors
    /// When an end cannot be used without waiting.
    pub fn new(
        window: &'a Window,
        terminal: OwnedFd,
        student: UnixStream,
        tape: Option<Tape<'a>>,
    ) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&terminal, true)?;
        student.set_nonblocking(true)?;
        Ok(Self {
            window,
            terminal,
            student,
            viewers: Vec::new(),
            typed: VecDeque::new(),
            shown: VecDeque::new(),
            tail: Tail::default(),
            tape,
            size: super::window::FIRST_SIZE,
            ended: false,
            left: false,
            until: None,
        })
    }

    /// Passes on until the program has ended, or the student is gone; returns whether it has ended.
    pub fn run(mut self) -> bool {
        while self.goes_on() {
            let Ok(ready) = self.wait() else { break };
            for end in ready {
                match end {
                    End::Window => self.look_at_window(),
                    End::Terminal => self.serve_terminal(),
                    End::Student => self.serve_student(),
                    End::Viewer(number) => self.serve_viewer(number),
                }
            }
        }
        // Those who look get what they can take at once.
        for viewer in &mut self.viewers {
            let _ = pass(&viewer.socket, &mut viewer.waiting);
        }
        if let Some(Tape { recorder, lost }) = self.tape.take()
            && let Err(error) = recorder.end()
        {
            lost(&error);
        }
        self.ended
    }

    fn goes_on(&self) -> bool {
        let in_time = self.until.is_none_or(|until| Instant::now() < until);
        in_time && !self.left && !(self.ended && self.shown.is_empty())
    }

    /// Waits until something can be done, and returns on which ends.
    fn wait(&self) -> io::Result<Vec<End>> {
        let takes = self.typed.len() < MOST_TYPED;
        let mut all = vec![
            (End::Window, self.window.wake(), true, false),
            (
                End::Terminal,
                self.terminal.as_fd(),
                self.shown.is_empty() && !self.ended,
                !self.typed.is_empty() && !self.ended,
            ),
            (End::Student, self.student.as_fd(), takes, !self.shown.is_empty()),
        ];
        for viewer in &self.viewers {
            let (reads, writes) = (takes || !viewer.types, !viewer.waiting.is_empty());
            all.push((End::Viewer(viewer.number), viewer.socket.as_fd(), reads, writes));
        }
        // An end of which nothing is wanted is left out: poll would report again and again that it is closed.
        all.retain(|(.., reads, writes)| *reads || *writes);
        let flags = |reads, writes| {
            let read = if reads { PollFlags::IN } else { PollFlags::empty() };
            let write = if writes { PollFlags::OUT } else { PollFlags::empty() };
            read | write
        };
        let mut polled: Vec<PollFd<'_>> = all
            .iter()
            .map(|(_, end, reads, writes)| PollFd::from_borrowed_fd(*end, flags(*reads, *writes)))
            .collect();
        let limit = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        match poll(&mut polled, limit.map(timespec).as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = all.iter().zip(&polled).filter(|(_, polled)| !polled.revents().is_empty());
        Ok(ready.map(|((end, ..), _)| *end).collect())
    }

    fn look_at_window(&mut self) {
        let now = self.window.now();
        self.viewers.retain(|viewer| now.viewers.contains(&viewer.number));
        for Comes { number, types, socket } in now.coming {
            match socket.set_nonblocking(true) {
                Ok(()) => self.viewers.push(Viewer { number, types, socket, waiting: self.tail.bytes() }),
                Err(_) => self.window.leave(number),
            }
        }
        if now.size != self.size {
            self.size = now.size;
            self.record(|recorder| recorder.resize(now.size));
        }
        if now.over {
            self.until.get_or_insert(Instant::now() + LAST);
        }
    }

    fn serve_terminal(&mut self) {
        let mut piece = [0; PIECE];
        if self.shown.is_empty() && !self.ended {
            let read = rustix::io::read(&self.terminal, &mut piece).map_err(io::Error::from);
            match came(read) {
                Came::Bytes(count) => self.printed(piece.get(..count).unwrap_or_default()),
                Came::Nothing => {}
                Came::End => {
                    self.ended = true;
                    self.until.get_or_insert(Instant::now() + LAST);
                }
            }
        }
        if !self.typed.is_empty() {
            let written = rustix::io::write(&self.terminal, self.typed.as_slices().0);
            if !taken(written.map_err(io::Error::from), &mut self.typed) {
                self.typed.clear();
            }
        }
    }

    fn printed(&mut self, bytes: &[u8]) {
        self.shown.extend(bytes);
        self.tail.push(bytes);
        let window = self.window;
        self.viewers.retain_mut(|viewer| {
            viewer.waiting.extend(bytes);
            let keeps_up = viewer.waiting.len() <= MOST_WAITING;
            if !keeps_up {
                window.leave(viewer.number);
            }
            keeps_up
        });
        self.record(|recorder| recorder.output(bytes));
        self.left |= !pass(&self.student, &mut self.shown);
    }

    /// Writes a recording on. A disk that is full ends it, and not the terminal.
    fn record(&mut self, write: impl FnOnce(&mut Recorder) -> io::Result<()>) {
        let Some(tape) = &mut self.tape else { return };
        if let Err(error) = write(&mut tape.recorder) {
            (tape.lost)(&error);
            self.tape = None;
        }
    }

    fn serve_student(&mut self) {
        self.left |= !pass(&self.student, &mut self.shown);
        if self.typed.len() < MOST_TYPED {
            self.left |= !typed(&self.student, Some(&mut self.typed));
        }
    }

    fn serve_viewer(&mut self, number: u64) {
        let Some(viewer) = self.viewers.iter_mut().find(|viewer| viewer.number == number) else { return };
        let mut looks = pass(&viewer.socket, &mut viewer.waiting);
        if !viewer.types {
            // What one types who only looks is read, so that the end is noticed, and goes nowhere.
            looks &= typed(&viewer.socket, None);
        } else if self.typed.len() < MOST_TYPED {
            looks &= typed(&viewer.socket, Some(&mut self.typed));
        }
        if !looks {
            self.viewers.retain(|viewer| viewer.number != number);
            self.window.leave(number);
        }
    }
}

/// Writes what waits as far as it is taken; returns whether the other end is there.
fn pass(mut socket: &UnixStream, waiting: &mut VecDeque<u8>) -> bool {
    waiting.is_empty() || taken(socket.write(waiting.as_slices().0), waiting)
}

/// Reads what is typed; returns whether the other end is there.
fn typed(mut socket: &UnixStream, to: Option<&mut VecDeque<u8>>) -> bool {
    let mut piece = [0; PIECE];
    match came(socket.read(&mut piece)) {
        Came::Bytes(count) => {
            if let Some(to) = to {
                to.extend(piece.get(..count).unwrap_or_default());
            }
            true
        }
        Came::Nothing => true,
        Came::End => false,
    }
}

fn came(read: io::Result<usize>) -> Came {
    match read {
        Ok(0) => Came::End,
        Ok(count) => Came::Bytes(count),
        Err(error) if is_later(&error) => Came::Nothing,
        Err(_) => Came::End,
    }
}

/// Takes away what was written; returns whether the other end is there.
fn taken(written: io::Result<usize>, waiting: &mut VecDeque<u8>) -> bool {
    match written {
        Ok(count) => {
            waiting.drain(..count.min(waiting.len()));
            true
        }
        Err(error) => is_later(&error),
    }
}

fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn timespec(limit: Duration) -> Timespec {
    Timespec::try_from(limit).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 })
}

#[cfg(test)]
mod tests;
