//! What one student takes of the server: channels, terminals, requests and orders.
//!
//! A student who has reached a limit slows no other one. The limits are far above what a person does in
//! several windows.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::channel::Door;
use crate::app::{AppError, ErrorKind};
use crate::model::InstanceName;
use crate::web::role::{Grant, Role, Scope};

/// The most pages, streams and terminals of a student in browsers at the same time, together with requests.
const OF_PAGE: usize = 32;

/// The most connections and words of a student over SSH at the same time.
const OF_SSH: usize = 64;

/// The most terminals of a student at the same time, in browsers and over SSH.
const TERMINALS: usize = 8;

/// Requests of any kind: how many at once, and one in how long after that.
const ASKS: Rate = Rate { burst: 60, each: Duration::from_millis(100) };

/// Requests that change something. Each takes a process.
const ORDERS: Rate = Rate { burst: 20, each: Duration::from_secs(2) };

/// How often the audit says of a student that a limit was reached.
const SAID: Duration = Duration::from_secs(60);

/// A limit of how often something is done.
#[derive(Clone, Copy)]
struct Rate {
    burst: u32,
    each: Duration,
}

/// What was done against a rate: the end of a queue that has room for the burst.
#[derive(Default)]
struct Queue(Option<Instant>);

impl Queue {
    /// Counts one time; or says how long it has to wait. What has to wait is not counted.
    fn count(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let end = self.0.map_or(now, |end| end.max(now)) + rate.each;
        let over = (end - now).checked_sub(rate.each * rate.burst).filter(|over| !over.is_zero());
        match over {
            Some(over) => Err(over),
            None => {
                self.0 = Some(end);
                Ok(())
            }
        }
    }
}

/// What a student takes now.
#[derive(Default)]
struct Account {
    page: usize,
    ssh: usize,
    terminals: usize,
    asks: Queue,
    orders: Queue,
    said: Option<Instant>,
}

/// A student: two who share an instance have limits of their own.
type Student = (InstanceName, String);

/// What all students take.
#[derive(Default)]
pub struct Limits(Mutex<BTreeMap<Student, Account>>);

/// What is counted while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Page,
    Ssh,
    Terminal,
}

impl Open {
    fn count(self, account: &mut Account) -> &mut usize {
        match self {
            Self::Page => &mut account.page,
            Self::Ssh => &mut account.ssh,
            Self::Terminal => &mut account.terminals,
        }
    }

    fn most(self) -> (usize, &'static str) {
        match self {
            Self::Page => (OF_PAGE, "requests and streams at the same time: close a page"),
            Self::Ssh => (OF_SSH, "connections at the same time: close some"),
            Self::Terminal => (TERMINALS, "terminals at the same time: close one"),
        }
    }
}

/// Something that counts until this is dropped.
pub struct Counted<'a> {
    limits: &'a Limits,
    of: Option<(Student, Open)>,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let Some((student, open)) = &self.of else { return };
        if let Some(account) = self.limits.all().get_mut(student) {
            *open.count(account) -= 1;
        }
    }
}

/// A limit that was reached.
#[derive(Debug)]
pub struct Reached {
    /// What the student reads.
    pub error: AppError,
    /// Whether the audit has to say it: it did not in the last minute.
    pub is_news: bool,
}

