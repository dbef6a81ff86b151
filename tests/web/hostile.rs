//! What other sites, wrong programs and slow clients send.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::time::Duration;

use reqwest::blocking::Client;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::Server;

#[test]
fn other_sites_are_refused() {
    let server = Server::start();
    let browser = server.browser();
    let host = server.root.trim_start_matches("http://");
    for (name, value, expected) in [
        ("Origin", "http://evil.example", StatusCode::FORBIDDEN),
        ("Origin", "null", StatusCode::FORBIDDEN),
        ("Origin", &format!("http://{host}"), StatusCode::OK),
        ("Host", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        (
            "Host",
            &format!("evil.example:{}", host.rsplit(':').next().unwrap()),
            StatusCode::MISDIRECTED_REQUEST,
        ),
        ("Host", "localhost", StatusCode::OK),
    ] {
        let sent = browser.request(&Method::GET, "/api/v1/session").header(name, value).send().unwrap();
        assert_eq!(sent.status(), expected, "{name}: {value}");
    }
    // A form of another site sends the cookie and no header of ours.
    let form = browser.client.post(format!("{}/api/v1/requests/list", server.root)).body("{}");
    assert_eq!(form.send().unwrap().status(), StatusCode::FORBIDDEN);
    // A WebSocket of another site.
    let upgrade = |origin: &str| {
        let path = "/api/v1/terminals?instance=pair&node=node1&kind=shell";
        let request = browser.request(&Method::GET, path).header("Origin", origin);
        let request = request.header("Connection", "Upgrade").header("Upgrade", "websocket");
        let request = request.header("Sec-WebSocket-Version", "13");
        request.header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==").send().unwrap().status()
    };
    assert_eq!(upgrade("http://evil.example"), StatusCode::FORBIDDEN);
    assert_eq!(upgrade(&server.root), StatusCode::NOT_FOUND, "there is no such instance");
}

#[test]
fn every_answer_forbids_what_a_page_does_not_need() {
    let server = Server::start();
    let browser = server.browser();
    for path in ["/", "/index.html", "/api/v1/session", "/api/v1/nothing", "/nothing.js"] {
        let response = browser.get(path);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
    }
}

#[test]
fn paths_lead_to_nothing_else() {
    let server = Server::start();
    let browser = server.browser();
    for path in [
        "/../Cargo.toml",
        "/..%2f..%2fetc/passwd.txt",
        "/api/v1/instances/..%2f..%2fweb/records",
        "/api/v1/instances/pair/records/..%2f..%2fx/report.html",
        "/api/v1/operations/..%2f..%2fweb",
        "/api/v1/operations/..%2fx/events",
        "/api/v1/operations?limit=many",
        "/api/v1/operations?about=../x",
    ] {
        let response = browser.get(path);
        let status = response.status();
        assert!(status.is_client_error(), "{path}: {status} {}", response.text().unwrap());
    }
}

#[test]
fn bodies_have_a_length_and_a_form() {
    let server = Server::start();
    let browser = server.browser();
    let post = |body: String| {
        let sent = browser.request(&Method::POST, "/api/v1/requests/list").body(body).send();
        sent.map(|response| response.status())
    };
    assert_eq!(post("{}".to_owned()).unwrap(), StatusCode::OK);
    assert_eq!(post(String::new()).unwrap(), StatusCode::OK);
    for wrong in ["[]", "{", "null", "\u{0}"] {
        assert_eq!(post(wrong.to_owned()).unwrap(), StatusCode::BAD_REQUEST, "{wrong}");
    }
    // The server may close the connection while it is still being sent to, and closes it after its answer.
    let other = server.with("administrator", "/");
    let long = format!("{{\"x\": \"{}\"}}", "x".repeat(1 << 20));
    if let Ok(refused) = other.request(&Method::POST, "/api/v1/requests/list").body(long).send() {
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(refused.headers()["connection"], "close");
    }
    let deep = post("[".repeat(20_000));
    assert_eq!(deep.unwrap(), StatusCode::BAD_REQUEST);
    assert_eq!(post("{}".to_owned()).unwrap(), StatusCode::OK);
}

#[test]
fn a_thousand_connections_and_slow_ones_keep_no_other_waiting() {
    let server = Server::start();
    let browser = server.browser();
    server.lab(&["up", "drbd-heartbeat", "--as", "pair"]);
    let address = server.root.trim_start_matches("http://").to_owned();
    let silent: Vec<TcpStream> = (0..1000).map(|_| TcpStream::connect(&address).unwrap()).collect();
    for (number, mut stream) in silent.iter().enumerate() {
        // Half of them send a part of a request.
        if number % 2 == 0 {
            stream.write_all(b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nX-").unwrap();
        }
    }
    let seen = browser.post("status", &json!({ "instances": ["pair"] }));
    assert_eq!(seen.status(), StatusCode::OK);
    drop(silent);
    assert_eq!(browser.get("/api/v1/session").status(), StatusCode::OK);
}

#[test]
fn one_machine_leaves_connections_for_others() {
    let server = Server::start();
    let address = server.root.trim_start_matches("http://").to_owned();
    let greedy: Vec<TcpStream> = (0..2100).filter_map(|_| TcpStream::connect(&address).ok()).collect();
    let other = Client::builder().local_address(IpAddr::from([127, 0, 0, 2])).build().unwrap();
    let answer = other.get(format!("{}/api/v1/session", server.root)).send().unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    // Those over the limit are closed, the others stay open.
    let open = greedy.iter().filter(|stream| {
        stream.set_nonblocking(true).unwrap();
        let mut stream = *stream;
        stream.read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    });
    assert_eq!(open.count(), 1024);
}

#[test]
fn words_that_are_no_http_end_their_connection_only() {
    let server = Server::start();
    let browser = server.browser();
    let address = server.root.trim_start_matches("http://").to_owned();
    let long = [b"GET /".to_vec(), vec![b'x'; 200_000], b" HTTP/1.1\r\n\r\n".to_vec()].concat();
    for bytes in [b"\x16\x03\x01\x02\x00".to_vec(), b"HELLO\r\n\r\n".to_vec(), long, vec![0; 4096]] {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        let _ = stream.write_all(&bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    assert_eq!(browser.get("/api/v1/session").status(), StatusCode::OK);
}
