//! Kinds of loads that are streams of numbered packets, each of which returns or is lost.

mod modelled;
#[expect(clippy::module_inception, reason = "the stream that both kinds are")]
mod packets;
pub mod ping;
pub mod udp;
pub(crate) mod wire;
