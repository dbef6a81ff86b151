//! The live status of an instance, emitted whenever it changes.
//!
//! ```text
//! one thread for each node ── addresses and roles, over SSH ───────┐
//! one thread for each health check ────────────────────────────────┼▶ Answers ──▶ Status, if it changed
//! this thread: the host, faults in force, the command at work ─────┘
//! ```
//!
//! Nodes report by themselves when an address comes or goes, or a role changes. A check waits until a service
//! is healthy, and is repeated while it is. There is no event for a machine that is stopped by a signal, so
//! the host is asked twice a second.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Status;
use super::answers::{Answers, Health};
use super::ask::{answers, around, trouble};
use super::listing::{self, Heard};
use crate::app::error::AppError;
use crate::app::event::What;
use crate::app::exec::DAY_S;
use crate::app::job::Job;
use crate::app::provider;
use crate::app::request::Request;
use crate::base::budget::{Bytes, Rate};
use crate::base::threads;
use crate::guest::keeper;
use crate::guest::{Limits, SshError};
use crate::instance::Instance;
use crate::model::spec::HealthCheck;
use crate::model::{InstanceName, Node, NodeName};
use crate::provider::Provider;

/// How often the host, the faults and the command at work are checked.
const HOST: Duration = Duration::from_millis(500);

/// The delay before a healthy service is checked again.
const CHECK: Duration = Duration::from_secs(2);

/// How long a service may take to answer before it is called unhealthy.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many bytes of lists a node may send at once, and in a second in the long run.
const LISTED: (u64, u64) = (1 << 20, 64 << 10);

/// The delay before a node that does not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Watches an instance until it is cancelled or the instance is gone: emits [`What::Status`] at the beginning
/// and whenever it changes. Returns the last status.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Watch {
    /// The instance. Default: the only one.
    pub instance: Option<InstanceName>,
}

impl Request for Watch {
    type Outcome = Status;
    const NAME: &'static str = "watch";

    fn perform(&self, job: &Job) -> Result<Status, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let mut instance = job.describe(&name)?;
        let mut teller = Teller { job, last: None };
        loop {
            let provider = provider::of(job, &instance)?;
            let ended = match provider.capabilities().machines {
                true => watch_guests(&mut teller, &instance, provider.as_ref())?,
                false => watch_model(&mut teller, &instance)?,
            };
            match (ended, teller.last) {
                (Ended::Changed(new), last) => (instance, teller.last) = (*new, last),
                (_, Some(last)) => return Ok(last),
                (_, None) => return answers(job, &instance).map(|answers| answers.status(&instance)),
            }
        }
    }
}

/// Why a description of an instance is no longer watched.
enum Ended {
    /// The watch was cancelled.
    Cancelled,
    /// The instance is gone.
    Gone,
    /// It has another description.
    Changed(Box<Instance>),
}

/// The status that was emitted last.
struct Teller<'a> {
    job: &'a Job,
    last: Option<Status>,
}

impl Teller<'_> {
    fn tell(&mut self, status: Status) {
        if self.last.as_ref() != Some(&status) {
            self.job.emit(What::Status { status: Box::new(status.clone()) });
            self.last = Some(status);
        }
    }

    /// Whether the watch of this description is over.
    fn ended(&self, instance: &Instance) -> Option<Ended> {
        if self.job.asked_to_stop() {
            return Some(Ended::Cancelled);
        }
        match Instance::load(&self.job.state, &instance.name) {
            Ok(Some(found)) if found == *instance => None,
            Ok(Some(found)) => Some(Ended::Changed(Box::new(found))),
            // Incomplete for a moment while it is written, and gone when its folder is.
            _ => (!self.job.state.instance(&instance.name).exists()).then_some(Ended::Gone),
        }
    }
}

fn watch_model(teller: &mut Teller<'_>, instance: &Instance) -> Result<Ended, AppError> {
    loop {
        if let Some(ended) = teller.ended(instance) {
            return Ok(ended);
        }
        teller.tell(answers(teller.job, instance)?.status(instance));
        std::thread::sleep(HOST);
    }
}

/// The answers so far, shared by the threads of one watch.
struct Board {
    answers: Mutex<Answers>,
    news: Condvar,
    over: AtomicBool,
    /// Ends what is listened to on a node that no longer runs, or on all nodes when the watch is over. A
    /// machine that stood still for a moment keeps its connection, and its addresses must be read again.
    deaf: BTreeMap<NodeName, AtomicBool>,
}

impl Board {
    fn end(&self) {
        // In this order, as `listen` looks at them in the other.
        self.over.store(true, Ordering::SeqCst);
        self.deaf.values().for_each(|deaf| deaf.store(true, Ordering::SeqCst));
        self.news.notify_all();
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Answers)) {
        change(&mut self.answers());
        self.news.notify_all();
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Waits for news, with a time limit.
    fn wait(&self, span: Duration) {
        drop(self.news.wait_timeout(self.answers(), span));
    }

    /// Waits for a duration, or until the watch is over.
    fn pause(&self, span: Duration) {
        let over = |_: &mut Answers| !self.is_over();
        drop(self.news.wait_timeout_while(self.answers(), span, over));
    }
}

