//! What a teacher says to a class: messages, more time, a stop, other values.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::class::log::Event;
use crate::class::roster::Seat;
use crate::model::{ClassName, Millis};

/// The longest message, in characters.
const LONGEST: usize = 1000;

/// Says something to a student, or to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Say {
    /// The class. Default: the one that is open.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// The student: a seat or a name. Default: all.
    #[serde(default)]
    pub student: Option<String>,
    /// The text.
    pub text: String,
}

/// Gives a student, or all, more time. Where the time is over already, it begins again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Extend {
    /// The class. Default: the one that is open.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// The student: a seat or a name. Default: all.
    #[serde(default)]
    pub student: Option<String>,
    /// How much longer.
    pub by: Millis,
}

/// Stops the work of a student, or of all, or lets it go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Freeze {
    /// The class. Default: the one that is open.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// The student: a seat or a name. Default: all.
    #[serde(default)]
    pub student: Option<String>,
    /// Let it go on.
    #[serde(default)]
    pub end: bool,
}

/// Gives a student other values of the variables, from the next start of an exercise on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reseed {
    /// The class. Default: the one that is open.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// The student: a seat or a name.
    pub student: String,
}

impl Request for Say {
    type Outcome = ();
    const NAME: &'static str = "class say";

    fn changes(&self) -> Option<Subject> {
        subject(self.class.as_ref())
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let text = self.text.trim();
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(AppError::usage(format!("a message has 1 to {LONGEST} characters")));
        }
        order(job, self.class.as_ref(), self.student.as_deref(), |_, seat| Event::Said {
            seat,
            text: text.to_owned(),
        })
        .map(drop)
    }
}

impl Request for Extend {
    /// Until when it goes on now.
    type Outcome = Timestamp;
    const NAME: &'static str = "class extend";

    fn changes(&self) -> Option<Subject> {
        subject(self.class.as_ref())
    }

    fn perform(&self, job: &Job) -> Result<Timestamp, AppError> {
        let now = Timestamp::now();
        let by = self.by.duration();
        let mut until = now;
        order(job, self.class.as_ref(), self.student.as_deref(), |room, seat| {
            let planned = match seat {
                Some(seat) => room.register.until(seat, room.class.ends),
                None => room.class.ends,
            };
            until = later(planned.map_or(now, |planned| planned.max(now)), by);
            Event::Extended { seat, until }
        })?;
        Ok(until)
    }
}

impl Request for Freeze {
    type Outcome = ();
    const NAME: &'static str = "class freeze";

    fn changes(&self) -> Option<Subject> {
        subject(self.class.as_ref())
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let frozen = !self.end;
        order(job, self.class.as_ref(), self.student.as_deref(), |_, seat| Event::Frozen { seat, frozen })
            .map(drop)
    }
}

impl Request for Reseed {
    type Outcome = ();
    const NAME: &'static str = "class reseed";

    fn changes(&self) -> Option<Subject> {
        subject(self.class.as_ref())
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let seat = room.place(room.seat(&self.student)?)?.bench.seat;
        room.folder.append(|_| Ok::<_, AppError>(vec![Event::Reseeded { seat }])).map(drop)
    }
}

fn subject(class: Option<&ClassName>) -> Option<Subject> {
    Some(Subject(class.iter().map(ToString::to_string).collect()))
}

/// Writes down an order to the bench of a student, or to all.
fn order(
    job: &Job,
    class: Option<&ClassName>,
    student: Option<&str>,
    event: impl FnOnce(&Room, Option<Seat>) -> Event,
) -> Result<(), AppError> {
    let room = Room::of(&job.state, class)?;
    let seat = match student {
        Some(student) => Some(room.place(room.seat(student)?)?.bench.seat),
        None => None,
    };
    let event = event(&room, seat);
    room.folder.append(|_| Ok::<_, AppError>(vec![event])).map(drop)
}

fn later(from: Timestamp, by: Duration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}
