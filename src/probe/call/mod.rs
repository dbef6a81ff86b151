//! Telephone calls: phones of our own that register, call each other or an echo through an exchange, and send each other
//! numbered packets of voice, and of video.
//!
//! A call is no request: it is up for the whole drill, and breaks when the exchange does. Then its users hear nothing; after
//! a while they hang up and call again. So each *moment* of 20 ms is what is sampled: it is good when, on every line and
//! in both directions, its packet came. The streams themselves are in the record too, packet by packet.

mod calls;
mod device;
mod line;
mod moments;
mod rtp;
mod stream;

pub use calls::Calls;
