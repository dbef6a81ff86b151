//! The audit: a line for each request that changes something, and for each refusal.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::app::{AppError, StateDir};
use crate::base::write;
use crate::web::role::Grant;

/// `web/audit.jsonl` in the state folder, for its owner only.
pub struct Audit(Mutex<fs_err::File>);

/// A line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    from: &'a str,
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a str>,
}

impl Audit {
    /// That of a state folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn of(state: &StateDir) -> Result<Self, AppError> {
        let open = || {
            write::private_folder(&state.web())?;
            write::private().create(true).append(true).open(state.web().join("audit.jsonl"))
        };
        let file = open().map_err(|error| AppError::failed("the audit cannot be written").because(error))?;
        Ok(Self(Mutex::new(file)))
    }

    /// Writes down what a person did, or was refused. A full disk ends nothing.
    pub fn write(&self, grant: Option<&Grant>, from: &str, what: &str, result: &str) {
        let who = grant.map(|grant| grant.name.as_str());
        self.line(&Line { at: Timestamp::now(), who, from, what, result: Some(result) });
    }

    /// Writes down what happened to the server.
    pub fn note(&self, what: &str) {
        self.line(&Line { at: Timestamp::now(), who: None, from: "", what, result: None });
    }

    fn line(&self, line: &Line<'_>) {
        let mut text = serde_json::to_string(line).unwrap_or_default();
        text.push('\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(text.as_bytes());
    }
}
