//! The kinds of loads. They are listed here only.

use std::io;

use super::kind::Probe;
use super::{call, packets, program, sip, web, xmpp};
use crate::model::drill::LoadKind;

/// All kinds, in the order in which they are shown.
pub static KINDS: [&dyn Probe; 10] = [
    &web::http::Http,
    &web::told::Told,
    &web::ledger::Ledger,
    &web::tcp::Tcp,
    &packets::ping::Ping,
    &packets::udp::Udp,
    &sip::Sip,
    &call::Call,
    &xmpp::Xmpp,
    &program::Program,
];

/// The kind with this name.
pub fn find(word: &str) -> Option<&'static dyn Probe> {
    KINDS.into_iter().find(|kind| kind.row().word == word)
}

/// The kind of a load.
///
/// # Errors
/// No kind has its name: the load is from the record of another program.
pub fn of(kind: &LoadKind) -> io::Result<&'static dyn Probe> {
    find(kind.word()).ok_or_else(|| {
        let message = format!("there is no kind of load `{}`", kind.word());
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}
