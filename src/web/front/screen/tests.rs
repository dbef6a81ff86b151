use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use serde_json::json;
use tokio::sync::mpsc;

use super::*;
use crate::base::passing::Lines;

/// A client: what it says, and what it saw.
struct Client(mpsc::UnboundedReceiver<Said>);

impl Hands for Client {
    async fn next(&mut self) -> Option<Said> {
        self.0.recv().await
    }
}

#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    told: Vec<(String, Value)>,
}

impl Eyes for Seen {
    async fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    async fn tell(&mut self, event: &str, data: &Value) -> io::Result<()> {
        self.told.push((event.to_owned(), data.clone()));
        Ok(())
    }
}

/// The other ends of a terminal that is passed on.
struct Ends {
    client: Option<mpsc::UnboundedSender<Said>>,
    program: UnixStream,
    back: UnixStream,
}

/// Passes a terminal on while `work` is at its other ends; returns how it ended, and what the client saw. A
/// client that does not leave stays to the end.
fn passed(leaves: bool, work: impl FnOnce(Ends) + Send) -> (End, Seen) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ((terminal, program), (front, back)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
    let (client, said) = mpsc::unbounded_channel();
    let _stays = (!leaves).then(|| client.clone());
    std::thread::scope(|scope| {
        scope.spawn(|| work(Ends { client: Some(client), program, back }));
        runtime.block_on(async {
            let mut talk = Talk::of(Lines::of(front, 1000)).unwrap();
            let mut seen = Seen::default();
            let end = pass(terminal.into(), &mut talk, &mut Client(said), &mut seen).await;
            (end.unwrap(), seen)
        })
    })
}

fn say(back: &mut UnixStream, answer: &Answer) {
    back.write_all(format!("{}\n", serde_json::to_string(answer).unwrap()).as_bytes()).unwrap();
}

fn message(event: &str, data: Value) -> Answer {
    Answer::Message { event: event.to_owned(), id: None, data }
}

#[test]
fn bytes_sizes_and_news_pass_until_the_program_ends() {
    let (end, seen) = passed(false, |mut ends| {
        let client = ends.client.as_ref().unwrap();
        client.send(Said::Typed(b"date".to_vec())).unwrap();
        client.send(Said::Size(Resize { resize: [90, 20] })).unwrap();
        let mut typed = [0; 4];
        ends.program.read_exact(&mut typed).unwrap();
        assert_eq!(&typed, b"date");
        let mut told = [0; 19];
        ends.back.read_exact(&mut told).unwrap();
        assert_eq!(&told, b"{\"resize\":[90,20]}\n");
        say(&mut ends.back, &message("watched", json!(["Ann"])));
        say(&mut ends.back, &message("of-the-server", json!("not for clients")));
        ends.program.write_all(&vec![b'x'; 100_000]).unwrap();
        drop(ends.program);
        say(&mut ends.back, &Answer::Ended(7));
    });
    assert!(matches!(end, End::Over(Some(Answer::Ended(7)))), "{end:?}");
    assert_eq!(seen.bytes.len(), 100_000);
    assert!(seen.told.iter().all(|(event, _)| event == "watched"), "{:?}", seen.told);
}

#[test]
fn a_client_that_leaves_ends_it() {
    let (end, _) = passed(true, |mut ends| {
        ends.program.write_all(b"hello").unwrap();
        drop(ends.client.take());
        // Its other ends stay open until the front closes them.
        assert_eq!(ends.back.read(&mut [0; 1]).unwrap(), 0);
    });
    assert!(matches!(end, End::Left), "{end:?}");
}

#[test]
fn a_terminal_that_another_process_keeps_open_ends_after_the_last_word() {
    let (end, seen) = passed(false, |mut ends| {
        say(&mut ends.back, &Answer::Ended(0));
        ends.program.write_all(b"last").unwrap();
        let mut rest = Vec::new();
        ends.program.read_to_end(&mut rest).unwrap();
    });
    assert!(matches!(end, End::Over(Some(Answer::Ended(0)))), "{end:?}");
    assert_eq!(seen.bytes, b"last");
}

#[test]
fn a_back_that_is_gone_has_no_last_word() {
    let (end, _) = passed(false, |ends| drop((ends.program, ends.back)));
    assert!(matches!(end, End::Over(None)), "{end:?}");
}

#[test]
fn the_latest_news_of_each_kind_wait_for_a_client() {
    let news = News::default();
    for size in 0..100 {
        news.push("size".to_owned(), json!([size, 24]));
    }
    news.push("recorded".to_owned(), json!(true));
    assert_eq!(news.take(), Some(("size".to_owned(), json!([99, 24]))));
    assert_eq!(news.take(), Some(("recorded".to_owned(), json!(true))));
    assert_eq!(news.take(), None);
}
