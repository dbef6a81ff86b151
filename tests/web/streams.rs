//! Live state, the events of operations, and terminals.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Caller, Server};

/// The messages of a stream, as they come: their kinds and their content.
pub fn messages(caller: &Caller, path: &str) -> impl Iterator<Item = (String, Value)> {
    let request = caller.request(&Method::GET, path).timeout(Duration::from_secs(60));
    let response = request.send().unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut lines = BufReader::new(response).lines();
    std::iter::from_fn(move || {
        let mut event = String::new();
        loop {
            let line = lines.next()?.ok()?;
            if let Some(name) = line.strip_prefix("event: ") {
                event = name.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some((event, serde_json::from_str(data).unwrap()));
            }
        }
    })
}

#[test]
fn the_overview_shows_what_others_do() {
    let server = Server::start();
    let browser = server.browser();
    let mut live = messages(&browser, "/api/v1/live");
    let (event, first) = live.next().unwrap();
    assert_eq!((event.as_str(), &first["instances"]), ("overview", &json!([])));
    server.lab(&["up", "drbd-heartbeat", "--as", "pair"]);
    let shown = live.find(|(_, data)| data["instances"][0]["instance"] == "pair");
    let (_, shown) = shown.unwrap();
    assert_eq!(shown["operations"][0]["what"], "up");
}

#[test]
fn the_overview_has_what_was_last_seen_of_an_instance() {
    let server = Server::start();
    let browser = server.browser();
    server.lab(&["up", "drbd-heartbeat", "--as", "pair"]);
    let mut overviews = messages(&browser, "/api/v1/live");
    let mut health = |holds: &dyn Fn(&Value) -> bool| {
        let row = |(_, data): (String, Value)| data["instances"][0].clone();
        overviews.by_ref().map(row).find(|row| holds(&row["health"])).unwrap()["health"].clone()
    };
    assert!(health(&|_| true).is_null(), "no one has looked");
    let mut live = messages(&browser, "/api/v1/instances/pair/live");
    assert_eq!(live.next().unwrap().1["healthy"], true);
    assert_eq!(health(&|seen| seen.is_object()), json!({ "healthy": true, "as-of": null }));
    server.lab(&["node", "stop", "node2", "--lab", "pair"]);
    health(&|seen| seen["healthy"] == false && seen["as-of"].is_null());
    drop(live);
    // What changes now is not seen: the machines are asked for none who looks.
    let seen = health(&|seen| seen["as-of"].is_string());
    assert_eq!(seen["healthy"], false);
    server.lab(&["node", "start", "node2", "--lab", "pair"]);
    assert_eq!(health(&|_| true), seen);
}

#[test]
fn an_overview_shows_only_what_is_in_scope() {
    let server = Server::start();
    server.lab(&["up", "drbd-heartbeat", "--as", "pair"]);
    server.lab(&["up", "drbd-heartbeat", "--as", "other"]);
    let ben = server.with("viewer", "/instance/pair");
    let (_, seen) = messages(&ben, "/api/v1/live").next().unwrap();
    let text = seen.to_string();
    assert_eq!(seen["instances"].as_array().map(Vec::len), Some(1), "{text}");
    assert!(text.contains("pair") && !text.contains("other"), "{text}");
}

#[test]
fn the_status_of_an_instance_is_live_until_it_is_gone() {
    let server = Server::start();
    let browser = server.browser();
    server.lab(&["up", "drbd-heartbeat", "--as", "pair"]);
    let mut live = messages(&browser, "/api/v1/instances/pair/live");
    // Several viewers see the same.
    let mut other = messages(&browser, "/api/v1/instances/pair/live");
    for stream in [&mut live as &mut dyn Iterator<Item = _>, &mut other] {
        let (event, status): (String, Value) = stream.next().unwrap();
        assert_eq!((event.as_str(), &status["healthy"]), ("status", &json!(true)));
    }
    server.lab(&["node", "stop", "node2", "--lab", "pair"]);
    let off = |(_, status): &(String, Value)| status["nodes"][1]["state"] == "off";
    assert!(live.any(|message| off(&message)) && other.any(|message| off(&message)));
    server.lab(&["down", "pair"]);
    assert_eq!(live.last().unwrap().0, "gone");
}

#[test]
fn no_event_of_an_operation_is_missed() {
    let server = Server::start();
    let browser = server.browser();
    let operation = browser.done("up", &json!({ "wish": { "lab": "drbd-heartbeat", "name": "pair" } }));
    assert_eq!((&operation["standing"], &operation["who"]), (&json!("done"), &json!("ann")));
    let id = operation["id"].as_str().unwrap();
    let path = format!("/api/v1/operations/{id}/events");
    let all: Vec<(String, Value)> = messages(&browser, &path).collect();
    let (last, events) = all.split_last().unwrap();
    assert_eq!(last.0, "end");
    for (place, (event, data)) in events.iter().enumerate() {
        assert_eq!((event.as_str(), data["number"].as_u64()), ("event", Some(place as u64 + 1)));
    }
    // A browser that comes again says what it has.
    let again = browser.request(&Method::GET, &path).header("Last-Event-ID", (events.len() - 2).to_string());
    let text = again.send().unwrap().text().unwrap();
    assert_eq!(text.matches("event: event").count(), 2, "{text}");
}

#[test]
fn a_drill_is_watched_and_its_report_read() {
    let server = Server::start();
    let browser = server.browser();
    server.lab(&["up", "drbd-heartbeat", "--as", "pair"]);
    let drill = browser.done("drill-run", &json!({ "drill": "power-cut", "instance": "pair", "seed": 1 }));
    assert_eq!(drill["standing"], "done", "{drill}");
    let records = browser.json("/api/v1/instances/pair/records");
    let [record] = records["records"].as_array().unwrap().as_slice() else { panic!("{records}") };
    assert_eq!((&record["drill"], &record["verdict"]), (&json!("power-cut"), &json!("pass")));
    let name = record["record"].as_str().unwrap();
    let report = browser.get(&format!("/api/v1/instances/pair/records/{name}/report.html"));
    assert_eq!(report.status(), StatusCode::OK);
    let policy = report.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("sandbox allow-scripts; default-src 'none'"), "{policy}");
    assert!(report.text().unwrap().contains("Power cut of the node"));
    let missing = browser.get("/api/v1/instances/pair/records/nothing/report.html");
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[test]
fn an_operation_can_be_stopped() {
    // In real time, a day is not over before it is stopped.
    let server =
        Server::start_in(tempfile::tempdir().unwrap(), &["--listen", "127.0.0.1:0", "--sim-pace", "real"]);
    let browser = server.browser();
    server.lab(&["up", "drbd-heartbeat", "--as", "pair"]);
    let arguments = json!({ "run": { "drill": "power-cut", "instance": "pair" }, "length": "24h" });
    let began = browser.post("drill-soak", &arguments);
    let began: Value = serde_json::from_str(&began.text().unwrap()).unwrap();
    let id = began["operation"].as_str().unwrap();
    let stop = browser.request(&Method::DELETE, &format!("/api/v1/operations/{id}")).send().unwrap();
    assert_eq!(stop.status(), StatusCode::ACCEPTED);
    let ended = browser.ended(id);
    assert_eq!(ended["standing"], "stopped", "{ended}");
}
