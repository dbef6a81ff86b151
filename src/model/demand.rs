//! What a request asks of the node that it reaches, as a model of a cluster has to know it.

/// What has to work for an answer to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand<'a> {
    /// The kernel of the node.
    Kernel,
    /// A service of the node's stack.
    Service {
        /// Its name in the stack: `web`.
        name: &'a str,
        /// What is done by it.
        effort: Effort,
    },
    /// A web server, and the database if a program makes the page.
    Page {
        /// The path of the page.
        path: &'a str,
        /// The page that lists what this one writes, if it writes.
        listed: Option<&'a str>,
    },
}

/// What a service does for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// A packet is sent back.
    Packet,
    /// A message without a connection is answered.
    Datagram,
    /// A message over a connection is answered.
    Message,
    /// A connection is opened.
    Connection,
}

impl Demand<'_> {
    /// Whether a connection is opened for it, so that clients can tell that nobody is there from no answer.
    pub fn connects(&self) -> bool {
        match self {
            Self::Kernel | Self::Service { effort: Effort::Packet | Effort::Datagram, .. } => false,
            Self::Service { .. } | Self::Page { .. } => true,
        }
    }
}
