//! A simulated student: joins, looks at the page, works by a plan, types, and hands in.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Value, json};

use super::browser::{Answer, Browser, Why, timed};
use super::deed::Deed;
use super::desk::{Desk, Seat, Wish};
use super::dice::Dice;
use super::lesson::{Lesson, TICK};
use super::plan::Plan;
use super::tally::Kind;

/// The pause before a live stream that ended is opened again, as the page does it.
const AGAIN: Duration = Duration::from_secs(1);

/// How long the page of a student may take to show that the cluster stands, after the board did.
const SHOWN: Duration = Duration::from_secs(15);

/// A student.
pub struct Student<'a> {
    /// The seat: `s01`.
    pub seat: String,
    /// The instance.
    pub instance: String,
    /// The code of the card.
    pub code: String,
    /// What the student does.
    pub plan: Plan,
    /// The numbers that the hands draw.
    pub dice: Dice,
    /// The lesson.
    pub lesson: &'a Lesson<'a>,
}

/// What the page of a student shows.
#[derive(Default)]
struct Page {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default, Clone)]
struct Seen {
    /// Whether an exercise goes on.
    works: bool,
    /// Whether there is another hint.
    hint: bool,
    /// The number of messages of the teacher.
    messages: usize,
}

impl Student<'_> {
    /// Goes through the whole lesson.
    pub fn attend(&self, client: &Client, root: &str) {
        let lesson = self.lesson;
        lesson.pause(self.plan.comes);
        let (joined, took) = timed(|| Browser::by_code(client, root, &self.code));
        let browser = match joined {
            Ok(browser) => browser,
            Err(why) => {
                lesson.tally.failed(Kind::Join, &self.seat, why);
                return lesson.goes();
            }
        };
        lesson.tally.answered(Kind::Join, took);
        let (page, desk) = (Page::default(), Desk::default());
        std::thread::scope(|scope| {
            let instance = &self.instance;
            let streams = [
                (format!("/instances/{instance}/class"), true),
                ("/live".to_owned(), false),
                (format!("/instances/{instance}/live"), false),
            ];
            for (path, is_own) in streams {
                let (browser, page) = (&browser, &page);
                scope.spawn(move || self.look(browser, &path, page, is_own));
            }
            if lesson.wait_for_begin().is_some() && page.works(lesson) {
                self.work(&browser, &page, &desk);
            }
            browser.leave();
            lesson.goes();
        });
    }

    /// Looks at a live stream until the server ends. That of the own page is read, the others are only kept
    /// open. The stream of a status ends with the instance, and exists only with it.
    fn look(&self, browser: &Browser, path: &str, page: &Page, is_own: bool) {
        let lesson = self.lesson;
        let status = path == format!("/instances/{}/live", self.instance);
        if status && lesson.wait_for_begin().is_none() {
            return;
        }
        let mut listens = false;
        while !lesson.is_closing() {
            let begin = Instant::now();
            match browser.stream(path) {
                Ok(mut messages) => {
                    let first = messages.next();
                    if first.is_some() {
                        lesson.tally.answered(Kind::Stream, begin.elapsed());
                    }
                    if is_own && !listens {
                        lesson.listens();
                        listens = true;
                    }
                    for (_, data) in first.into_iter().chain(messages) {
                        if is_own {
                            page.read(lesson, &data);
                        }
                    }
                    if !status && !lesson.is_closing() {
                        lesson.tally.failed(Kind::Stream, &self.seat, "the stream ended");
                    }
                }
                Err(_) if lesson.is_closing() => {}
                Err(why) => lesson.tally.failed(Kind::Stream, &self.seat, why),
            }
            lesson.pause(AGAIN);
        }
    }

    fn work(&self, browser: &Browser, page: &Page, desk: &Desk) {
        let lesson = self.lesson;
        let Some(begun) = lesson.begun() else { return };
        let Some(node) = self.first_node(browser) else { return };
        std::thread::scope(|scope| {
            let seat = Seat { name: &self.seat, browser, instance: &self.instance, node: &node };
            let mut dice = self.dice.clone();
            scope.spawn(move || desk.type_lines(lesson, &seat, &mut dice));
            desk.wish(Wish::Typing);
            let (mut hand, mut saves) = (false, 0);
            for step in &self.plan.steps {
                // What comes too late is left out, unless it is rare: then it is done at once.
                if lesson.is_over() && !step.is_rare() {
                    continue;
                }
                let too_late = begun + lesson.length * 2 + SHOWN;
                if Instant::now() > too_late || !lesson.wait_until(begun + step.at) {
                    break;
                }
                self.act(browser, page, desk, step.deed, (&mut hand, &mut saves));
            }
            let end = Instant::now().max(begun + lesson.length);
            if lesson.wait_until(end + self.plan.hands_in) {
                self.act(browser, page, desk, Deed::HandIn, (&mut hand, &mut saves));
            }
            desk.wish(Wish::Over);
        });
    }

    fn own(&self) -> Value {
        json!({ "instance": self.instance })
    }

    /// The first node of the cluster, as the status has it.
    fn first_node(&self, browser: &Browser) -> Option<String> {
        let status = self.perform(browser, Deed::Status, &json!({ "instances": [self.instance] }))?;
        let node = status["instances"][0][1]["Ok"]["nodes"][0]["node"].as_str().map(str::to_owned);
        if node.is_none() {
            self.lesson.tally.failed(Kind::Did(Deed::Status), &self.seat, "the status names no node");
        }
        node
    }

    fn act(
        &self,
        browser: &Browser,
        page: &Page,
        desk: &Desk,
        deed: Deed,
        (hand, saves): (&mut bool, &mut usize),
    ) {
        let arguments = match deed {
            // The page offers a hint only if there is one.
            Deed::Hint if !page.seen().hint => return,
            Deed::Status => json!({ "instances": [self.instance] }),
            Deed::Task | Deed::Hint | Deed::HandIn | Deed::Grade | Deed::Undo => self.own(),
            Deed::Hand => {
                *hand = !*hand;
                json!({ "instance": self.instance, "up": *hand })
            }
            Deed::Save => {
                *saves += 1;
                json!({ "instance": self.instance, "name": format!("point{saves}") })
            }
        };
        match deed {
            // The shell ends with the machine.
            Deed::Undo => desk.rest(Wish::Closed),
            Deed::Save | Deed::Grade | Deed::HandIn => desk.rest(Wish::Resting),
            Deed::Status | Deed::Task | Deed::Hint | Deed::Hand => {}
        }
        self.perform(browser, deed, &arguments);
        // Who has handed in goes.
        desk.wish(if deed == Deed::HandIn { Wish::Over } else { Wish::Typing });
    }

    /// Asks for something, and waits for its end; returns the outcome of a request that only looks.
    fn perform(&self, browser: &Browser, deed: Deed, arguments: &Value) -> Option<Value> {
        perform(self.lesson, &self.seat, browser, Kind::Did(deed), deed.request(), arguments)
    }
}

