//! Chat over XMPP (RFC 6120, 6121): two accounts log in, and one sends the other numbered messages.

mod chat;
mod login;
mod session;
mod stanza;

pub use chat::Chat;
