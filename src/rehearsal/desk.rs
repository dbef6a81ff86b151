//! The desk of a student: whether there is typing at it. The hands that press a button do not type.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::browser::{Browser, timed};
use super::dice::Dice;
use super::lesson::{Lesson, TICK};
use super::tally::Kind;
use super::terminal::Terminal;

/// How long the hands may take to leave the keys.
const HANDS: Duration = Duration::from_secs(15);

/// The pause between two lines.
const BETWEEN_LINES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(6));

/// The pause between two keys.
const BETWEEN_KEYS: (Duration, Duration) = (Duration::from_millis(80), Duration::from_millis(250));

/// The pause before a terminal that failed is opened again.
const AGAIN: Duration = Duration::from_secs(2);

/// What is typed: it changes nothing on a node.
const LINES: [&str; 4] = ["uptime", "ip -brief address", "ls /etc", "date"];

/// What a student wants of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// None is open.
    #[default]
    Closed,
    /// One is open, and there is typing.
    Typing,
    /// One stays open, without typing.
    Resting,
    /// The lesson is over.
    Over,
}

#[derive(Default)]
struct State {
    wish: Wish,
    /// The wish that is fulfilled.
    is: Wish,
}

/// The desk of a student.
#[derive(Default)]
pub struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the wish, without a wait.
    pub fn wish(&self, wish: Wish) {
        self.state().wish = wish;
        self.changed.notify_all();
    }

    /// Changes the wish, and waits until no key is on its way any more.
    pub fn rest(&self, wish: Wish) {
        let mut state = self.state();
        state.wish = wish;
        self.changed.notify_all();
        // A terminal that does not answer must not keep the student from the next deed.
        let waits = |state: &mut State| state.is == Wish::Typing;
        let _ = self.changed.wait_timeout_while(state, HANDS, waits);
    }

    fn wanted(&self) -> Wish {
        self.state().wish
    }

    fn is(&self, is: Wish) {
        self.state().is = is;
        self.changed.notify_all();
    }

    /// Waits as long as this is the wish, and the lesson does not end.
    fn pause(&self, lesson: &Lesson<'_>, wish: Wish, duration: Duration) {
        let begin = Instant::now();
        let mut state = self.state();
        while state.wish == wish && begin.elapsed() < duration && !lesson.is_closing() {
            let left = duration.saturating_sub(begin.elapsed()).min(TICK);
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Types until the lesson is over.
    pub fn type_lines(&self, lesson: &Lesson<'_>, at: &Seat<'_>, dice: &mut Dice) {
        let mut terminal: Option<Terminal> = None;
        while self.wanted() != Wish::Over && !lesson.is_closing() {
            let wish = self.wanted();
            match wish {
                Wish::Closed | Wish::Over => {
                    terminal.take().into_iter().for_each(Terminal::close);
                    self.is(Wish::Closed);
                    self.pause(lesson, wish, TICK);
                }
                Wish::Resting => {
                    self.is(Wish::Resting);
                    self.pause(lesson, wish, TICK);
                }
                Wish::Typing => {
                    self.is(Wish::Typing);
                    terminal = match self.turn(lesson, at, terminal.take(), dice) {
                        Ok(open) => Some(open),
                        Err((kind, why)) => {
                            lesson.tally.failed(kind, at.name, why);
                            self.pause(lesson, wish, AGAIN);
                            None
                        }
                    };
                }
            }
        }
        terminal.into_iter().for_each(Terminal::close);
        self.is(Wish::Over);
    }

    /// Opens the terminal, or types a line.
    fn turn(
        &self,
        lesson: &Lesson<'_>,
        at: &Seat<'_>,
        terminal: Option<Terminal>,
        dice: &mut Dice,
    ) -> Result<Terminal, (Kind, String)> {
        let Some(mut terminal) = terminal else {
            let (opened, took) = timed(|| Terminal::open(at.browser, at.instance, at.node));
            let opened = opened.map_err(|why| (Kind::Terminal, why))?;
            lesson.tally.answered(Kind::Terminal, took);
            return Ok(opened);
        };
        self.line(lesson, &mut terminal, dice).map_err(|why| (Kind::Key, why))?;
        self.pause(lesson, Wish::Typing, dice.between(BETWEEN_LINES.0, BETWEEN_LINES.1));
        Ok(terminal)
    }

    fn line(&self, lesson: &Lesson<'_>, terminal: &mut Terminal, dice: &mut Dice) -> Result<(), String> {
        terminal.read_all()?;
        let line = LINES.get(dice.below(LINES.len())).copied().unwrap_or_default();
        for key in line.bytes() {
            if self.wanted() != Wish::Typing || lesson.is_closing() {
                break;
            }
            lesson.tally.answered(Kind::Key, terminal.press(key)?);
            self.pause(lesson, Wish::Typing, dice.between(BETWEEN_KEYS.0, BETWEEN_KEYS.1));
        }
        terminal.enter()
    }
}

/// Where a student sits.
#[derive(Clone, Copy)]
pub struct Seat<'a> {
    /// The seat: `s01`.
    pub name: &'a str,
    /// The session.
    pub browser: &'a Browser,
    /// The instance.
    pub instance: &'a str,
    /// The node of the terminal.
    pub node: &'a str,
}
