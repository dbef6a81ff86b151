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
    /// The network namespace belongs to an instance of another state folder, or to an unknown owner.
    #[error("the network namespace {namespace} {}", owned(.owner.as_deref()))]
    NameTaken {
        /// The namespace.
        namespace: String,
        /// The folder of the instance that it belongs to.
        owner: Option<PathBuf>,
    },
    /// An instance with the same addresses has joined the bridge.
    #[error("the instance in {} has the same addresses, and is on the bridge {bridge} already", .other.display())]
    Joined {
        /// The bridge.
        bridge: String,
        /// The folder of the other instance.
        other: PathBuf,
    },
    /// The machine has no default route.
    #[error("this machine has no default route, and nodes with `internet = true` need one")]
    NoWayOut,
    /// Each address pair for an uplink is taken.
    #[error("all addresses for uplinks are taken (198.18.0.0/15, /run/halab/uplinks)")]
    NoPair,
    /// Processes did not end.
    #[error("{what} did not end within {limit_s} s")]
    WouldNotEnd {
        /// The processes.
        what: String,
        /// The limit, in seconds.
        limit_s: u64,
    },
}

fn owned(owner: Option<&std::path::Path>) -> String {
    match owner {
        Some(folder) => format!("belongs to the instance in {}", folder.display()),
        None => "exists, and no instance has claimed it".to_owned(),
    }
}

impl From<HostError> for ProviderError {
    fn from(error: HostError) -> Self {
        let told = |hint: &str, error: &HostError| ProviderError::Missing {
            what: error.to_string(),
            hint: hint.to_owned(),
        };
        match error {
            HostError::NameTaken { owner: Some(_), .. } => told(
                "choose another name with `--as NAME`, or take that instance down with its `--state`",
                &error,
            ),
            HostError::NameTaken { owner: None, .. } => {
                told("if nothing needs it, `ip netns delete` removes it", &error)
            }
            HostError::Joined { .. } => told("only one of them can be on the bridge at a time", &error),
            HostError::NoWayOut => {
                told("connect the machine, or bring the lab up without `internet`", &error)
            }
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
