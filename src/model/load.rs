//! What the clients of a drill do.

use serde::{Deserialize, Serialize};

use super::{AddressName, LoadName, Millis, NodeName};

/// A stream of requests through a virtual address, open loop: request *k* is due at a fixed time, whatever became
/// of those before it, and its response time counts from that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Its name.
    pub name: LoadName,
    /// The virtual address that is asked.
    pub address: AddressName,
    /// The node that is asked instead, at its own address in the same network: what clients see of a node whether it
    /// holds the virtual address or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
    /// The TCP or UDP port; 0 for a ping, which has none.
    pub port: u16,
    /// Requests or packets per second, at least 1.
    pub rate: u32,
    /// How long a connection may take to open. At most 500 ms: the kernel repeats a lost SYN after 1 s, and a probe
    /// that waited for it would round every outage up to whole seconds. Packets have no connection; it is their
    /// time-out.
    pub connect_timeout: Millis,
    /// How long a request may take in all, from the time that it is sent. A packet that is answered later is lost.
    pub timeout: Millis,
    /// What is asked.
    pub kind: LoadKind,
}

impl Load {
    /// The time between two requests, in nanoseconds.
    pub fn interval_ns(&self) -> u64 {
        1_000_000_000 / u64::from(self.rate.max(1))
    }
}

/// What a load asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum LoadKind {
    /// A page that must be answered with status 200 and this text in its body.
    Http {
        /// The path, starting with `/`.
        path: String,
        /// The text that the body must contain.
        expect: String,
        /// Whether each request has a connection of its own.
        #[serde(default, skip_serializing_if = "Connection::is_new")]
        connection: Connection,
    },
    /// A page that measures something itself, and tells how long that took in a line `<word> <low> to <high> ms`.
    Told {
        /// The path, starting with `/`.
        path: String,
        /// The word.
        word: String,
    },
    /// Writes of numbers that are never used twice, each answered `ok <number>` once it is committed, and at the end
    /// one page that lists all that are there.
    Ledger {
        /// The path that a number is appended to: `/append.php?id=`.
        append: String,
        /// The path of the page that lists them, one a line.
        read: String,
    },
    /// A connection that opens, and is closed at once: the port is served, whatever is behind it.
    Tcp,
    /// Echo requests (ICMP): the address is there, whatever is served at it.
    Ping,
    /// Numbered packets to a responder that sends each of them back (RFC 862, the stack `echo`).
    Udp,
    /// Requests to a telephone exchange over UDP, answered with status 200. Each is sent once: a phone repeats what is
    /// not answered after 500 ms, and would hide an outage that is shorter.
    Sip {
        /// What is asked.
        method: SipMethod,
        /// The account that asks: `100`.
        user: String,
    },
    /// Telephone calls that are up all the time, with voice in both directions.
    Call(CallPlan),
    /// Chat messages from one account to another.
    Xmpp(ChatPlan),
}

impl LoadKind {
    /// The word that a drill file has for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Http { .. } => "http",
            Self::Told { .. } => "told",
            Self::Ledger { .. } => "ledger",
            Self::Tcp => "tcp",
            Self::Ping => "ping",
            Self::Udp => "udp",
            Self::Sip { .. } => "sip",
            Self::Call(_) => "call",
            Self::Xmpp(_) => "xmpp",
        }
    }

    /// Whether it asks what the lab is there for, so that outages can be measured on it. That an address or a port is
    /// there is no service, and writes have figures of their own.
    pub fn is_service(&self) -> bool {
        match self {
            Self::Http { .. } | Self::Sip { .. } | Self::Call(_) | Self::Xmpp(_) => true,
            Self::Told { .. } | Self::Ledger { .. } | Self::Tcp | Self::Ping | Self::Udp => false,
        }
    }

    /// Whether it is a stream of packets and not of requests: answered or lost, at up to 1000 a second. Those of calls are
    /// its moments of 20 ms.
    pub fn is_packets(&self) -> bool {
        matches!(self, Self::Ping | Self::Udp | Self::Call(_))
    }

    /// Whether its requests go over connections that stay open.
    pub fn keeps_connections(&self) -> bool {
        matches!(self, Self::Http { connection: Connection::Kept, .. })
    }
}

/// What becomes of the connection of an HTTP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// Each request opens one, as a visitor does who comes for the first time.
    #[default]
    New,
    /// A request takes one that is open and idle if there is any, as browsers and proxies do. What is under way on it when
    /// the server dies waits for its time-out.
    Kept,
}

impl Connection {
    /// Whether it is what a drill has that does not say.
    fn is_new(&self) -> bool {
        *self == Self::New
    }
}

/// What a load of kind `sip` asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SipMethod {
    /// Whether the exchange is there and knows the account.
    #[default]
    Options,
    /// That the account is here: the exchange has to write it down. The phone that asked last is the one that rings.
    Register,
}

impl SipMethod {
    /// The word in a request (RFC 3261).
    pub fn word(self) -> &'static str {
        match self {
            Self::Options => "OPTIONS",
            Self::Register => "REGISTER",
        }
    }
}

/// Telephone calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPlan {
    /// How many at a time, 1 to 10.
    pub calls: u32,
    /// Who is called.
    pub to: CallTo,
    /// The number of the echo.
    pub number: String,
    /// The account of the first phone. The others have the numbers after it.
    pub user: u32,
    /// After how long without a voice users hang up and call again.
    pub redial_after: Millis,
    /// For how long a phone keeps what has come before it is heard. What comes later than that is lost to its user.
    pub buffer: Millis,
    /// The rate of the video that goes with each voice, in thousands of bits a second; none for no video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_kbps: Option<u32>,
}

impl CallPlan {
    /// How many phones it takes.
    pub fn phones(&self) -> u32 {
        match self.to {
            CallTo::Echo => self.calls,
            CallTo::Phone => 2 * self.calls,
        }
    }
}

/// Chat messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatPlan {
    /// The account that sends.
    pub user: String,
    /// The account that they are for.
    pub peer: String,
    /// The domain that both are in.
    pub domain: String,
    /// The password of both.
    pub password: String,
    /// After how long without a message users give a connection up and log in again.
    pub reconnect_after: Millis,
}

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallTo {
    /// A number at which the exchange sends back what it hears.
    #[default]
    Echo,
    /// A second phone.
    Phone,
}
