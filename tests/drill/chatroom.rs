//! A small chat server that accepts every password but one. Written for the tests: it shares no code with the
//! probe.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The password that is refused.
pub const WRONG: &str = "wrong";

/// A running server; it ends when it is dropped.
pub struct Chatroom {
    pub address: SocketAddr,
    room: Arc<Room>,
}

#[derive(Default)]
struct Room {
    /// The accounts that are logged in, by full address.
    people: Mutex<BTreeMap<String, TcpStream>>,
    /// While it is set, the server sends and forwards nothing.
    hung: AtomicBool,
    stop: AtomicBool,
    /// One of this number of messages is lost, if it is set.
    lost: Option<usize>,
    passed: Mutex<usize>,
}

impl Chatroom {
    /// Forwards messages, and drops one of this number.
    pub fn start(lost: Option<usize>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let room = Arc::new(Room { lost, ..Room::default() });
        let own = Arc::clone(&room);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if own.stop.load(Ordering::Relaxed) {
                    return;
                }
                let room = Arc::clone(&own);
                std::thread::spawn(move || room.serve(stream));
            }
        });
        Self { address, room }
    }

    /// Closes every connection.
    pub fn throw_out(&self) {
        for (_, stream) in std::mem::take(&mut *self.room.people.lock().unwrap()) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Sends all that are logged in one element after the other, until they leave.
    pub fn flood(&self) {
        for (_, mut stream) in std::mem::take(&mut *self.room.people.lock().unwrap()) {
            let many = "<presence/>".repeat(10_000);
            std::thread::spawn(move || while stream.write_all(many.as_bytes()).is_ok() {});
        }
    }

    /// Freezes all connections, open and new, or thaws them; logins are forgotten.
    pub fn hang(&self, hung: bool) {
        self.room.hung.store(hung, Ordering::Relaxed);
        if hung {
            self.room.people.lock().unwrap().clear();
        }
    }
}

impl Drop for Chatroom {
    fn drop(&mut self) {
        self.room.stop.store(true, Ordering::Relaxed);
        self.throw_out();
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(100));
    }
}

impl Room {
    fn serve(&self, mut stream: TcpStream) {
        let (mut text, mut buffer) = (String::new(), [0; 4096]);
        let (mut user, mut known) = (String::new(), false);
        loop {
            let Ok(count) = stream.read(&mut buffer) else { return };
            if count == 0 || self.stop.load(Ordering::Relaxed) {
                return;
            }
            if self.hung.load(Ordering::Relaxed) {
                continue;
            }
            text += std::str::from_utf8(&buffer[..count]).unwrap();
            while let Some(end) = piece(&text) {
                let said: String = text.drain(..end).collect();
                let Some(answer) = self.answer(&said, &mut user, &mut known, &stream) else { continue };
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        }
    }

    fn answer(&self, said: &str, user: &mut String, known: &mut bool, stream: &TcpStream) -> Option<String> {
        if said.contains("<stream:stream") {
            let features = if *known {
                "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
            } else {
                "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
            };
            return Some(format!(
                "<?xml version='1.0'?><stream:stream from='lab' id='x' version='1.0' xmlns='jabber:client' \
                 xmlns:stream='http://etherx.jabber.org/streams'><stream:features>{features}</stream:features>"
            ));
        }
        if said.starts_with("<auth") {
            // The beginning of `\0100\0…` in base64, and the end of `\0100\0wrong`.
            *user = match said.split('>').nth(1).unwrap().get(..6).unwrap() {
                "ADEwMA" => "100",
                "ADEwMQ" => "101",
                other => panic!("{other}"),
            }
            .to_owned();
            if said.contains("B3cm9uZw") {
                return Some(
                    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"
                        .to_owned(),
                );
            }
            *known = true;
            return Some("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned());
        }
        if said.starts_with("<iq") && said.contains("<bind") {
            let address = format!("{user}@lab/halab");
            self.people.lock().unwrap().insert(address.clone(), stream.try_clone().unwrap());
            return Some(format!("<iq type='result' id='bind'><bind><jid>{address}</jid></bind></iq>"));
        }
        if said.starts_with("<message") {
            return self.pass(said, &format!("{user}@lab/halab"));
        }
        None
    }

    fn pass(&self, message: &str, from: &str) -> Option<String> {
        let to = message.split("to='").nth(1).unwrap().split('\'').next().unwrap();
        let mut passed = self.passed.lock().unwrap();
        *passed += 1;
        if self.lost.is_some_and(|lost| (*passed).is_multiple_of(lost)) {
            return None;
        }
        let mut people = self.people.lock().unwrap();
        let Some(stream) = people.get_mut(to) else {
            let back = message.replace("type='chat'", "type='error'");
            return Some(back.replace("</message>", "<error><service-unavailable/></error></message>"));
        };
        let _ =
            stream.write_all(message.replacen("<message", &format!("<message from='{from}'"), 1).as_bytes());
        None
    }
}

/// The end of the first complete piece.
fn piece(text: &str) -> Option<usize> {
    if text.starts_with("<?xml") {
        return text.find("streams'>").map(|at| at + "streams'>".len());
    }
    let name = text.strip_prefix('<')?.split([' ', '>', '/']).next()?;
    let short = text.find('>').filter(|at| text[..*at].ends_with('/')).map(|at| at + 1);
    let long = format!("</{name}>");
    short.or_else(|| text.find(&long).map(|at| at + long.len()))
}
