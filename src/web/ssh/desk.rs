//! What a connection asks of the back, with the session of its student.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;

use serde_json::{Value, json};

use crate::app::class::Me;
use crate::app::{AppError, Terminal};
use crate::model::InstanceName;
use crate::web::channel::{Answer, Ask, Opening, OperationRow};
use crate::web::front::back_end::{BackEnd, Talk};
use crate::web::role::{Grant, Role, Scope};

/// The back, for one connection.
#[derive(Debug, Clone)]
pub struct Desk {
    back: BackEnd,
    from: SocketAddr,
    secret: String,
    /// The instance of the student.
    pub instance: InstanceName,
}

/// The status of what was not done because the connection broke, as OpenSSH has it.
pub const BROKEN: u32 = 255;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDone {
    /// The reason, in words for the student.
    pub why: String,
    /// The exit status: 1, or [`BROKEN`].
    pub status: u32,
    /// Whether the student may not have it.
    pub is_refused: bool,
}

impl NotDone {
    /// It failed.
    pub fn failed(why: impl Into<String>) -> Self {
        Self { why: why.into(), status: 1, is_refused: false }
    }

    /// The connection to what was asked for is broken.
    fn broken(why: impl Into<String>) -> Self {
        Self { status: BROKEN, ..Self::failed(why) }
    }
}

impl From<io::Error> for NotDone {
    fn from(error: io::Error) -> Self {
        Self::broken(format!("the server does not answer: {error}"))
    }
}

impl From<AppError> for NotDone {
    fn from(error: AppError) -> Self {
        let mut text = error.message;
        for cause in error.causes {
            text.push_str(&format!(": {cause}"));
        }
        for hint in error.hints {
            text.push_str(&format!("\n  {hint}"));
        }
        Self::failed(text)
    }
}

impl From<Answer> for NotDone {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Failed(error) => error.into(),
            Answer::Refused { why } => {
                Self { is_refused: true, ..Self::failed(format!("you may not do this: {why}")) }
            }
            Answer::NotKnown => Self::broken("the session has ended: connect again"),
            _ => Self::failed("there is no such thing"),
        }
    }
}

impl Desk {
    /// Enters with a credential: the session of a student, or none.
    ///
    /// # Errors
    /// When the back does not answer, or too much was tried.
    pub async fn enter(
        back: &BackEnd,
        from: SocketAddr,
        credential: &str,
        ask: Ask,
    ) -> Result<Option<(Self, Grant)>, NotDone> {
        let opening = Opening { credential: credential.to_owned(), from: from.to_string(), ask };
        match back.once(&opening).await? {
            Answer::Entered { secret, grant } => match (&grant.role, &grant.scope) {
                (Role::Student, Scope::Instance(instance)) => {
                    let (back, instance) = (back.clone(), instance.clone());
                    Ok(Some((Self { back, from, secret, instance }, grant)))
                }
                // A token of a teacher is for programs.
                _ => {
                    let _ = back.once(&Opening { credential: secret, ask: Ask::Leave, ..opening }).await;
                    Ok(None)
                }
            },
            Answer::NotKnown => Ok(None),
            other => Err(other.into()),
        }
    }

    fn opening(&self, ask: Ask) -> Opening {
        Opening { credential: self.secret.clone(), from: self.from.to_string(), ask }
    }

    /// Ends the session.
    pub async fn leave(&self) {
        let _ = self.back.once(&self.opening(Ask::Leave)).await;
    }

    /// What the student sees of the class.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn me(&self) -> Result<Box<Me>, NotDone> {
        let ask = request("class-me", json!({ "instance": self.instance }));
        match self.back.once(&self.opening(ask)).await? {
            Answer::Looked { outcome, .. } => {
                serde_json::from_value(outcome).map_err(|error| NotDone::failed(error.to_string()))
            }
            other => Err(other.into()),
        }
    }

    /// Performs a request to its end. `more` are its arguments besides the instance.
    ///
    /// # Errors
    /// Why it was not done.
    pub async fn act(&self, name: &str, more: Value) -> Result<(), NotDone> {
        let mut arguments = json!({ "instance": self.instance });
        if let (Some(all), Some(more)) = (arguments.as_object_mut(), more.as_object()) {
            all.extend(more.clone());
        }
        let id = match self.back.once(&self.opening(request(name, arguments))).await? {
            Answer::Began { operation } => operation,
            Answer::Looked { .. } | Answer::Done => return Ok(()),
            other => return Err(other.into()),
        };
        let mut channel = self.back.ask(&self.opening(Ask::Follow { id, from: 0 })).await?;
        while let Some(answer) = channel.next().await? {
            match answer {
                Answer::Message { event, data, .. } if event == "end" => return ended(data),
                Answer::Message { .. } => {}
                other => return Err(other.into()),
            }
        }
        Err(NotDone::broken("the server does not answer"))
    }

    /// A connection into the instance, and what keeps it open.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn jump(&self, target: String) -> Result<(TcpStream, Talk), NotDone> {
        let ask = Ask::Jump { instance: self.instance.clone(), target };
        let (descriptor, talk) = self.descriptor(ask).await?;
        Ok((TcpStream::from(descriptor), talk))
    }

    /// A terminal, and what keeps it open.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn terminal(&self, terminal: Terminal) -> Result<(OwnedFd, Talk), NotDone> {
        self.descriptor(Ask::Terminal(terminal)).await
    }

    async fn descriptor(&self, ask: Ask) -> Result<(OwnedFd, Talk), NotDone> {
        Ok(self.back.terminal(&self.opening(ask)).await??)
    }
}

fn request(name: &str, arguments: Value) -> Ask {
    Ask::Request { name: name.to_owned(), arguments }
}

fn ended(row: Value) -> Result<(), NotDone> {
    let row: OperationRow =
        serde_json::from_value(row).map_err(|error| NotDone::failed(error.to_string()))?;
    match row.operation.ended {
        Some(ended) => ended.error.map_or(Ok(()), |error| Err(error.into())),
        None => Err(NotDone::broken("it was ended before it was done")),
    }
}
