//! Maps errors of a connection to the answers that a client records. Pure.

use std::io;

use crate::record::Answer;

/// The answer that an error of the connection stands for.
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
