//! SIP over UDP (RFC 3261), as much of it as a telephone needs: the text of a message, and a socket for it.
//!
//! Written here, because what is needed of it is small, and parsers of it come with whole stacks that repeat requests by
//! themselves, which a probe must not.

mod message;
mod phone;
mod requests;
mod sdp;
mod socket;

pub use phone::{Heard, Phone};
pub use requests::SipRequests;
pub use sdp::{Ports, Session};
