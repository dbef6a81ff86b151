//! What the front asks of the back, and what it answers: lines of JSON over a socket of their own for each
//! ask.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::role::Grant;
use crate::app::AppError;
use crate::app::history::{Operation, Standing};
use crate::model::{ClassName, InstanceName};

/// The longest line that the front sends, in bytes.
pub const LONGEST_ASK: usize = 64 << 10;

/// The longest line that the back sends, in bytes: a report of a long drill is some megabytes.
pub const LONGEST_ANSWER: usize = 64 << 20;

/// The most columns and rows of a terminal: those who look at it take its size, and a student chooses it.
const MOST_COLUMNS: u16 = 1000;
const MOST_ROWS: u16 = 500;

/// The first line of a channel. The front says nothing after it, but for the sizes of a terminal's window.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// What the browser or the program showed; empty if nothing.
    pub credential: String,
    /// The address that it came from, for the audit.
    pub from: String,
    /// What is wanted.
    pub ask: Ask,
}

/// A new size of a terminal's window, as the browser tells it and the front passes it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// Columns and rows, as the browser says them.
    pub resize: [u16; 2],
}

impl Resize {
    /// Columns and rows that a terminal can have.
    pub fn size(self) -> [u16; 2] {
        let [columns, rows] = self.resize;
        [columns.clamp(1, MOST_COLUMNS), rows.clamp(1, MOST_ROWS)]
    }
}

/// All that the front can ask.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Ask {
    /// Exchange the key of a one-time link, or a token, for a session.
    Enter,
    /// A session for a student who has shown an SSH key to the front.
    EnterByKey {
        /// The seat.
        student: String,
        /// The public key, without a comment.
        key: String,
    },
    /// End the session.
    Leave,
    /// What the credential grants.
    Session,
    /// Perform a request of the application, by its name, with its arguments.
    Request {
        /// `drill-run`.
        name: String,
        /// Its fields.
        arguments: Value,
    },
    /// The last operations, the newest first.
    Operations {
        /// Only those about this instance.
        about: Option<InstanceName>,
        /// The most of them.
        limit: usize,
    },
    /// One operation.
    Operation {
        /// Its id.
        id: String,
    },
    /// Ask an operation to stop.
    Stop {
        /// Its id.
        id: String,
    },
    /// The events of an operation from a number on, and the later ones until it ends.
    Follow {
        /// Its id.
        id: String,
        /// The number of the first event.
        from: u64,
    },
    /// The live overview of instances and operations.
    Overview,
    /// The live status of an instance.
    Watch {
        /// The instance.
        instance: InstanceName,
    },
    /// What a student sees of the class, live.
    Me {
        /// The instance of the student.
        instance: InstanceName,
    },
    /// How the open class is doing, live.
    Board,
    /// A terminal; its descriptor comes with the answer.
    Terminal(crate::app::Terminal),
    /// A connection into the instance of a student; its descriptor comes with the answer.
    Jump {
        /// The instance.
        instance: InstanceName,
        /// A node or an address, and a port: `node1:22`.
        target: String,
    },
    /// The open terminal of a student, as it is and goes on; its descriptor comes with the answer.
    Look {
        /// Its id.
        terminal: String,
        /// Whether what is typed reaches it.
        take_over: bool,
    },
    /// A recording of an exam; the descriptor of its file comes with the answer.
    Recording {
        /// The class.
        class: ClassName,
        /// The name of the file.
        name: String,
    },
    /// The report of a record as a page.
    Report {
        /// The instance.
        instance: InstanceName,
        /// The record.
        record: String,
    },
}

/// What the back answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A session, with its secret.
    Entered {
        /// The secret, for the cookie.
        secret: String,
        /// What it grants.
        grant: Grant,
    },
    /// What the credential grants.
    Session(Grant),
    /// It is done, and there is nothing to say.
    Done,
    /// A request that only looks succeeded.
    Looked {
        /// Its outcome.
        outcome: Value,
        /// Its events.
        events: Vec<Value>,
    },
    /// A request that changes something has begun.
    Began {
        /// The id of the operation.
        operation: String,
    },
    /// Operations.
    Operations(Vec<OperationRow>),
    /// A message of a stream.
    Message {
        /// The kind of the message.
        event: String,
        /// The place to go on from.
        id: Option<u64>,
        /// Its content.
        data: Value,
    },
    /// A terminal is open; its descriptor comes with this line. Messages about it can follow: `watched`,
    /// `recorded` and `size`.
    Terminal,
    /// A file; its descriptor comes with this line.
    File {
        /// Its size in bytes. It may grow.
        bytes: u64,
    },
    /// The program of a terminal has ended, with this status: as a shell has it, 128 and more for a signal.
    Ended(u8),
    /// A page.
    Page(String),
    /// The credential is none, or has ended.
    NotKnown,
    /// The credential does not allow it.
    Refused {
        /// What would be needed.
        why: String,
    },
    /// There is no such thing to ask for.
    NotOffered,
    /// The request failed.
    Failed(AppError),
}

/// An operation with its state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OperationRow {
    /// The operation.
    #[serde(flatten)]
    pub operation: Operation,
    /// Its state now.
    pub standing: Standing,
}

impl From<Operation> for OperationRow {
    fn from(operation: Operation) -> Self {
        let standing = operation.standing();
        Self { operation, standing }
    }
}
