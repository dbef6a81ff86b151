//! A server in a state folder of its own, and its clients.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{Method, StatusCode, redirect};
use serde_json::Value;

/// A server. It ends with this value.
pub struct Server {
    folder: tempfile::TempDir,
    process: Child,
    /// `http://127.0.0.1:1234`
    pub root: String,
    /// The link that it printed.
    pub link: String,
    /// The rest of its output.
    pub messages: Option<BufReader<std::process::ChildStderr>>,
}

impl Server {
    /// A server on any free port of 127.0.0.1.
    pub fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), &["--listen", "127.0.0.1:0"])
    }

    /// A server with these options.
    pub fn start_in(folder: tempfile::TempDir, options: &[&str]) -> Self {
        let mut command = lab(folder.path());
        command.arg("serve").args(options).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let messages = process.stderr.take().map(BufReader::new);
        let mut link = String::new();
        output.read_line(&mut link).unwrap();
        let link = link.trim().to_owned();
        let root = link.split("/open").next().unwrap().to_owned();
        Self { folder, process, root, link, messages }
    }

    /// The folder of its state.
    pub fn state(&self) -> &Path {
        self.folder.path()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it, and returns its folder.
    pub fn kill(mut self) -> tempfile::TempDir {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// The output of a command on its state.
    pub fn lab(&self, words: &[&str]) -> String {
        let output = lab(self.state()).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A client with a token of this role and scope.
    pub fn with(&self, role: &str, scope: &str) -> Caller {
        let name = format!("{role} {}", scope.replace('/', " "));
        let made = self.lab(&["token", "create", &name, "--role", role, "--scope", scope]);
        Caller { root: self.root.clone(), client: client(), token: Some(made.trim().to_owned()) }
    }

    /// A client without a credential.
    pub fn stranger(&self) -> Caller {
        Caller { root: self.root.clone(), client: client(), token: None }
    }

    /// A browser that has opened the link.
    pub fn browser(&self) -> Caller {
        let client = client();
        let entered = client.get(&self.link).send().unwrap();
        assert_eq!(entered.status(), StatusCode::SEE_OTHER);
        Caller { root: self.root.clone(), client, token: None }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The command on a state folder, with simulated guests and no other environment.
pub fn lab(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.env_clear().env("HALAB_STATE", state).env("HALAB_PROVIDER", "sim").env("USER", "ann");
    command.current_dir(state).stdin(Stdio::null());
    command
}

fn client() -> Client {
    let builder = Client::builder().cookie_store(true).redirect(redirect::Policy::none());
    builder.danger_accept_invalid_certs(true).build().unwrap()
}

/// A browser or a program.
pub struct Caller {
    pub root: String,
    pub client: Client,
    pub token: Option<String>,
}

impl Caller {
    /// The same browser at another server on the same state.
    pub fn at(root: &str, caller: &Caller) -> Self {
        Self { root: root.to_owned(), client: caller.client.clone(), token: caller.token.clone() }
    }

    /// A request, not sent yet.
    pub fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method.clone(), format!("{}{path}", self.root));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request.header("X-Halab", "1"),
        }
    }

    pub fn get(&self, path: &str) -> Response {
        self.request(&Method::GET, path).send().unwrap()
    }

    /// Sends a request of the application.
    pub fn post(&self, name: &str, arguments: &Value) -> Response {
        let path = format!("/api/v1/requests/{name}");
        self.request(&Method::POST, &path).body(arguments.to_string()).send().unwrap()
    }

    /// Performs a request that changes something, to its end; returns its operation.
    pub fn done(&self, name: &str, arguments: &Value) -> Value {
        let response = self.post(name, arguments);
        let status = response.status();
        let began: Value = serde_json::from_str(&response.text().unwrap()).unwrap();
        assert_eq!(status, StatusCode::ACCEPTED, "{began}");
        self.ended(began["operation"].as_str().unwrap())
    }

    /// An operation when it has ended.
    pub fn ended(&self, id: &str) -> Value {
        let events = self.get(&format!("/api/v1/operations/{id}/events")).text().unwrap();
        let end = events.split("event: end\ndata: ").nth(1).unwrap_or_else(|| panic!("{events}"));
        serde_json::from_str(end.lines().next().unwrap()).unwrap()
    }

    pub fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path).text().unwrap()).unwrap()
    }
}
