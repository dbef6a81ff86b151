//! The plan of a load of messages: its keys in a drill file, and their values.

use std::io;

use crate::model::Millis;
use crate::model::drill::LoadKind;
use crate::probe::keys::{self, Key, Said, Values};

/// The keys of the kind.
pub const KEYS: &[Key] = &[
    Key::optional("user", Values::Text, "The account that sends: `\"100\"` when not given."),
    Key::optional("peer", Values::Text, "The account that receives: `\"101\"` when not given."),
    Key::optional("domain", Values::Text, "The domain of both accounts: `\"lab\"` when not given."),
    Key::optional("password", Values::Text, "The password of both accounts: `\"lab\"` when not given."),
    Key::optional(
        "reconnect-after",
        Values::Time,
        "The silence after which users drop the connection and log in again: `\"3s\"` when not given, `\"500ms\"` to \
         `\"60s\"`. A dead server does not close it.",
    ),
];

/// Chat messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The account that sends.
    pub user: String,
    /// The account that receives.
    pub peer: String,
    /// The domain of both.
    pub domain: String,
    /// The password of both.
    pub password: String,
    /// After this much silence users drop the connection and log in again.
    pub reconnect_after: Millis,
}

impl Plan {
    /// The kind of a load that sends these messages.
    pub fn kind(&self) -> LoadKind {
        let reconnect = self.reconnect_after.to_string();
        let values = [
            ("user", &self.user),
            ("peer", &self.peer),
            ("domain", &self.domain),
            ("password", &self.password),
            ("reconnect-after", &reconnect),
        ];
        let values = values.map(|(key, text)| (key, text.as_str().into()));
        super::ROW.kind(values)
    }

    /// Reads the plan from the kind of a load.
    ///
    /// # Errors
    /// The kind lacks a value.
    pub fn of(kind: &LoadKind) -> io::Result<Self> {
        let text = |key| keys::text(kind, key).map(str::to_owned);
        Ok(Self {
            user: text("user")?,
            peer: text("peer")?,
            domain: text("domain")?,
            password: text("password")?,
            reconnect_after: keys::time(kind, "reconnect-after")?,
        })
    }
}

/// Reads the messages that a drill file requests; none if something is wrong.
pub fn read(said: &mut Said<'_>) -> Option<Plan> {
    let (user, peer) = (said.account("user", "100"), said.account("peer", "101"));
    if let Some(one) = user.as_ref().filter(|one| Some(*one) == peer.as_ref()) {
        let key = if said.has("peer") { "peer" } else { "user" };
        let help = "write another account: `user` sends, `peer` receives";
        said.wrong(key, format!("`{one}` would send messages to itself"), help);
    }
    let domain = said.account("domain", "lab");
    let password = said.text("password").unwrap_or("lab").to_owned();
    if password.contains(char::is_control) {
        said.wrong("password", "no password has such characters", "write what can be typed in one line");
    }
    let reconnect_after = said.silence("reconnect-after", Millis::seconds(3));
    Some(Plan { user: user?, peer: peer?, domain: domain?, password, reconnect_after })
}