impl Limits {
    /// A channel of a person is open, who asks something.
    ///
    /// # Errors
    /// When a student has too many of them, or asks too often.
    pub fn ask(&self, grant: &Grant, door: Door, now: Instant) -> Result<Counted<'_>, Reached> {
        let open = if door == Door::Page { Open::Page } else { Open::Ssh };
        self.rated(grant, now, ASKS, "requests", |account| &mut account.asks)?;
        self.open(grant, open, now)
    }

    /// A person orders something that takes a process.
    ///
    /// # Errors
    /// When a student does it too often.
    pub fn order(&self, grant: &Grant, now: Instant) -> Result<(), Reached> {
        self.rated(grant, now, ORDERS, "orders", |account| &mut account.orders)
    }

    /// A person opens a terminal.
    ///
    /// # Errors
    /// When a student has too many.
    pub fn terminal(&self, grant: &Grant, now: Instant) -> Result<Counted<'_>, Reached> {
        self.open(grant, Open::Terminal, now)
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Student, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, grant: &Grant, open: Open, now: Instant) -> Result<Counted<'_>, Reached> {
        let Some(student) = student(grant) else { return Ok(Counted { limits: self, of: None }) };
        let mut all = self.all();
        let account = all.entry(student.clone()).or_default();
        let (most, what) = open.most();
        let count = open.count(account);
        if *count >= most {
            return Err(account.reached(now, format!("a student has at most {most} {what}, and try again")));
        }
        *count += 1;
        Ok(Counted { limits: self, of: Some((student, open)) })
    }

    fn rated(
        &self,
        grant: &Grant,
        now: Instant,
        rate: Rate,
        what: &str,
        queue: impl FnOnce(&mut Account) -> &mut Queue,
    ) -> Result<(), Reached> {
        let Some(student) = student(grant) else { return Ok(()) };
        let mut all = self.all();
        let account = all.entry(student).or_default();
        queue(account).count(rate, now).map_err(|wait| {
            let (minute, wait) = (60_000 / rate.each.as_millis(), wait.as_secs() + 1);
            account
                .reached(now, format!("too many {what}, {minute} in a minute: wait {wait} s, and try again"))
        })
    }
}

impl Account {
    fn reached(&mut self, now: Instant, message: String) -> Reached {
        let is_news = self.said.is_none_or(|said| now.saturating_duration_since(said) >= SAID);
        if is_news {
            self.said = Some(now);
        }
        Reached { error: AppError::new(ErrorKind::Busy, message), is_news }
    }
}

/// The student whose grant it is; none for others, who have no limits.
fn student(grant: &Grant) -> Option<Student> {
    match &grant.scope {
        Scope::Instance(own) if grant.role == Role::Student => Some((own.clone(), grant.name.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: Role, name: &str) -> Grant {
        let scope = Scope::Instance("ha1-s01".parse().unwrap());
        Grant { name: name.to_owned(), role, scope, until: jiff::Timestamp::MAX, seat: None }
    }

    #[test]
    fn a_flood_waits_and_slows_no_other_student() {
        let (limits, now) = (Limits::default(), Instant::now());
        let (siti, jose) = (grant(Role::Student, "Siti"), grant(Role::Student, "José"));
        for _ in 0..ASKS.burst {
            drop(limits.ask(&siti, Door::Page, now).map_err(|reached| reached.error).unwrap());
        }
        let reached = limits.ask(&siti, Door::Page, now).err().unwrap();
        assert!(reached.is_news, "the audit says it once in a minute");
        let error = reached.error.to_string();
        assert!(error.contains("too many requests, 600 in a minute: wait 1 s"), "{error}");
        assert!(!limits.ask(&siti, Door::Ssh, now).err().unwrap().is_news);
        assert!(limits.ask(&jose, Door::Page, now).is_ok() && limits.order(&siti, now).is_ok());
        assert!(limits.ask(&siti, Door::Page, now + ASKS.each).is_ok());
        assert!(limits.ask(&siti, Door::Page, now + ASKS.each).is_err());
        for _ in 0..1000 {
            assert!(limits.ask(&grant(Role::Operator, "Ann"), Door::Page, now).is_ok());
        }
    }

    #[test]
    fn what_is_open_counts_until_it_is_closed() {
        let (limits, now) = (Limits::default(), Instant::now());
        let siti = grant(Role::Student, "Siti");
        let mut open: Vec<_> =
            (0..TERMINALS).map(|_| limits.terminal(&siti, now).map_err(|it| it.error).unwrap()).collect();
        let error = limits.terminal(&siti, now).err().unwrap().error.to_string();
        assert!(error.contains("at most 8 terminals at the same time: close one"), "{error}");
        open.pop();
        open.push(limits.terminal(&siti, now).map_err(|it| it.error).unwrap());
        assert!(limits.terminal(&siti, now).is_err());
        let channels: Vec<_> = (0..OF_PAGE)
            .map(|_| limits.ask(&siti, Door::Page, now).map_err(|it| it.error).unwrap())
            .collect();
        assert!(limits.ask(&siti, Door::Page, now).is_err());
        assert!(limits.ask(&siti, Door::Ssh, now).is_ok(), "its own share");
        drop(channels);
        assert!(limits.ask(&siti, Door::Page, now + Duration::from_secs(60)).is_ok());
    }
}
