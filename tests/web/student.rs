//! A student who means harm: other people's credentials, paths in every field, and letters that act on the
//! teacher's terminal, on the simulated provider.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::class::{all_stand, cards, joined, opened, served};
use crate::look::{Screen, student};

/// Letters that set a title, fill the clipboard, clear the screen and turn the direction of text.
const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{1b}]52;c;b3duZWQ=\u{7}\u{1b}[2J\u{9b}31m\u{202e}owned\r\u{8}";

/// Whether a text would act on a terminal.
fn acts(text: &str) -> bool {
    text.chars().any(|letter| (letter.is_control() && letter != '\n') || letter == '\u{202e}')
}

#[test]
fn no_field_takes_a_path() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    fs_err::write(server.state().join("canary.toml"), "canary = \"7c1f\"\n").unwrap();
    let before = fs_err::read_dir(server.state()).unwrap().count();
    for path in ["../canary", "..", "/etc/passwd", "../../web/credentials.json", "./canary.toml", "a/b", "-x"]
    {
        for (name, arguments) in [
            ("class-begin", json!({ "instance": "ha1-s01", "exercise": path })),
            ("save", json!({ "instance": "ha1-s01", "name": path })),
            ("load", json!({ "instance": "ha1-s01", "name": path })),
            ("drill-run", json!({ "instance": "ha1-s01", "drill": path })),
            ("drill-report", json!({ "instance": "ha1-s01", "record": path })),
            ("drill-diff", json!({ "instance": "ha1-s01", "before": path, "after": path })),
            ("graph", json!({ "instance": "ha1-s01", "lab": path })),
            ("answer", json!({ "instance": "ha1-s01", "check": path, "answer": "x" })),
            ("node-reboot", json!({ "instance": "ha1-s01", "node": path })),
            ("logs", json!({ "instance": "ha1-s01", "nodes": [path] })),
            ("class-me", json!({ "instance": path })),
            ("task", json!({ "instance": format!("../instances/ha1-s02/{path}") })),
        ] {
            let (status, text) = asked(|| siti.post(name, &arguments));
            assert!(status.is_client_error(), "{name} {arguments}: {status} {text}");
            assert!(!text.contains("7c1f") && !text.contains("root:"), "{name} {arguments}: {text}");
        }
        let encoded = path.replace('/', "%2f");
        for url in [
            format!("/api/v1/instances/ha1-s01/records/{encoded}/report.html"),
            format!("/api/v1/instances/{encoded}/records"),
            format!("/api/v1/operations/{encoded}/events"),
        ] {
            assert!(asked(|| siti.get(&url)).0.is_client_error(), "{url}");
        }
    }
    assert_eq!(fs_err::read_dir(server.state()).unwrap().count(), before, "nothing was written");
}