/// Asks for something in the name of a person, and waits for its end; returns the outcome of a request that
/// only looks.
pub fn perform(
    lesson: &Lesson<'_>,
    who: &str,
    browser: &Browser,
    kind: Kind,
    name: &str,
    arguments: &Value,
) -> Option<Value> {
    let begin = Instant::now();
    let done = browser.ask(name, arguments);
    let took = begin.elapsed();
    let ended: Result<Option<Value>, Why> = match done {
        Ok(Answer::Looked(outcome)) => {
            lesson.tally.answered(kind, took);
            Ok(Some(outcome))
        }
        Ok(Answer::Began(id)) => {
            lesson.tally.answered(kind, took);
            browser.ended(&id).map(|()| {
                lesson.tally.done(kind, begin.elapsed());
                None
            })
        }
        Err(why) => Err(why),
    };
    ended.unwrap_or_else(|why| {
        // What the user cancelled has not failed.
        if !lesson.is_closing() {
            lesson.tally.failed(kind, who, why);
        }
        None
    })
}

impl Page {
    fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes what the server says to the student.
    fn read(&self, lesson: &Lesson<'_>, data: &str) {
        let Ok(me) = serde_json::from_str::<Value>(data) else { return };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.works = me["current"].is_object();
        seen.hint = me["current"]["next-hint"].is_number();
        let messages = me["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        for message in messages.iter().skip(seen.messages) {
            lesson.received(message["text"].as_str().unwrap_or_default());
        }
        seen.messages = seen.messages.max(messages.len());
        drop(seen);
        self.changed.notify_all();
    }

    /// Waits until an exercise goes on; returns whether one does.
    fn works(&self, lesson: &Lesson<'_>) -> bool {
        let begin = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        while !seen.works && begin.elapsed() < SHOWN && !lesson.is_closing() {
            seen = self.changed.wait_timeout(seen, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        seen.works
    }
}
