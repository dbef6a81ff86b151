//! The wire form in one process: over texts, and over a pair of sockets.

use std::io::{Cursor, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use super::*;
use crate::app::request::AnyOutcome;
use crate::app::{Cancel, Down, Halab, Up};

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
    let down = answers(&halab, "{\"version\": 1, \"request\": \"down\", \"arguments\": {\"all\": true}}\n");
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
        ("{\"version\": 1, \"request\": \"down\", \"arguments\": {\"everything\": 1}}\n", "not understood"),
    ] {
        let all = answers(&halab, input);
        let [Answer::Error(error)] = all.as_slice() else { panic!("{input}: {all:?}") };
        assert!(error.line().contains(expected), "{input}: {error}");
    }
}

#[test]
fn a_far_end_on_a_socket_is_called_like_the_application_itself() {
    let folder = tempfile::tempdir().unwrap();
    let halab = Halab::at(folder.path()).simulated();
    let numbers = Arc::new(Mutex::new(Vec::new()));
    let call = |request: Down, cancel: &Cancel| {
        let (here, there) = UnixStream::pair().unwrap();
        let (halab, heard) = (halab.clone(), numbers.clone());
        std::thread::spawn(move || serve_socket(&halab, there).unwrap());
        super::call(here, &request, cancel, Box::new(move |event| heard.lock().unwrap().push(event.number)))
    };
    let up: Up = serde_json::from_str(r#"{"wish": {"lab": "drbd-heartbeat"}}"#).unwrap();
    halab.run(&up, &Cancel::default(), Box::new(|_| {})).unwrap();
    let down = call(Down { all: true, ..Down::default() }, &Cancel::default()).unwrap();
    assert_eq!(down.instances.len(), 1);
    let heard = numbers.lock().unwrap().clone();
    assert_eq!(heard, (1..=heard.len() as u64).collect::<Vec<_>>());
    let gone = Down { instances: vec!["drbd-heartbeat".parse().unwrap()], ..Down::default() };
    let error = call(gone, &Cancel::default()).unwrap_err();
    assert_eq!(error.kind, crate::app::ErrorKind::NotFound);
}

#[test]
fn a_wish_to_stop_goes_over_the_wire() {
    let folder = tempfile::tempdir().unwrap();
    let halab = Halab::at(folder.path()).simulated();
    let up: Up = serde_json::from_str(r#"{"wish": {"lab": "drbd-heartbeat"}}"#).unwrap();
    halab.run(&up, &Cancel::default(), Box::new(|_| {})).unwrap();
    let (here, there) = UnixStream::pair().unwrap();
    std::thread::spawn(move || serve_socket(&halab, there).unwrap());
    let cancel = Cancel::default();
    let asked = cancel.clone();
    // It is watched until it is cancelled after the first status.
    let listener = Box::new(move |_: &Event| asked.ask());
    let last = super::call(here, &crate::app::Watch::default(), &cancel, listener).unwrap();
    assert_eq!(last.instance, "drbd-heartbeat");
}
