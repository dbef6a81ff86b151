//! The teacher of a rehearsal: makes the cards, has the board open, and says something from time to time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Value, json};

use super::browser::{Answer, Browser, Why};
use super::lesson::Lesson;
use super::server::Server;
use super::student::perform;
use super::tally::Kind;
use crate::app::AppError;
use crate::app::class::REHEARSAL;

/// How the teacher is called in the list of failures.
const NAME: &str = "teacher";

/// How often the teacher says something; in a short lesson more often.
const SAYING: Duration = Duration::from_secs(30);

/// The pause before the board is opened again.
const AGAIN: Duration = Duration::from_secs(1);

/// How long what was said may take to come to all students.
const COMING: Duration = Duration::from_secs(10);

/// The teacher.
pub struct Teacher<'a> {
    browser: Browser,
    lesson: &'a Lesson<'a>,
    /// The clusters that were ready when the board was looked at last.
    ready: AtomicUsize,
}

impl<'a> Teacher<'a> {
    /// Opens the link of a server.
    ///
    /// # Errors
    /// When the server does not let the teacher in.
    pub fn of(server: &Server, client: &Client, lesson: &'a Lesson<'a>) -> Result<Self, AppError> {
        let browser = Browser::by_link(client, &server.root, &server.link).map_err(unfit)?;
        Ok(Self { browser, lesson, ready: AtomicUsize::new(0) })
    }

    /// The codes of the students, each with the seat.
    ///
    /// # Errors
    /// When the server makes none.
    pub fn cards(&self) -> Result<Vec<(String, String)>, AppError> {
        let Answer::Looked(made) = self.browser.ask("class-cards", &json!({})).map_err(unfit)? else {
            return Err(unfit("there are no cards".to_owned()));
        };
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let cards = made["cards"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(cards.iter().map(|card| (word(&card["student"]["seat"]), word(&card["code"]))).collect())
    }

    /// How many clusters are ready.
    pub fn ready(&self) -> usize {
        self.ready.load(Ordering::SeqCst)
    }

    /// Has the board open until the server ends.
    pub fn look(&self) {
        let lesson = self.lesson;
        while !lesson.is_closing() {
            let begin = Instant::now();
            match self.browser.stream("/class/live") {
                Ok(mut messages) => {
                    let first = messages.next();
                    lesson.tally.answered(Kind::Stream, begin.elapsed());
                    first.into_iter().chain(messages).for_each(|(_, data)| self.read(&data));
                }
                Err(_) if lesson.is_closing() => {}
                Err(why) => lesson.tally.failed(Kind::Stream, NAME, why),
            }
            lesson.pause(AGAIN);
        }
    }

    fn read(&self, data: &str) {
        let Ok(board) = serde_json::from_str::<Value>(data) else { return };
        let seats = board["seats"].as_array().map(Vec::as_slice).unwrap_or_default();
        let began = |cell: &Value| cell["began"].is_string();
        let is_ready = |seat: &&Value| {
            seat["stands"] == true && seat["cells"].as_array().is_some_and(|cells| cells.iter().any(began))
        };
        self.ready.fetch_max(seats.iter().filter(is_ready).count(), Ordering::SeqCst);
    }

    /// Says something from time to time while the students work, and goes when all have received it.
    pub fn teach(&self) {
        let lesson = self.lesson;
        let Some(begun) = lesson.wait_for_begin() else { return };
        let every = SAYING.min(lesson.length / 3);
        let mut number = 0;
        while !lesson.is_over() && lesson.wait_until(begun + every * number + every / 2) {
            number += 1;
            let text = format!("This is message {number} of the rehearsal.");
            lesson.says(&text);
            perform(
                lesson,
                NAME,
                &self.browser,
                Kind::Say,
                "class-say",
                &json!({ "class": REHEARSAL, "text": text }),
            );
        }
        let last = Instant::now() + COMING;
        while lesson.missing() > 0 && Instant::now() < last && lesson.pause(AGAIN) {}
        for _ in 0..lesson.missing() {
            if !lesson.is_closing() {
                lesson.tally.failed(Kind::Live, NAME, "what was said did not come to a student");
            }
        }
        self.browser.leave();
        lesson.goes();
    }
}

fn unfit(why: Why) -> AppError {
    AppError::failed(format!("the server of the rehearsal cannot be used: {why}"))
}
