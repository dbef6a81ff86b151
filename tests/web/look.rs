//! Looking into the terminals of students, taking them over, and recording them in an exam, on the simulated
//! provider.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{HandshakeError, Message, WebSocket};

use crate::class::{all_stand, cards, opened, served};
use crate::server::{Caller, Server};
use crate::streams::messages;

/// How long something may take that happens soon.
const LONG: Duration = Duration::from_secs(60);

/// Who connects: the header with the credential.
pub struct Who(&'static str, pub String);

/// A terminal as a browser has it.
pub struct Screen {
    socket: WebSocket<TcpStream>,
    bytes: Vec<u8>,
    told: Vec<Value>,
}

impl Screen {
    /// Types a line at the prompt; typed earlier, it would be shown elsewhere.
    fn enters(&mut self, line: &str) {
        while !self.text().ends_with("# ") {
            assert!(self.reads(), "no prompt: {:?}", self.text());
        }
        self.types(line);
    }

    /// Opens a WebSocket; or the status of the refusal.
    pub fn open(server: &Server, who: &Who, path: &str) -> Result<Self, StatusCode> {
        let host = server.root.trim_start_matches("http://");
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut request = format!("ws://{host}/api/v1/terminals{path}").into_client_request().unwrap();
        request.headers_mut().insert(who.0, who.1.parse().unwrap());
        request.headers_mut().insert("origin", server.root.parse().unwrap());
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self { socket, bytes: Vec::new(), told: Vec::new() }),
            Err(HandshakeError::Failure(tungstenite::Error::Http(answer))) => Err(answer.status()),
            Err(error) => panic!("{error}"),
        }
    }

    pub fn shell(server: &Server, who: &Who, instance: &str) -> Self {
        Self::open(server, who, &format!("?instance={instance}&node=node1&kind=shell")).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn types(&mut self, text: &str) {
        self.socket.send(Message::Binary(text.as_bytes().to_vec().into())).unwrap();
    }

    fn resizes(&mut self, columns: u16, rows: u16) {
        self.socket.send(Message::Text(json!({ "resize": [columns, rows] }).to_string().into())).unwrap();
    }

    /// Reads one message; whether there was one.
    fn reads(&mut self) -> bool {
        match self.socket.read() {
            Ok(Message::Binary(bytes)) => self.bytes.extend_from_slice(&bytes),
            Ok(Message::Text(text)) => self.told.push(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return false,
            Ok(_) => {}
        }
        true
    }

    /// Reads until a text is shown.
    pub fn shows(&mut self, text: &str) {
        while !self.text().contains(text) {
            assert!(self.reads(), "{text:?} is not in {:?}, {:?}", self.text(), self.told);
        }
    }

    /// Reads until something is said that holds.
    fn says(&mut self, holds: impl Fn(&Value) -> bool) {
        while !self.told.iter().any(&holds) {
            assert!(self.reads(), "{:?}, {:?}", self.told, self.text());
        }
    }
}

/// A student who joins with a card.
pub fn student(server: &Server, card: &Value) -> Who {
    let mut caller = server.stranger();
    caller.token = card["code"].as_str().map(str::to_owned);
    let answer = caller.request(&Method::POST, "/api/v1/session").send().unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    Who("cookie", cookie.split(';').next().unwrap().to_owned())
}

fn with_token(caller: &Caller) -> Who {
    Who("authorization", format!("Bearer {}", caller.token.as_ref().unwrap()))
}

/// The first open terminal of an instance, as the board has it.
fn listed(teacher: &Caller, instance: &str) -> Value {
    let mut boards = messages(teacher, "/api/v1/class/live");
    boards
        .find_map(|(_, board)| {
            let mut all = board["terminals"].as_array()?.iter();
            all.find(|one| one["instance"] == instance).cloned()
        })
        .unwrap()
}

pub fn audit(server: &Server) -> String {
    fs_err::read_to_string(server.state().join("web/audit.jsonl")).unwrap()
}

#[test]
fn a_teacher_looks_into_a_terminal_and_takes_it_over() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = student(&server, &cards[0]);
    let teacher = server.with("operator", "/");
    let ben = with_token(&teacher);
    let mut own = Screen::shell(&server, &siti, "ha1-s01");
    own.resizes(101, 31);
    own.shows("node1:~# ");
    own.enters("echo from-siti\r");
    own.shows("\nfrom-siti");
    let row = listed(&teacher, "ha1-s01");
    assert_eq!(
        (&row["node"], &row["kind"], &row["who"]),
        (&json!("node1"), &json!("shell"), &json!("Siti Aminah"))
    );
    assert_eq!(row["watched"], json!([]));
    let id = row["id"].as_str().unwrap();

    // What was shown comes first, and nothing that a viewer types arrives.
    let mut looks = Screen::open(&server, &ben, &format!("/{id}")).unwrap();
    looks.shows("\nfrom-siti");
    looks.says(|told| told["size"] == json!([101, 31]));
    own.says(|told| told["watched"] == json!(["operator   (looks)"]));
    looks.enters("echo intruder\r");
    own.enters("echo second\r");
    own.shows("\nsecond");
    looks.shows("\nsecond");
    let (one, other) = (looks.text(), own.text());
    assert!(one.starts_with(&other) || other.starts_with(&one), "the same bytes: {one:?}, {other:?}");
    assert!(!own.text().contains("intruder"), "{}", own.text());

    let mut types = Screen::open(&server, &ben, &format!("/{id}?take-over=true")).unwrap();
    own.says(|told| told["watched"] == json!(["operator   (looks)", "operator   (types)"]));
    types.enters("echo from-ben\r");
    own.shows("\nfrom-ben");
    looks.shows("\nfrom-ben");
    own.resizes(90, 20);
    types.says(|told| told["size"] == json!([90, 20]));
    crate::class::until("both are listed", || {
        listed(&teacher, "ha1-s01")["watched"].as_array().is_some_and(|all| all.len() == 2)
    });
    drop((looks, types));
    own.says(|told| told["watched"] == json!([]));
    own.types("exit\r");
    own.says(|told| told["closed"] == "the program ended");
    let audit = audit(&server);
    for what in ["look at the shell on node1 of ha1-s01", "take over the shell on node1 of ha1-s01"] {
        assert!(audit.contains(what), "{what}: {audit}");
    }
    let gone = Screen::open(&server, &ben, &format!("/{id}"));
    assert_eq!(gone.err(), Some(StatusCode::NOT_FOUND));
    assert!(!server.state().join("classes/ha1/recordings").exists(), "only an exam is recorded");
}

