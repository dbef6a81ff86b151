//! One channel: whose credential it is, whether that person may ask this, and the answer.

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::hours::Guard;
use super::limits::Reached;
use super::relay::look;
use super::stream::Sink;
use super::{Back, jump, operation, records};
use crate::app::history::{self, Operation};
use crate::app::{AnyRequest, AppError, Cancel, Terminal, TerminalKind, class};
use crate::base::passing::Lines;
use crate::model::{ClassName, InstanceName};
use crate::web::channel::{Answer, Ask, LONGEST_ASK, Opening, OperationRow, Resize};
use crate::web::permission::{Need, is_answered_at_once, is_name, need, offered};
use crate::web::role::{Grant, Role, Scope};

/// How long the front may take to say what it wants.
const ASKING: Duration = Duration::from_secs(5);

/// The most operations of one list.
const MOST_OPERATIONS: usize = 500;

/// The note of a front that says what it may not say.
const NOT_UNDERSTOOD: &str = "a message of the front was not understood";

/// What a person asks.
pub struct Asked<'a> {
    /// The back.
    pub back: &'a Back,
    /// The person.
    pub grant: Grant,
    /// The address of the person's program.
    pub from: &'a str,
    /// Where answers go.
    pub sink: &'a Sink,
    /// What the front says after its ask.
    lines: Mutex<Lines>,
}

/// Why there is no answer.
enum No {
    Refused(String),
    NotOffered,
    Failed(AppError),
}

impl From<AppError> for No {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// The process without rights that a channel comes from. What one of them does not do, it is not answered: it
/// may have been taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// That of browsers.
    Page,
    /// That of SSH.
    Ssh,
}

impl Door {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "the page",
            Self::Ssh => "SSH",
        }
    }

    fn leads_to(self, ask: &Ask) -> bool {
        match (self, ask) {
            (_, Ask::Enter | Ask::Leave | Ask::Request { .. } | Ask::Follow { .. } | Ask::Terminal(_)) => {
                true
            }
            (Self::Ssh, ask) => matches!(ask, Ask::EnterByKey { .. } | Ask::Jump { .. }),
            (Self::Page, ask) => !matches!(ask, Ask::EnterByKey { .. } | Ask::Jump { .. }),
        }
    }
}

/// Answers what comes over a channel.
pub fn answer(back: &Back, stream: UnixStream, door: Door) {
    let opened = stream.set_read_timeout(Some(ASKING)).ok().and_then(|()| {
        let mut lines = Lines::of(stream.try_clone().ok()?, LONGEST_ASK);
        let line = lines.next().ok()??;
        Some((serde_json::from_slice::<Opening>(&line).ok()?, lines))
    });
    // The front says nothing else. If it does, it was taken over.
    let Some((opening, lines)) = opened else { return back.audit.note(NOT_UNDERSTOOD) };
    let sink = Sink::of(stream);
    let answer = match &opening.ask {
        ask if !door.leads_to(ask) => {
            back.audit.note(&format!("the process of {door:?} asked what it never asks: {}", named(ask)));
            Answer::NotOffered
        }
        Ask::Enter => entered(back, &opening, back.enter(&opening.credential, &opening.from, door)),
        Ask::EnterByKey { student, key } => entered(back, &opening, back.enter_by_key(student, key)),
        ask => match back.tokens.grant(&opening.credential) {
            Ok(Some(grant)) => match back.limits.ask(&grant, door, Instant::now()) {
                Ok(_counted) => {
                    let lines = Mutex::new(lines);
                    let asked = Asked { back, grant, from: &opening.from, sink: &sink, lines };
                    asked.answer(ask, &opening.credential)
                }
                Err(reached) => Answer::Failed(limited(back, (&grant, &opening.from), &named(ask), reached)),
            },
            Ok(None) => Answer::NotKnown,
            Err(error) => Answer::Failed(error),
        },
    };
    sink.send(&answer, None);
}

