//! The application over a byte stream, one line of JSON for each message: the far end is another process, here or on another host.
//!
//! ```text
//! ▶ {"version": 1, "request": "down", "arguments": {…}}     one line, first
//! ▶ {"cancel": true}                                        at any time after it
//! ◀ {"event": {"number": 1, …}}                             as they happen
//! ◀ {"outcome": {"request": "down", "outcome": {…}}}        or {"error": {…}}, last
//! ```

use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::cancel::Cancel;
use super::error::AppError;
use super::event::Event;
use super::request::{AnyOutcome, AnyRequest};
use super::{Halab, VERSION};

/// The longest line that is read, in bytes: a request is short.
const LONGEST: u64 = 1 << 20;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Opening {
    version: u32,
    #[serde(flatten)]
    request: serde_json::Value,
}

/// What follows it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    cancel: bool,
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Something happened.
    Event(Box<Event>),
    /// It was done.
    Outcome(Box<AnyOutcome>),
    /// It could not be done.
    Error(AppError),
}

/// Reads one request, performs it, and writes its events and how it ended. The end of the input is no wish to stop: whoever comes
/// back finds the operation in the history.
pub fn serve(halab: &Halab, mut input: impl BufRead + Send + 'static, output: impl Write + Send + 'static) {
    let output = Arc::new(Mutex::new(output));
    let send = |output: &Mutex<_>, answer: &Answer| write_line(output, answer);
    let request = match opening(&mut input) {
        Ok(request) => request,
        Err(error) => return send(&output, &Answer::Error(error)),
    };
    let cancel = Cancel::default();
    let asked = cancel.clone();
    // Not joined: it waits for a line that may never come, and it holds nothing.
    std::thread::spawn(move || {
        while let Ok(Some(line)) = line(&mut input) {
            if serde_json::from_str::<Control>(&line).is_ok_and(|control| control.cancel) {
                asked.ask();
            }
        }
    });
    let events = output.clone();
    let listener =
        Box::new(move |event: &Event| write_line(&events, &Answer::Event(Box::new(event.clone()))));
    let answer = match request.run(halab, &cancel, listener) {
        Ok(outcome) => Answer::Outcome(Box::new(outcome)),
        Err(error) => Answer::Error(error),
    };
    send(&output, &answer);
}

fn write_line(output: &Mutex<impl Write>, answer: &Answer) {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    // A far end that is gone finds everything in the history.
    if let Ok(mut line) = serde_json::to_vec(answer) {
        line.push(b'\n');
        let _ = output.write_all(&line).and_then(|()| output.flush());
    }
}

fn opening(input: &mut impl BufRead) -> Result<AnyRequest, AppError> {
    let unreadable = |what: String| AppError::usage(what);
    let line = line(input)
        .map_err(|error| AppError::usage("the request cannot be read").because(error))?
        .ok_or_else(|| unreadable("there is no request".to_owned()))?;
    let opening: Opening = serde_json::from_str(&line)
        .map_err(|error| AppError::usage("the request is not understood").because(error))?;
    if opening.version != VERSION {
        return Err(AppError::usage(format!(
            "the request has version {}, and this program speaks version {VERSION}",
            opening.version
        )));
    }
    serde_json::from_value(opening.request)
        .map_err(|error| AppError::usage("the request is not understood").because(error))
}

/// One line without its end; none at the end of the input.
fn line(input: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = std::io::Read::take(input, LONGEST).read_until(b'\n', &mut bytes)?;
    if read as u64 == LONGEST {
        return Err(std::io::Error::other(format!("a line of more than {LONGEST} bytes")));
    }
    String::from_utf8(bytes).map(|text| (read > 0).then_some(text)).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn answers(halab: &Halab, input: &str) -> Vec<Answer> {
        let sink = Sink::default();
        serve(halab, Cursor::new(input.to_owned()), sink.clone());
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_lab_comes_up_and_goes_down_over_a_byte_stream() {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path()).simulated();
        let up = r#"{"version": 1, "request": "up", "arguments": {"wish": {"lab": "drbd-heartbeat"}}}"#;
        let all = answers(&halab, &format!("{up}\n"));
        let numbers: Vec<u64> = all
            .iter()
            .filter_map(|a| if let Answer::Event(event) = a { Some(event.number) } else { None })
            .collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        let Some(Answer::Outcome(outcome)) = all.last() else { panic!("{:?}", all.last()) };
        assert!(matches!(&**outcome, AnyOutcome::Up(up) if up.instance.as_str() == "drbd-heartbeat"));
        let down =
            answers(&halab, "{\"version\": 1, \"request\": \"down\", \"arguments\": {\"all\": true}}\n");
        assert!(matches!(down.last(), Some(Answer::Outcome(_))), "{down:?}");
    }

    #[test]
    fn what_is_not_understood_is_refused_as_data() {
        let halab = Halab::at("/nowhere");
        for (input, expected) in [
            ("", "there is no request"),
            ("{}\n", "not understood"),
            ("{\"version\": 7, \"request\": \"down\", \"arguments\": {}}\n", "version 7"),
            ("{\"version\": 1, \"request\": \"fly\", \"arguments\": {}}\n", "not understood"),
            (
                "{\"version\": 1, \"request\": \"down\", \"arguments\": {\"everything\": 1}}\n",
                "not understood",
            ),
        ] {
            let all = answers(&halab, input);
            let [Answer::Error(error)] = all.as_slice() else { panic!("{input}: {all:?}") };
            assert!(error.line().contains(expected), "{input}: {error}");
        }
    }
}
