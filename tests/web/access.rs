//! Who may do what: each path with each role.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::class::{opened, served};
use crate::server::{Caller, Server};

/// The file of a recording.
macro_rules! recording {
    () => {
        "s01-node1-20261201T043000.250Z.cast"
    };
}

/// A path with its method and body, and the least role that gets through.
struct Door {
    method: Method,
    path: &'static str,
    body: Value,
    least: Least,
    /// Whether a scope of the instance `pair` is enough.
    in_scope: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Least {
    Viewer,
    Operator,
    Administrator,
}

fn doors() -> Vec<Door> {
    use Least::{Administrator, Operator, Viewer};
    let door = |method, path, body, least, in_scope| Door { method, path, body, least, in_scope };
    let get = |path, in_scope| door(Method::GET, path, Value::Null, Viewer, in_scope);
    let post = |path, body, least, in_scope| door(Method::POST, path, body, least, in_scope);
    let pair = || json!({ "instance": "pair" });
    let node = || json!({ "instance": "pair", "node": "node1" });
    vec![
        get("/api/v1/session", true),
        get("/api/v1/operations", false),
        get("/api/v1/operations?about=pair", true),
        get("/api/v1/operations?about=other", false),
        get("/api/v1/instances/pair/records", true),
        get("/api/v1/instances/other/records", false),
        post("/api/v1/requests/status", json!({ "instances": ["pair"] }), Viewer, true),
        post("/api/v1/requests/status", json!({ "all": true }), Viewer, false),
        post("/api/v1/requests/list", json!({}), Viewer, false),
        post("/api/v1/requests/list-bundled", json!({}), Viewer, true),
        post("/api/v1/requests/graph", pair(), Viewer, true),
        post("/api/v1/requests/drill-list", pair(), Viewer, true),
        post("/api/v1/requests/fault-list", pair(), Viewer, true),
        post("/api/v1/requests/notes", pair(), Viewer, true),
        post("/api/v1/requests/notes-write", json!({ "instance": "pair", "text": "mine" }), Operator, true),
        post("/api/v1/requests/checkpoint-list", json!({}), Viewer, true),
        post("/api/v1/requests/exercise-show", json!({ "exercise": "twins" }), Viewer, true),
        post(
            "/api/v1/requests/exercise-show",
            json!({ "exercise": "twins", "author": true }),
            Administrator,
            true,
        ),
        post("/api/v1/requests/node-reboot", node(), Operator, true),
        post("/api/v1/requests/reset", json!({ "instances": ["pair"] }), Operator, true),
        post("/api/v1/requests/reset", json!({ "all": true }), Operator, false),
        post("/api/v1/requests/heal", pair(), Operator, true),
        post("/api/v1/requests/class-regrade", json!({}), Operator, false),
        post("/api/v1/requests/class-recordings", json!({ "class": "ha1" }), Operator, false),
        door(
            Method::GET,
            concat!("/api/v1/classes/ha1/recordings/", recording!()),
            Value::Null,
            Operator,
            false,
        ),
        post("/api/v1/requests/class-reopen", json!({ "student": "s01" }), Operator, false),
        post("/api/v1/requests/df", json!({}), Administrator, false),
        post("/api/v1/requests/plan", json!({ "wish": { "lab": "drbd-heartbeat" } }), Administrator, false),
        post(
            "/api/v1/requests/up",
            json!({ "wish": { "lab": "drbd-heartbeat", "name": "pair" } }),
            Administrator,
            false,
        ),
    ]
}

fn status(caller: &Caller, door: &Door) -> StatusCode {
    let request = caller.request(&door.method, door.path);
    let request = if door.body.is_null() { request } else { request.body(door.body.to_string()) };
    request.send().unwrap().status()
}

#[test]
fn each_role_gets_through_its_doors_and_no_other() {
    let server = served(opened("exam = true\nbegins = \"2199-01-01 09:00\"\n"));
    let recordings = server.state().join("classes/ha1/recordings");
    fs_err::create_dir_all(&recordings).unwrap();
    fs_err::write(recordings.join(recording!()), "{\"version\":2}\n").unwrap();
    server.lab(&["up", "drbd-heartbeat", "--as", "pair"]);
    server.lab(&["up", "drbd-heartbeat", "--as", "other"]);
    let everywhere = [
        (Least::Viewer, server.with("viewer", "/")),
        (Least::Operator, server.with("operator", "/")),
        (Least::Administrator, server.with("administrator", "/")),
    ];
    let in_scope = [
        (Least::Viewer, server.with("viewer", "/instance/pair")),
        (Least::Operator, server.with("operator", "/instance/pair")),
        (Least::Administrator, server.with("administrator", "/instance/pair")),
    ];
    let stranger = server.stranger();
    for door in doors() {
        let what = format!("{} {} {}", door.method, door.path, door.body);
        assert_eq!(status(&stranger, &door), StatusCode::UNAUTHORIZED, "{what}");
        for (callers, scoped) in [(&everywhere, false), (&in_scope, true)] {
            for (role, caller) in callers {
                let allowed = *role >= door.least && (!scoped || door.in_scope);
                let found = status(caller, &door);
                let refused = found == StatusCode::FORBIDDEN;
                assert_eq!(refused, !allowed, "{what} by {role:?}, scoped {scoped}: {found}");
                assert!(refused || found.is_success(), "{what} by {role:?}: {found}");
            }
        }
    }
    let audit = fs_err::read_to_string(server.state().join("web/audit.jsonl")).unwrap();
    assert!(audit.contains("\"what\":\"node-reboot\",\"result\":\"2"), "{audit}");
    assert!(audit.contains("refused: it needs the role operator"), "{audit}");
    assert!(audit.contains("refused: it is outside of /instance/pair"), "{audit}");
}

#[test]
fn what_runs_programs_or_takes_paths_is_not_offered() {
    let server = Server::start();
    server.lab(&["up", "drbd-heartbeat"]);
    let admin = server.browser();
    for (name, arguments) in [
        ("client", json!({ "command": ["id"] })),
        ("forward", json!({ "target": "web:80" })),
        ("env", json!({})),
        ("connect", json!({ "target": "web:80" })),
        ("terminal", json!({ "node": "node1", "kind": "shell" })),
        ("up", json!({ "wish": { "lab": "./lab" } })),
        ("up", json!({ "wish": { "lab": "/tmp/lab" } })),
        ("up", json!({ "wish": {} })),
        ("drill-run", json!({ "drill": "../x.toml" })),
        ("drill-run", json!({ "drill": "x.toml" })),
        ("graph", json!({ "lab": "lab.toml" })),
        ("drill-report", json!({ "record": "/etc/passwd" })),
        ("graph", json!({ "lab": "../lab" })),
        ("schema", json!({ "kind": "lab" })),
        ("nothing", json!({})),
        ("..%2f..%2fetc", json!({})),
    ] {
        let response = admin.post(name, &arguments);
        let status = response.status();
        let body = response.text().unwrap();
        let is_refused = [StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST].contains(&status);
        assert!(is_refused, "{name} {arguments}: {status} {body}");
        // An error is the same as on the command line: it says what is wrong.
        assert!(serde_json::from_str::<Value>(&body).unwrap()["message"].is_string(), "{body}");
    }
}

#[test]
fn a_token_ends_with_its_day_and_when_it_is_revoked() {
    let server = Server::start();
    let ann = server.with("viewer", "/");
    assert_eq!(ann.get("/api/v1/session").status(), StatusCode::OK);
    let session = ann.json("/api/v1/session");
    assert_eq!((&session["role"], &session["scope"]), (&json!("viewer"), &json!("/")));
    let list: Value = serde_json::from_str(&server.lab(&["token", "list", "--format", "json"])).unwrap();
    assert_eq!(list["tokens"][0]["grant"]["name"], "viewer  ");
    server.lab(&["token", "revoke", "viewer  "]);
    assert_eq!(ann.get("/api/v1/session").status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_link_opens_once_and_a_session_can_be_left() {
    let server = Server::start();
    let browser = server.browser();
    assert_eq!(browser.json("/api/v1/session")["name"], "ann");
    let second = server.stranger();
    second.client.get(&server.link).send().unwrap();
    assert_eq!(second.get("/api/v1/session").status(), StatusCode::UNAUTHORIZED);
    let left = browser.request(&Method::DELETE, "/api/v1/session").send().unwrap();
    assert_eq!(left.status(), StatusCode::NO_CONTENT);
    assert_eq!(browser.get("/api/v1/session").status(), StatusCode::UNAUTHORIZED);
    // A token that is typed into the page becomes a session.
    let token = server.with("operator", "/").token.unwrap();
    let entered = second.client.post(format!("{}/api/v1/session", server.root)).bearer_auth(token);
    assert_eq!(entered.send().unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(second.json("/api/v1/session")["role"], "operator");
}

#[test]
fn the_interface_is_described_with_all_that_is_offered() {
    let server = Server::start();
    let document = server.stranger().json("/api/v1/openapi.json");
    let paths = document["paths"].as_object().unwrap();
    for door in doors() {
        let path = door.path.trim_start_matches("/api/v1").split('?').next().unwrap();
        let path = [("pair", "{name}"), ("other", "{name}"), ("ha1", "{class}"), (recording!(), "{file}")]
            .iter()
            .fold(path.to_owned(), |path, (name, word)| path.replace(name, word));
        let method = door.method.as_str().to_lowercase();
        assert!(paths.get(&path).is_some_and(|item| item.get(&method).is_some()), "{method} {path}");
    }
    let run = &paths["/requests/drill-run"]["post"];
    assert!(run["description"].as_str().unwrap().contains("drill"), "{run}");
    let of = run["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
    let schema = document.pointer(of.trim_start_matches('#')).unwrap();
    assert_eq!(schema["required"], json!(["drill"]));
}
