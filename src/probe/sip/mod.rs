//! The kind `sip`: requests to a telephone exchange over UDP that must be answered with status 200. Each is
//! sent once: a phone retransmits after 500 ms, which would hide shorter outages.
//!
//! Of SIP (RFC 3261) there is as much as a telephone needs: the text of a message, and a socket for it. It is
//! implemented here because this part is small, and because existing parsers come with whole stacks that
//! retransmit on their own, which a probe must not.

mod asking;
pub(crate) mod message;
mod phone;
pub(crate) mod sdp;
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
pub use sdp::{MediaSession, Ports};

/// The kind.
#[derive(Debug)]
pub struct Sip;

/// The name of the kind.
pub const WORD: &str = "sip";

/// The usual port of an exchange.
pub const PORT: u16 = 5060;

/// How long to wait for the exchange if a drill file sets no time-out.
pub const PATIENCE: Patience = Patience::Packet(Millis(500));

static ROW: Row = Row {
    word: WORD,
    about: "Requests to a telephone exchange.",
    traits: &[LoadTrait::Service],
    keys: &[
        Key::optional(
            "method",
            Values::Choice(&[
                ("options", "Asks whether the exchange is up and knows the account."),
                (
                    "register",
                    "Registers the account, which makes the exchange store its location. The phone that registered last is \
                     the one that rings.",
                ),
            ]),
            "The request: `\"options\"` when not given, or `\"register\"`. Each request is sent once and never \
             retransmitted, so that no outage is hidden.",
        ),
        Key::optional("user", Values::Text, "The account that sends it: `\"100\"` when not given."),
    ],
    node: true,
    port: Some(PORT),
    rate: None,
    patience: PATIENCE,
    facts: &[],
};

/// The request of a load of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Asks whether the exchange is up and knows the account.
    #[default]
    Options,
    /// Registers the account, which makes the exchange store its location. The phone that registered last is
    /// the one that rings.
    Register,
}

choice!(Method { Options = "options", Register = "register" });

impl Method {
    /// The method of the request (RFC 3261).
    pub fn word(self) -> &'static str {
        match self {
            Self::Options => "OPTIONS",
            Self::Register => "REGISTER",
        }
    }
}

/// The kind of a load that sends this request for this account.
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