/// What a student reads who has reached a limit. The audit has a line, but not one for each request of a
/// flood.
fn limited(back: &Back, (grant, from): (&Grant, &str), what: &str, reached: Reached) -> AppError {
    if reached.is_news {
        back.audit.write(Some(grant), from, what, &format!("refused: {}", reached.error.message));
    }
    reached.error
}

fn entered(back: &Back, opening: &Opening, session: Result<Option<(String, Grant)>, AppError>) -> Answer {
    let what = named(&opening.ask);
    match session {
        Ok(Some((secret, grant))) => {
            back.audit.write(Some(&grant), &opening.from, &what, "a session");
            Answer::Entered { secret, grant }
        }
        Ok(None) => {
            // A client tries all keys that it has, and each would be a line.
            if !matches!(opening.ask, Ask::EnterByKey { .. }) {
                back.audit.write(None, &opening.from, &what, "refused: no such link, token or code");
            }
            Answer::NotKnown
        }
        Err(error) => Answer::Failed(error),
    }
}

impl Asked<'_> {
    /// Does work that ends when the front closes the channel. The front may tell sizes meanwhile, as far as
    /// they are taken; anything else ends the channel.
    pub fn while_said<T>(
        &self,
        take: impl Fn([u16; 2]) -> bool + Sync,
        work: impl FnOnce(&Cancel) -> T,
    ) -> T {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let hear = |line: &[u8]| {
            let understood = serde_json::from_slice::<Resize>(line).is_ok_and(|told| take(told.size()));
            if !understood {
                self.back.audit.note(NOT_UNDERSTOOD);
            }
            understood
        };
        self.sink.while_talking(&mut lines, hear, work)
    }

    fn answer(&self, ask: &Ask, credential: &str) -> Answer {
        self.tried(ask, credential).unwrap_or_else(|no| {
            let (why, answer) = match no {
                No::Failed(error) => return Answer::Failed(error),
                No::NotOffered => ("refused: not offered".to_owned(), Answer::NotOffered),
                No::Refused(why) => (format!("refused: {why}"), Answer::Refused { why }),
            };
            self.back.audit.write(Some(&self.grant), self.from, &named(ask), &why);
            answer
        })
    }

    fn tried(&self, ask: &Ask, credential: &str) -> Result<Answer, No> {
        match ask {
            Ask::Enter | Ask::EnterByKey { .. } => Err(No::NotOffered),
            Ask::Session => Ok(Answer::Session(self.grant.clone())),
            Ask::Leave => self.back.tokens.end(credential).map(|()| Answer::Done).map_err(No::Failed),
            Ask::Request { name, arguments } => self.request(name, arguments),
            Ask::Operations { about, limit } => self.operations(about.as_ref(), *limit),
            Ask::Operation { id } => Ok(operations_answer(vec![self.operation(id)?])),
            Ask::Stop { id } => self.stop(id),
            Ask::Follow { id, from } => {
                self.operation(id)?;
                operation::follow(self, id, *from)?;
                Ok(Answer::Done)
            }
            Ask::Overview => {
                self.back.live.overview(&self.grant.scope, self.sink);
                Ok(Answer::Done)
            }
            Ask::Watch { instance } => {
                self.may(&Need::to_look_at(instance))?;
                self.back.live.watch(instance, self.sink);
                Ok(Answer::Done)
            }
            Ask::Me { instance } => {
                self.may(&Need::to_look_at(instance))?;
                self.back.live.me(instance, self.sink);
                Ok(Answer::Done)
            }
            Ask::Board => {
                self.may(&Need::to_look_everywhere())?;
                self.back.live.board(self.sink);
                Ok(Answer::Done)
            }
            Ask::Terminal(terminal) => self.terminal(terminal),
            Ask::Jump { instance, target } => {
                self.jump(ask, class::Jump { instance: instance.clone(), target: target.clone() })
            }
            Ask::Look { terminal, take_over } => self.look(terminal, *take_over),
            Ask::Recording { class, name } => self.recording(ask, class, name),
            Ask::Report { instance, record } if is_name(record) => {
                self.may(&Need::to_look_at(instance))?;
                Ok(Answer::Page(records::page(&self.back.halab, instance, record)?))
            }
            Ask::Report { .. } => Err(No::NotOffered),
        }
    }

    fn may(&self, need: &Need) -> Result<(), No> {
        need.refuses(&self.grant).map_or(Ok(()), |why| Err(No::Refused(why)))
    }

    fn request(&self, name: &str, arguments: &Value) -> Result<Answer, No> {
        let mut request = parsed(name, arguments)?;
        self.may(&need(&request).ok_or(No::NotOffered)?)?;
        self.in_own_name(&mut request)?;
        if !request.changes() {
            return Ok(operation::look(self, &request)?);
        }
        self.back.limits.order(&self.grant, Instant::now()).map_err(|reached| self.limited(name, reached))?;
        self.in_time(&request)?;
        if is_answered_at_once(&request) {
            self.back.audit.write(Some(&self.grant), self.from, name, "done");
            return Ok(operation::look(self, &request)?);
        }
        let began = operation::begin(self, &request)?;
        self.back.audit.write(Some(&self.grant), self.from, name, &began);
        Ok(Answer::Began { operation: began })
    }

    /// Makes a request about a student one about the student who asks, and refuses one about another.
    fn in_own_name(&self, request: &mut AnyRequest) -> Result<(), No> {
        if let (Role::Student, AnyRequest::ClassKey(key)) = (self.grant.role, request) {
            if key.student.is_some() && key.student != self.grant.seat {
                return Err(No::Refused("it is the key of another student".to_owned()));
            }
            key.student = self.grant.seat;
        }
        Ok(())
    }

    fn limited(&self, what: &str, reached: Reached) -> No {
        No::Failed(limited(self.back, (&self.grant, self.from), what, reached))
    }

    /// Refuses a student to change something while the class does not allow it.
    fn in_time(&self, request: &AnyRequest) -> Result<(), No> {
        match &self.grant.scope {
            Scope::Instance(own) if self.grant.role == Role::Student => {
                Ok(class::permitted(&self.back.halab.state, own, request)?)
            }
            _ => Ok(()),
        }
    }

    /// Cancels what is open for a student on an instance when the student's time is over; none for others.
    pub fn in_hours(&self, instance: Option<&InstanceName>, cancel: &Cancel) -> Option<Guard> {
        let instance = instance.filter(|_| self.grant.role == Role::Student)?;
        Some(self.back.hours.guard(instance, cancel))
    }

    fn operations(&self, about: Option<&InstanceName>, limit: usize) -> Result<Answer, No> {
        match about {
            Some(instance) => self.may(&Need::to_look_at(instance))?,
            None => self.may(&Need::to_look_everywhere())?,
        }
        let mut all = history::list(&self.back.halab, about.map(InstanceName::as_str))?;
        all.reverse();
        all.truncate(limit.min(MOST_OPERATIONS));
        Ok(operations_answer(all))
    }

    /// An operation that the person may see: each of its instances.
    fn operation(&self, id: &str) -> Result<Operation, No> {
        let found = history::find(&self.back.halab, id)?;
        let instances = found.subject.iter().filter_map(|name| name.parse().ok());
        let needs: Vec<Need> = instances.map(|name| Need::to_look_at(&name)).collect();
        match needs.as_slice() {
            [] => self.may(&Need::to_look_everywhere())?,
            all => all.iter().try_for_each(|need| self.may(need))?,
        }
        Ok(found)
    }

    fn stop(&self, id: &str) -> Result<Answer, No> {
        let operation = self.operation(id)?;
        let mut instances = operation.subject.iter().filter_map(|name| name.parse().ok()).peekable();
        if instances.peek().is_none() {
            self.may(&Need::to_act_on(None))?;
        }
        instances.try_for_each(|name: InstanceName| self.may(&Need::to_act_on(Some(&name))))?;
        history::stop(&self.back.halab, id)?;
        self.back.audit.write(Some(&self.grant), self.from, "stop", id);
        Ok(Answer::Done)
    }

    fn terminal(&self, terminal: &Terminal) -> Result<Answer, No> {
        self.may(&Need::of_terminal(terminal))?;
        let counted = self.back.limits.terminal(&self.grant, Instant::now());
        let _counted = counted.map_err(|reached| self.limited("terminal", reached))?;
        if terminal.kind != TerminalKind::Logs {
            self.in_time(&AnyRequest::Terminal(terminal.clone()))?;
            let what = format!("terminal on {}", terminal.node);
            self.back.audit.write(Some(&self.grant), self.from, &what, "opened");
        }
        Ok(Answer::Ended(operation::terminal(self, terminal)?))
    }

    fn jump(&self, ask: &Ask, jump: class::Jump) -> Result<Answer, No> {
        let request = AnyRequest::ClassJump(jump.clone());
        self.may(&need(&request).ok_or(No::NotOffered)?)?;
        self.in_time(&request)?;
        jump.check(&self.halab().quiet_job()).map_err(|error| No::Refused(error.line()))?;
        let tell = |result: &str| self.back.audit.write(Some(&self.grant), self.from, &named(ask), result);
        jump::open(self, &jump, || tell("opened"))
            .inspect_err(|error| tell(&format!("failed: {}", error.line())))?;
        Ok(Answer::Done)
    }

    /// Passes on the file of a recording, before the last answer.
    fn recording(&self, ask: &Ask, class: &ClassName, name: &str) -> Result<Answer, No> {
        self.may(&Need::to_see_recordings())?;
        let (file, bytes) = class::recording(&self.back.halab.state, class, name)?;
        self.back.audit.write(Some(&self.grant), self.from, &named(ask), "opened");
        self.sink.send(&Answer::File { bytes }, Some(file.as_fd()));
        Ok(Answer::Done)
    }

    /// Looks into the terminal of a student. Who may not learns nothing of whether it is open.
    fn look(&self, id: &str, take_over: bool) -> Result<Answer, No> {
        let open = self.back.terminals.find(id);
        self.may(&Need::to_look_into(open.as_ref().map(|open| &open.instance)))?;
        let open = open.ok_or_else(look::gone)?;
        let how = if take_over { "take over" } else { "look at" };
        let what = format!("{how} the {} on {} of {}", open.kind.word(), open.node, open.instance);
        self.back.audit.write(Some(&self.grant), self.from, &what, "opened");
        look::look(self, &open, take_over)?;
        Ok(Answer::Done)
    }
}