#[test]
fn no_student_looks_into_any_terminal_and_no_operator_of_another_instance() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let (siti, jose) = (student(&server, &cards[0]), student(&server, &cards[1]));
    let mut own = Screen::shell(&server, &siti, "ha1-s01");
    own.shows("node1:~# ");
    let row = listed(&server.with("operator", "/"), "ha1-s01");
    let id = row["id"].as_str().unwrap();
    let elsewhere = with_token(&server.with("operator", "/instance/ha1-s02"));
    let viewer = with_token(&server.with("viewer", "/"));
    for who in [&siti, &jose, &elsewhere, &viewer] {
        for path in [format!("/{id}"), format!("/{id}?take-over=true")] {
            let refused = Screen::open(&server, who, &path);
            assert_eq!(refused.err(), Some(StatusCode::FORBIDDEN), "{}: {path}", who.1);
        }
    }
    // Whether a terminal is open is nothing that a student learns.
    assert_eq!(Screen::open(&server, &siti, "/0123").err(), Some(StatusCode::FORBIDDEN));
    assert_eq!(
        Screen::open(&server, &jose, "?instance=ha1-s01&node=node1&kind=shell").err(),
        Some(StatusCode::FORBIDDEN)
    );
    let scoped = with_token(&server.with("operator", "/instance/ha1-s01"));
    Screen::open(&server, &scoped, &format!("/{id}")).unwrap().shows("node1:~# ");
    assert!(
        audit(&server).contains("\"what\":\"look at a terminal\",\"result\":\"refused: students may not")
    );
}

#[test]
fn terminals_of_an_exam_are_recorded_for_the_owner_of_the_machine() {
    let server = served(opened("exam = true\n"));
    let cards = cards(&server);
    all_stand(&server);
    let siti = student(&server, &cards[0]);
    let mut own = Screen::shell(&server, &siti, "ha1-s01");
    own.says(|told| told["recorded"] == true);
    own.resizes(100, 40);
    own.enters("echo Änne €\r");
    own.shows("\nÄnne €");
    own.types("exit\r");
    own.says(|told| told["closed"].is_string());
    let found: Value =
        serde_json::from_str(&server.lab(&["class", "recordings", "--format", "json"])).unwrap();
    let [row] = found["recordings"].as_array().unwrap().as_slice() else { panic!("{found}") };
    assert_eq!((&row["seat"], &row["node"], &row["cut"]), (&json!("s01"), &json!("node1"), &json!(false)));
    let file = std::path::Path::new(row["file"].as_str().unwrap());
    assert!(file.starts_with(server.state().join("classes/ha1/recordings")), "{found}");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
    let text = fs_err::read_to_string(file).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["version"], &lines[0]["width"]), (&json!(2), &json!(80)));
    assert!(lines.iter().any(|line| line[1] == "r" && line[2] == "100x40"), "{text}");
    let output: String =
        lines.iter().skip(1).filter(|line| line[1] == "o").filter_map(|line| line[2].as_str()).collect();
    assert_eq!(output, own.text());
    let table = server.lab(&["class", "recordings", "siti"]);
    assert!(table.contains("s01") && table.contains(".cast"), "{table}");
    assert!(server.lab(&["class", "recordings", "s02"]).contains("no recordings"));

    // The page has it as well, for those who may look into terminals.
    let teacher = server.with("operator", "/");
    let listed = teacher.post("class-recordings", &json!({ "class": "ha1", "student": "s01" }));
    let listed: Value = serde_json::from_str(&listed.text().unwrap()).unwrap();
    let name = listed["outcome"]["recordings"][0]["name"].as_str().unwrap().to_owned();
    let path = |name: &str| format!("/api/v1/classes/ha1/recordings/{name}");
    let saved = teacher.get(&path(&name));
    assert_eq!(saved.status(), StatusCode::OK);
    assert_eq!(saved.headers()["content-disposition"], format!("attachment; filename=\"{name}\""));
    assert_eq!(saved.headers()["content-type"], "application/x-asciicast");
    assert_eq!(saved.text().unwrap(), text);
    for other in ["s01-node1-20261201T043000.250Z.cast", "..%2Fkey", "..%2Flog.jsonl", "key"] {
        assert_eq!(teacher.get(&path(other)).status(), StatusCode::NOT_FOUND, "{other}");
    }
    let own = server.stranger();
    let own =
        own.client.get(format!("{}{}", server.root, path(&name))).header(siti.0, &siti.1).send().unwrap();
    assert_eq!(own.status(), StatusCode::FORBIDDEN, "students see no recordings");
    assert!(audit(&server).contains(&format!("\"what\":\"recording {name}\",\"result\":\"opened\"")));
}