fn watch_guests(
    teller: &mut Teller<'_>,
    instance: &Instance,
    provider: &dyn Provider,
) -> Result<Ended, AppError> {
    let job = teller.job;
    // Later descriptions come with a restore: a status must not wait then for services that are just being
    // stopped.
    let first = match teller.last {
        None => answers(job, instance)?,
        Some(_) => around(job, instance, provider).unwrap_or_default(),
    };
    let names = instance.lab.nodes.iter().map(|node| node.name.clone());
    let board = &Board {
        answers: Mutex::new(first),
        news: Condvar::new(),
        over: AtomicBool::new(false),
        deaf: names.map(|name| (name, AtomicBool::new(false))).collect(),
    };
    std::thread::scope(|scope| {
        let nodes = instance.lab.nodes.iter();
        let nodes = nodes.map(|node| scope.spawn(move || listen(provider, instance, node, board)));
        let checks = instance.desired.checks.iter().enumerate();
        let checks =
            checks.map(|(place, check)| scope.spawn(move || repeat(job, provider, check, place, board)));
        let threads: Vec<_> = nodes.chain(checks).collect();
        let ended = assemble(teller, instance, provider, board);
        board.end();
        threads.into_iter().for_each(threads::end);
        ended
    })
}

/// Emits each change until the watch is over.
fn assemble(
    teller: &mut Teller<'_>,
    instance: &Instance,
    provider: &dyn Provider,
    board: &Board,
) -> Result<Ended, AppError> {
    let mut due = Instant::now();
    loop {
        if due <= Instant::now() {
            if let Some(ended) = teller.ended(instance) {
                return Ok(ended);
            }
            // A host that is just being made or removed refuses the query; its last status remains until it
            // answers again.
            if let Ok(found) = around(teller.job, instance, provider) {
                for (node, deaf) in board.deaf.iter().filter(|(node, _)| !found.runs(node)) {
                    deaf.store(true, Ordering::Relaxed);
                    board.answers().forget(node);
                }
                let mut answers = board.answers();
                let held = std::mem::take(&mut answers.held);
                let floods = std::mem::take(&mut answers.floods);
                let roles = std::mem::take(&mut answers.roles);
                let mut health = std::mem::take(&mut answers.health);
                let checks = if found.alive() { instance.desired.checks.len() } else { 0 };
                health.resize(checks, Health::Pending);
                *answers = Answers { held, roles, floods, health, ..found };
            }
            due = Instant::now() + HOST;
        }
        let status = board.answers().status(instance);
        teller.tell(status);
        board.wait(due.saturating_duration_since(Instant::now()));
    }
}

/// Keeps the addresses and roles of a node up to date.
fn listen(provider: &dyn Provider, instance: &Instance, node: &Node, board: &Board) {
    let script = listing::following(&instance.desired, &node.name);
    while !board.is_over() {
        if board.answers().runs(&node.name)
            && let Ok(shell) = provider.shell(&node.name)
        {
            let Some(deaf) = board.deaf.get(&node.name) else { return };
            deaf.store(false, Ordering::SeqCst);
            // The end of the watch may have come just before, and its flag be lost.
            if board.is_over() {
                return;
            }
            let mut heard = Heard::default();
            let mut rate = Rate::new(LISTED.0, LISTED.1, Instant::now());
            let mut is_flood = false;
            let limits = Limits::within(Duration::from_secs(DAY_S), deaf);
            let ended = shell.follow(&script, limits, &mut |event| {
                let keeper::Heard::Bytes(bytes) = event else { return };
                is_flood |= !rate.allows(bytes.len() as u64, Instant::now());
                if is_flood {
                    return deaf.store(true, Ordering::Relaxed);
                }
                for told in heard.told(bytes) {
                    board.change(|answers| answers.hear(&node.name, told));
                }
            });
            board.change(|answers| {
                answers.forget(&node.name);
                let most = Bytes(LISTED.1);
                match is_flood {
                    true => answers.floods.insert(
                        node.name.clone(),
                        format!("it talks without end: more than {most} in a second"),
                    ),
                    false => answers.floods.remove(&node.name),
                };
            });
            // It was ended for a save, which must not meet another connection.
            let for_a_save = matches!(ended, Err(SshError::Cancelled)) && !deaf.load(Ordering::Relaxed);
            while for_a_save && !board.is_over() && board.answers().at_work.is_some() {
                board.pause(HOST);
            }
        }
        board.pause(AGAIN);
    }
}

/// Keeps the answer of a health check up to date.
fn repeat(job: &Job, provider: &dyn Provider, check: &HealthCheck, place: usize, board: &Board) {
    while !board.is_over() {
        let answers = board.answers().clone();
        if answers.alive() {
            let trouble = trouble(job, provider, check, &answers, PATIENCE);
            board.change(|answers| {
                // None once the host is dead.
                if let Some(known) = answers.health.get_mut(place) {
                    *known = Health::of(trouble);
                }
            });
        }
        board.pause(CHECK);
    }
}
