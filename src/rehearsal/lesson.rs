//! What all persons of a rehearsal share: its figures, its phases, and what the teacher said.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::tally::{Kind, Tally};
use crate::app::Cancel;

/// How often it is looked whether the user cancelled the rehearsal.
pub const TICK: Duration = Duration::from_millis(100);

/// A lesson.
pub struct Lesson<'a> {
    /// What was measured.
    pub tally: Tally,
    /// How long students work.
    pub length: Duration,
    cancel: &'a Cancel,
    state: Mutex<State>,
    changed: Condvar,
    /// Set when the server is about to end.
    closing: AtomicBool,
    /// The streams on which students see what the teacher says.
    listening: AtomicUsize,
    /// How often a message of the teacher has to come to a student.
    expected: AtomicUsize,
    /// The persons who have gone.
    gone: AtomicUsize,
}

#[derive(Default)]
struct State {
    begun: Option<Instant>,
    said: HashMap<String, Instant>,
}

impl<'a> Lesson<'a> {
    /// One that has not begun.
    pub fn new(length: Duration, cancel: &'a Cancel) -> Self {
        Self {
            tally: Tally::new(),
            length,
            cancel,
            state: Mutex::default(),
            changed: Condvar::new(),
            closing: AtomicBool::new(false),
            listening: AtomicUsize::new(0),
            expected: AtomicUsize::new(0),
            gone: AtomicUsize::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the work begin.
    pub fn begin(&self) {
        self.state().begun = Some(Instant::now());
        self.changed.notify_all();
    }

    /// Ends all waits.
    pub fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.changed.notify_all();
    }

    /// Whether all waits end: the user cancelled the rehearsal, or the server is about to end.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst) || self.cancel.asked()
    }

    /// When the work began; none if it has not.
    pub fn begun(&self) -> Option<Instant> {
        self.state().begun
    }

    /// Waits until the work begins; none if it never does.
    pub fn wait_for_begin(&self) -> Option<Instant> {
        let mut state = self.state();
        while !self.is_closing() {
            if state.begun.is_some() {
                return state.begun;
            }
            state = self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }

    /// Whether the time of the work is over.
    pub fn is_over(&self) -> bool {
        self.begun().is_some_and(|begun| begun.elapsed() >= self.length)
    }

    /// Waits until a moment; returns whether the lesson still goes on then.
    pub fn wait_until(&self, moment: Instant) -> bool {
        let mut state = self.state();
        while !self.is_closing() {
            let left = moment.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let waited = self.changed.wait_timeout(state, left.min(TICK));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// Waits for a duration; returns whether the lesson still goes on then.
    pub fn pause(&self, duration: Duration) -> bool {
        self.wait_until(Instant::now() + duration)
    }

    /// A person goes.
    pub fn goes(&self) {
        self.gone.fetch_add(1, Ordering::SeqCst);
    }

    /// How many persons have gone.
    pub fn gone(&self) -> usize {
        self.gone.load(Ordering::SeqCst)
    }

    /// The stream of a student shows from now on what the teacher says.
    pub fn listens(&self) {
        self.listening.fetch_add(1, Ordering::SeqCst);
    }

    /// The teacher says this now. Each student who listens has to receive it.
    pub fn says(&self, text: &str) {
        self.expected.fetch_add(self.listening.load(Ordering::SeqCst), Ordering::SeqCst);
        self.state().said.insert(text.to_owned(), Instant::now());
    }

    /// A student received what the teacher said.
    pub fn received(&self, text: &str) {
        let said = self.state().said.get(text).copied();
        if let Some(said) = said {
            self.tally.answered(Kind::Live, said.elapsed());
        }
    }

    /// How many messages of the teacher have not come to a student yet.
    pub fn missing(&self) -> usize {
        self.expected.load(Ordering::SeqCst).saturating_sub(self.tally.count(Kind::Live))
    }
}
