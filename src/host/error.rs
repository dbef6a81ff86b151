//! Errors of an embedded host.

use std::path::PathBuf;

use crate::work::ProviderError;

/// Why an operation on an embedded host failed.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A file could not be read or written.
    #[error("cannot use the state folder")]
    Io(#[from] std::io::Error),
    /// A system call was refused.
    #[error("cannot {what}")]
    System {
        /// The operation.
        what: &'static str,
        /// The kernel's error.
        #[source]
        source: std::io::Error,
    },
    /// A tool of the machine could not be started.
    #[error("cannot run `{tool}`")]
    Tool {
        /// Its name.
        tool: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A tool of the machine failed.
    #[error("`{command}` failed: {said}")]
    Command {
        /// The command line.
        command: String,
        /// Its standard error.
        said: String,
    },
    /// The state folder's path is too long for a socket in it.
    #[error("the path {path} is too long for a socket ({length} of at most {limit} bytes)")]
    SocketPath {
        /// The socket.
        path: PathBuf,
        /// Its length.
        length: usize,
        /// The kernel's limit.
        limit: usize,
    },
    /// The libvirt daemon did not start.
    #[error("the libvirt daemon of the embedded host {what}")]
    Daemon {
        /// The failure: `ended at once`, `did not answer within 30 s`.
        what: String,
        /// The last lines of its log.
        log: String,
    },
    /// Each number for the user of an instance is taken.
    #[error("all {count} user numbers for instances are taken (/run/halab/users)")]
    NoUser {
        /// How many there are.
        count: u32,
    },
    /// Processes did not end.
    #[error("{what} did not end within {limit_s} s")]
    WouldNotEnd {
        /// The processes.
        what: String,
        /// The limit, in seconds.
        limit_s: u64,
    },
}

impl From<HostError> for ProviderError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Cancelled => ProviderError::Cancelled,
            HostError::Tool { tool, source } if source.kind() == std::io::ErrorKind::NotFound => {
                ProviderError::Missing {
                    what: format!("`{tool}` is not installed"),
                    hint: "`lab doctor` lists what is missing and the packages that have it".to_owned(),
                }
            }
            HostError::System { what, source } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                ProviderError::Missing {
                    what: format!("not permitted to {what}"),
                    hint: "run the command as root, for instance with `sudo`".to_owned(),
                }
            }
            HostError::Daemon { what, log } => ProviderError::Host {
                what: format!("the libvirt daemon of the embedded host {what}"),
                source: log.into(),
            },
            error => {
                ProviderError::Host { what: "the embedded host refused".to_owned(), source: Box::new(error) }
            }
        }
    }
}
