//! What the errors of a connection mean for the client that has it. Pure.

use std::io;

use crate::record::Answer;

/// What an error of the connection means for the client.
pub fn outcome_of(error: &io::Error, connected: bool) -> Answer {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Answer::Refused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Answer::Reset
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Answer::NoRoute
        }
        io::ErrorKind::TimedOut if connected => Answer::Timeout,
        io::ErrorKind::TimedOut => Answer::ConnectTimeout,
        _ => Answer::Other { message: error.to_string() },
    }
}
