//! What the threads of one terminal share: its size, those who look, and whether it is over.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, eventfd};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::base::text::one_line;

/// The size of a terminal until its front tells another.
pub const FIRST_SIZE: [u16; 2] = [80, 24];

/// The most letters of a name that others see.
const LONGEST_NAME: usize = 60;

/// What the threads of one terminal share.
pub struct Window {
    state: Mutex<State>,
    /// Notified of each change.
    news: Condvar,
    /// Readable after a change, for the thread that waits for bytes.
    wake: OwnedFd,
}

struct State {
    /// The pseudo-terminal, once it is open.
    terminal: Option<OwnedFd>,
    size: [u16; 2],
    viewers: Vec<Viewer>,
    /// The last number of a viewer.
    number: u64,
    over: bool,
}

struct Viewer {
    number: u64,
    name: String,
    types: bool,
    /// The socket, until the pump takes it.
    socket: Option<UnixStream>,
}

/// A viewer who begins to look.
pub struct Comes {
    /// The number of the viewer.
    pub number: u64,
    /// Whether what is typed reaches the terminal.
    pub types: bool,
    /// Where output goes.
    pub socket: UnixStream,
}

/// The state, as the pump sees it after a change.
pub struct Now {
    /// Columns and rows.
    pub size: [u16; 2],
    /// Those who begin to look.
    pub coming: Vec<Comes>,
    /// The numbers of all viewers.
    pub viewers: Vec<u64>,
    /// Whether the program has ended, or has to.
    pub over: bool,
}

impl Window {
    /// That of a terminal that is not open yet.
    ///
    /// # Errors
    /// When the system has no descriptor left.
    pub fn new() -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let (viewers, terminal) = (Vec::new(), None);
        let state = State { terminal, size: FIRST_SIZE, viewers, number: 0, over: false };
        Ok(Self { state: Mutex::new(state), news: Condvar::new(), wake })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.news.notify_all();
        // It is full only if it was not read for years.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    /// What becomes readable with each change.
    pub fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// The pseudo-terminal is open, and gets its size.
    ///
    /// # Errors
    /// When the system has no descriptor left.
    pub fn open(&self, terminal: &OwnedFd) -> io::Result<()> {
        let mut state = self.state();
        state.terminal = Some(terminal.try_clone()?);
        state.apply();
        Ok(())
    }

    /// The window of the one who works at it has another size.
    pub fn resize(&self, size: [u16; 2]) {
        let mut state = self.state();
        if state.size != size {
            state.size = size;
            state.apply();
            drop(state);
            self.changed();
        }
    }

    /// A person begins to look; returns the number of the viewer, or none if the terminal is over.
    pub fn look(&self, name: &str, types: bool, socket: UnixStream) -> Option<u64> {
        let name = one_line(name).chars().take(LONGEST_NAME).collect();
        let mut state = self.state();
        if state.over {
            return None;
        }
        state.number += 1;
        let number = state.number;
        state.viewers.push(Viewer { number, name, types, socket: Some(socket) });
        drop(state);
        self.changed();
        Some(number)
    }

    /// A viewer looks no more.
    pub fn leave(&self, number: u64) {
        self.state().viewers.retain(|viewer| viewer.number != number);
        self.changed();
    }

    /// The terminal is over.
    pub fn end(&self) {
        let mut state = self.state();
        state.over = true;
        state.terminal = None;
        drop(state);
        self.changed();
    }

    /// What has changed, for the pump.
    pub fn now(&self) -> Now {
        // Only whether it is readable counts.
        let _ = rustix::io::read(&self.wake, &mut [0; 8]);
        let mut state = self.state();
        let coming = |viewer: &mut Viewer| {
            let socket = viewer.socket.take()?;
            Some(Comes { number: viewer.number, types: viewer.types, socket })
        };
        Now {
            size: state.size,
            coming: state.viewers.iter_mut().filter_map(coming).collect(),
            viewers: state.viewers.iter().map(|viewer| viewer.number).collect(),
            over: state.over,
        }
    }

    /// Who looks, as the student sees it, as soon as these are others than the known ones; none when the
    /// terminal is over.
    pub fn watched(&self, known: &[String]) -> Option<Vec<String>> {
        let same = |state: &mut State| !state.over && state.names() == known;
        let state = self.news.wait_while(self.state(), same).unwrap_or_else(PoisonError::into_inner);
        (!state.over).then(|| state.names())
    }

    /// Who looks now, with whether that person types.
    pub fn viewers(&self) -> Vec<(String, bool)> {
        self.state().viewers.iter().map(|viewer| (viewer.name.clone(), viewer.types)).collect()
    }

    /// The size, as soon as it is another than the known one; none when this viewer looks no more.
    pub fn size_for(&self, number: u64, known: Option<[u16; 2]>) -> Option<[u16; 2]> {
        let same = |state: &mut State| state.looks(number) && known == Some(state.size);
        let state = self.news.wait_while(self.state(), same).unwrap_or_else(PoisonError::into_inner);
        state.looks(number).then_some(state.size)
    }

    /// Whether the terminal is over.
    pub fn is_over(&self) -> bool {
        self.state().over
    }
}

impl State {
    fn apply(&self) {
        let [ws_col, ws_row] = self.size;
        if let Some(terminal) = &self.terminal {
            // The program may have ended.
            let _ = tcsetwinsize(terminal, Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 });
        }
    }

    fn looks(&self, number: u64) -> bool {
        !self.over && self.viewers.iter().any(|viewer| viewer.number == number)
    }

    fn names(&self) -> Vec<String> {
        let name =
            |viewer: &Viewer| format!("{} ({})", viewer.name, if viewer.types { "types" } else { "looks" });
        self.viewers.iter().map(name).collect()
    }
}