fn operations_answer(all: Vec<Operation>) -> Answer {
    Answer::Operations(all.into_iter().map(OperationRow::from).collect())
}

fn parsed(name: &str, arguments: &Value) -> Result<AnyRequest, No> {
    offered(name, arguments)
        .ok_or(No::NotOffered)?
        .map_err(|error| No::Failed(AppError::usage("the arguments are not understood").because(error)))
}

/// What was asked, for the audit.
fn named(ask: &Ask) -> String {
    match ask {
        Ask::Request { name, .. } => name.chars().take(40).collect(),
        Ask::Watch { instance } => format!("watch {instance}"),
        Ask::Me { instance } => format!("class of {instance}"),
        Ask::Board => "class".to_owned(),
        Ask::Terminal(terminal) => format!("terminal on {}", terminal.node),
        Ask::Look { .. } => "look at a terminal".to_owned(),
        Ask::Report { instance, .. } => format!("records of {instance}"),
        Ask::Recording { name, .. } => format!("recording {}", name.chars().take(100).collect::<String>()),
        Ask::Jump { target, .. } => format!("connection to {}", target.chars().take(100).collect::<String>()),
        Ask::Enter => "enter".to_owned(),
        Ask::EnterByKey { .. } => "enter by an SSH key".to_owned(),
        Ask::Leave => "leave".to_owned(),
        Ask::Session => "session".to_owned(),
        Ask::Operations { .. } | Ask::Operation { .. } | Ask::Follow { .. } => "operations".to_owned(),
        Ask::Stop { .. } => "stop".to_owned(),
        Ask::Overview => "overview".to_owned(),
    }
}
