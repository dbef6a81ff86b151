//! The demand of a request on the node that it reaches, for a model of a cluster.

/// The components that have to work for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand<'a> {
    /// The kernel of the node.
    Kernel,
    /// A service of the node's stack.
    Service {
        /// Its name in the stack: `web`.
        name: &'a str,
        /// The work that it does.
        effort: Effort,
    },
    /// A web server, and the database if a program generates the page.
    Page {
        /// The path of the page.
        path: &'a str,
        /// The page that lists its writes, if it writes.
        listed: Option<&'a str>,
    },
}

/// The work of a service for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Returning a packet.
    Packet,
    /// Answering a message without a connection.
    Datagram,
    /// Answering a message over a connection.
    Message,
    /// Opening a connection.
    Connection,
}

impl Demand<'_> {
    /// Whether a connection is opened for it, so that clients can distinguish a missing server from a missing
    /// answer.
    pub fn connects(&self) -> bool {
        match self {
            Self::Kernel | Self::Service { effort: Effort::Packet | Effort::Datagram, .. } => false,
            Self::Service { .. } | Self::Page { .. } => true,
        }
    }
}
