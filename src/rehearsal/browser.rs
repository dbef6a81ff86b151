//! A person's browser, as far as the server meets it: a session, requests, operations and live streams.

use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{Method, StatusCode, redirect};
use serde_json::{Value, json};

use crate::app::AppError;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// How long an operation may take: a grading that waits for others takes the most.
const OPERATION: Duration = Duration::from_secs(900);

/// A connection without use is closed before the server closes it.
const IDLE: Duration = Duration::from_secs(5);

/// Why something failed, for people.
pub type Why = String;

/// The program with which all persons ask: threads and connections, but no sessions.
///
/// # Errors
/// When it cannot be made.
pub fn client() -> Result<Client, AppError> {
    let builder = Client::builder().redirect(redirect::Policy::none()).no_proxy().timeout(None);
    let made = builder.pool_idle_timeout(IDLE).tcp_nodelay(true).build();
    made.map_err(|error| AppError::failed("a client cannot be made").because(error))
}

/// The browser of a person with a session.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client,
    /// `http://127.0.0.1:1234`
    pub root: String,
    /// The cookie: `halab=…`.
    pub cookie: String,
}

/// An answer to a request.
pub enum Answer {
    /// It only looked: the outcome.
    Looked(Value),
    /// The id of the operation that began.
    Began(String),
}

impl Browser {
    /// Opens the link that the server printed.
    ///
    /// # Errors
    /// Why it cannot be entered.
    pub fn by_link(client: &Client, root: &str, link: &str) -> Result<Self, Why> {
        Self::entered(client, root, client.get(link))
    }

    /// Joins with the code of a card.
    ///
    /// # Errors
    /// Why it cannot be entered.
    pub fn by_code(client: &Client, root: &str, code: &str) -> Result<Self, Why> {
        Self::entered(client, root, client.post(format!("{root}/api/v1/session")).bearer_auth(code))
    }

    fn entered(client: &Client, root: &str, request: RequestBuilder) -> Result<Self, Why> {
        let answer = request.timeout(ANSWER).send().map_err(explained)?;
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).map(str::to_owned);
        match cookie {
            Some(cookie) => Ok(Self { client: client.clone(), root: root.to_owned(), cookie }),
            None => Err(refused(answer)),
        }
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method.clone(), format!("{}/api/v1{path}", self.root));
        request.header("cookie", &self.cookie).header("x-halab", "1")
    }

    /// Sends a request of the application.
    ///
    /// # Errors
    /// Why it was refused.
    pub fn ask(&self, name: &str, arguments: &Value) -> Result<Answer, Why> {
        let request = self.request(&Method::POST, &format!("/requests/{name}")).timeout(ANSWER);
        let answer = request.body(arguments.to_string()).send().map_err(explained)?;
        match answer.status() {
            StatusCode::OK => Ok(Answer::Looked(json_of(answer)?["outcome"].take())),
            StatusCode::ACCEPTED => {
                let began = json_of(answer)?;
                began["operation"].as_str().map(|id| Answer::Began(id.to_owned())).ok_or_else(strange)
            }
            _ => Err(refused(answer)),
        }
    }

    /// Waits for the end of an operation, by its events.
    ///
    /// # Errors
    /// Why it failed.
    pub fn ended(&self, id: &str) -> Result<(), Why> {
        let request = self.request(&Method::GET, &format!("/operations/{id}/events")).timeout(OPERATION);
        let answer = request.send().map_err(explained)?;
        let end = Messages::of(answer)?.find(|(event, _)| event == "end").ok_or_else(strange)?.1;
        let row: Value = serde_json::from_str(&end).map_err(|_| strange())?;
        if row["standing"] == "done" {
            return Ok(());
        }
        let message = row["ended"]["error"]["message"].as_str();
        Err(message.unwrap_or("the operation was ended by force").to_owned())
    }

    /// Opens a live stream.
    ///
    /// # Errors
    /// Why it was refused.
    pub fn stream(&self, path: &str) -> Result<Messages, Why> {
        Messages::of(self.request(&Method::GET, path).send().map_err(explained)?)
    }

    /// Ends the session.
    pub fn leave(&self) {
        // The server may have ended already.
        let _ = self.request(&Method::DELETE, "/session").timeout(ANSWER).send();
    }
}

/// The messages of a stream: the kind of each, and its content.
pub struct Messages {
    lines: std::io::Lines<BufReader<Response>>,
}

impl Messages {
    fn of(answer: Response) -> Result<Self, Why> {
        match answer.status() {
            StatusCode::OK => Ok(Self { lines: BufReader::new(answer).lines() }),
            _ => Err(refused(answer)),
        }
    }
}

impl Iterator for Messages {
    type Item = (String, String);

    fn next(&mut self) -> Option<Self::Item> {
        let mut event = String::new();
        loop {
            let line = self.lines.next()?.ok()?;
            if let Some(name) = line.strip_prefix("event: ") {
                event = name.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some((event, data.to_owned()));
            }
        }
    }
}

/// The duration of work.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let done = work();
    (done, begin.elapsed())
}

fn json_of(answer: Response) -> Result<Value, Why> {
    let text = answer.text().map_err(explained)?;
    serde_json::from_str(&text).map_err(|_| strange())
}

/// What the server said instead of an answer.
fn refused(answer: Response) -> Why {
    let status = answer.status();
    let said = json_of(answer).unwrap_or_else(|_| json!({}));
    said["message"].as_str().map_or_else(|| format!("the server answered {status}"), str::to_owned)
}

fn explained(error: reqwest::Error) -> Why {
    if error.is_timeout() {
        return "no answer came in time".to_owned();
    }
    let error = error.without_url();
    crate::base::failure::chain(&error)
}

fn strange() -> Why {
    "the answer was not understood".to_owned()
}