/// Asks until the limit of requests lets it through: a test asks faster than a person. Returns the status and
/// the text of the answer.
fn asked(ask: impl Fn() -> reqwest::blocking::Response) -> (StatusCode, String) {
    loop {
        let answer = ask();
        let (status, text) = (answer.status(), answer.text().unwrap());
        if status != StatusCode::CONFLICT || !text.contains("too many requests") {
            return (status, text);
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

#[test]
fn a_credential_is_good_for_its_own_student_only() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = student(&server, &cards[0]);
    // What is not a whole credential of another is none.
    let key = cards[1]["key"].as_str().unwrap();
    let code = cards[1]["code"].as_str().unwrap();
    let (short, twice) = (key[..key.len() - 1].to_owned(), format!("{key}{key}"));
    for secret in ["", " ", "null", "../credentials.json", short.as_str(), twice.as_str(), "s02", "ha1-s02"] {
        let mut caller = server.stranger();
        caller.token = Some(secret.to_owned());
        assert_eq!(caller.get("/api/v1/session").status(), StatusCode::UNAUTHORIZED, "{secret:?}");
    }
    // A code opens a session, and is no session itself.
    let mut caller = server.stranger();
    caller.token = Some(code.to_owned());
    assert_eq!(caller.get("/api/v1/session").status(), StatusCode::UNAUTHORIZED);
    // The digest that the server keeps opens nothing.
    let kept = fs_err::read_to_string(server.state().join("web/credentials.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let digests: Vec<&str> =
        kept.as_array().unwrap().iter().filter_map(|one| one["digest"].as_str()).collect();
    assert!(!digests.is_empty(), "{kept}");
    for digest in digests {
        caller.token = Some(digest.to_owned());
        assert_eq!(caller.get("/api/v1/session").status(), StatusCode::UNAUTHORIZED);
    }
    // With the own session, no terminal of another student, and no node of the machine.
    for path in [
        "?instance=ha1-s02&node=node1&kind=shell",
        "?instance=ha1-s02&node=node1&kind=console",
        "?instance=ha1-s02&node=node1&kind=logs",
        "?node=node1&kind=shell",
    ] {
        assert_eq!(Screen::open(&server, &siti, path).err(), Some(StatusCode::FORBIDDEN), "{path}");
    }
    for node in ["..%2f..", "localhost", "127.0.0.1", "node1%0aid"] {
        let path = format!("?instance=ha1-s01&node={node}&kind=shell");
        let status = Screen::open(&server, &siti, &path).err().unwrap();
        assert!(status.is_client_error(), "{node}: {status}");
    }
}

#[test]
fn a_session_cannot_be_multiplied() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = student(&server, &cards[0]);
    let secret = siti.1.strip_prefix("halab=").unwrap().to_owned();
    let mut caller = server.stranger();
    caller.token = Some(secret);
    assert_eq!(caller.get("/api/v1/session").status(), StatusCode::OK, "it is a session");
    // A thousand sessions would push out those of others.
    let sessions = || {
        let kept = fs_err::read_to_string(server.state().join("web/credentials.json")).unwrap();
        serde_json::from_str::<Value>(&kept).unwrap().as_array().unwrap().len()
    };
    let before = sessions();
    let again = caller.request(&Method::POST, "/api/v1/session").send().unwrap();
    assert_eq!((again.status(), sessions()), (StatusCode::UNAUTHORIZED, before));
}

#[test]
fn letters_of_a_student_do_not_act_on_the_terminal_of_the_teacher() {
    let server = served(opened(""));
    let cards = cards(&server);
    all_stand(&server);
    let siti = joined(&server, &cards[0]);
    // Words that are kept with the failure of a request.
    let failed = siti.post("save", &json!({ "instance": "ha1-s01", "name": ESCAPES }));
    assert!(failed.status().is_client_error());
    siti.post("answer", &json!({ "instance": "ha1-s01", "check": "page", "answer": ESCAPES }));
    siti.post("class-key", &json!({ "instance": "ha1-s01", "key": format!("ssh-ed25519 AAAA {ESCAPES}") }));
    siti.request(&Method::GET, &format!("/api/v1/{}", "%1b%5b2J")).send().unwrap();
    for words in [
        ["class", "status"].as_slice(),
        &["class", "show", "s01"],
        &["class", "export", "--format", "csv"],
        &["history"],
        &["class", "verify"],
    ] {
        let text = server.lab(words);
        assert!(!acts(&text), "{words:?}: {text:?}");
    }
    let audit = fs_err::read_to_string(server.state().join("web/audit.jsonl")).unwrap();
    assert!(!acts(&audit), "{audit:?}");
    let page = server.lab(&["class", "export", "--format", "html"]);
    assert!(!acts(&page), "{page:?}");
}

#[test]
fn names_of_a_roster_do_not_act_either() {
    let folder = opened("");
    let roster = folder.path().join("roster.csv");
    let text = fs_err::read_to_string(&roster).unwrap();
    fs_err::write(&roster, format!("{text}Eve {ESCAPES}<script>alert(1)</script>;104;\r\n")).unwrap();
    let mut open = crate::server::lab(folder.path());
    let output = open.args(["class", "open", "class.toml", "--no-page"]).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!acts(&said), "{said:?}");
    let server = served(folder);
    for words in
        [["class", "status"].as_slice(), &["class", "cards"], &["class", "export", "--format", "csv"]]
    {
        let text = server.lab(words);
        assert!(!acts(&text.replace('\r', "")), "{words:?}: {text:?}");
    }
    let cards = server.state().join("cards.html");
    server.lab(&["class", "cards", "--output", cards.to_str().unwrap(), "--address", "https://lab.example"]);
    assert!(!fs_err::read_to_string(cards).unwrap().contains("<script>alert"));
}
