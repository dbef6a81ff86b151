//! The kind `sip`: requests to a telephone exchange over UDP, answered with status 200. Each is sent once: a
//! phone repeats what is not answered after 500 ms, and would hide an outage that is shorter.
//!
//! SIP (RFC 3261) as much of it as a telephone needs: the text of a message, and a socket for it. It is
//! written here, because what is needed of it is small, and parsers of it come with whole stacks that repeat
//! requests by themselves, which a probe must not.

mod asking;
mod message;
mod phone;
mod sdp;
mod socket;

use std::io;

use mio::Registry;

use crate::model::Millis;
use crate::model::choice::choice;
use crate::model::demand::{Demand, Effort};
use crate::model::drill::{LoadKind, LoadTrait};
use crate::probe::clients::Clients;
use crate::probe::keys::{Key, Said, Values, text, value};
use crate::probe::kind::{self, Patience, Probe, Row};
use asking::Requests;
pub use phone::{Heard, Phone};
pub use sdp::{Ports, Session};

/// The kind.
#[derive(Debug)]
pub struct Sip;

/// The word of the kind.
pub const WORD: &str = "sip";

/// The usual port of an exchange.
pub const PORT: u16 = 5060;

/// How long an exchange is waited for when a drill file does not say.
pub const PATIENCE: Patience = Patience::Packet(Millis(500));

static ROW: Row = Row {
    word: WORD,
    about: "Requests to a telephone exchange.",
    traits: &[LoadTrait::Service],
    keys: &[
        Key::optional(
            "method",
            Values::Choice(&[
                ("options", "Whether the exchange is there and knows the account."),
                (
                    "register",
                    "That the account is here: the exchange has to write it down. The phone that asked last is the one that \
                     rings.",
                ),
            ]),
            "What is asked: `\"options\"` when not given, or `\"register\"`. Each request is sent once and never repeated, so \
             that no outage is hidden.",
        ),
        Key::optional("user", Values::Text, "The account that asks: `\"100\"` when not given."),
    ],
    node: true,
    port: Some(PORT),
    rate: None,
    patience: PATIENCE,
    facts: &[],
};

/// What a load of the kind asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Whether the exchange is there and knows the account.
    #[default]
    Options,
    /// That the account is here: the exchange has to write it down. The phone that asked last is the one that
    /// rings.
    Register,
}

choice!(Method { Options = "options", Register = "register" });

impl Method {
    /// The word in a request (RFC 3261).
    pub fn word(self) -> &'static str {
        match self {
            Self::Options => "OPTIONS",
            Self::Register => "REGISTER",
        }
    }
}

/// The kind of a load that asks this in the name of this account.
pub fn kind(method: Method, user: &str) -> LoadKind {
    let method = crate::model::Choice::name(method);
    ROW.kind([("method", method.into()), ("user", user.into())])
}

impl Probe for Sip {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind> {
        let method = said.text("method").and_then(|word| word.parse().ok()).unwrap_or_default();
        Some(kind(method, &said.account("user", "100")?))
    }

    fn accounts(&self, kind: &LoadKind) -> Vec<String> {
        let registers = kind.text("method") == Some(crate::model::Choice::name(Method::Register));
        kind.text("user").filter(|_| registers).map(str::to_owned).into_iter().collect()
    }

    fn open<'l>(
        &self,
        clients: &'l Clients<'l>,
        registry: Registry,
    ) -> io::Result<Box<dyn kind::Session + 'l>> {
        let kind = &clients.load.kind;
        let method = value(kind, "method", |word| word.parse().ok())?;
        Ok(Box::new(Requests::new(clients, &registry, method, text(kind, "user")?)?))
    }

    fn demand<'k>(&self, _kind: &'k LoadKind) -> Demand<'k> {
        Demand::Service { name: "sip", effort: Effort::Datagram }
    }
}
