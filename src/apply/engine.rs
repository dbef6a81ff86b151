//! The engine: one thread for each running step, and one that schedules, journals and reports.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::journal::JournalEntry;
use super::schedule::Schedule;
use super::{Aftermath, ApplyError, Event, Options, StepFailure, Summary, UndoFailure};
use crate::base::threads;
use crate::plan::{Plan, PlanStep, Purpose, StepId};
use crate::provider::Machines;
use crate::work::{Context, Progress, ProviderError};

/// How often the cancel flag is checked while steps run. A flag set by a signal handler cannot be waited for.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// A message from a step's thread.
enum Message {
    Progress(StepId, Progress),
    Ended(StepId, Result<(), ProviderError>, Duration),
}

/// Why no more steps are started.
enum Cause {
    Failure,
    Cancelled,
    Journal(std::io::Error),
}

/// Applies a plan. `on_event` is called in order and from this thread only.
///
/// # Errors
/// When a step fails, the user cancels, or the journal cannot be written. On a fresh lab, the created objects
/// have then been removed unless `options.keep` is set.
pub fn run(
    plan: &Plan,
    provider: &dyn Machines,
    options: Options<'_>,
    on_event: &mut dyn FnMut(&Event),
) -> Result<Summary, ApplyError> {
    let started = Instant::now();
    on_event(&Event::PlanStarted { plan: plan.clone() });
    let mut run = Run {
        plan,
        schedule: Schedule::new(plan),
        options,
        on_event,
        halt: &AtomicBool::new(false),
        cause: None,
        failures: Vec::new(),
    };
    run.forwards(provider);
    let result = match run.cause.take() {
        None => Ok(Summary { steps: plan.steps.len(), elapsed: started.elapsed() }),
        // The flag was set too late to stop anything.
        Some(Cause::Cancelled) if run.schedule.is_done() => {
            Ok(Summary { steps: plan.steps.len(), elapsed: started.elapsed() })
        }
        Some(cause) => Err(run.backwards(provider, cause)),
    };
    run.note(&JournalEntry::Finished { ok: result.is_ok() });
    (run.on_event)(&Event::Finished { elapsed: started.elapsed() });
    result
}

/// A run in progress.
struct Run<'a> {
    plan: &'a Plan,
    schedule: Schedule<'a>,
    options: Options<'a>,
    on_event: &'a mut dyn FnMut(&Event),
    /// Cancels the running steps, after a failure or when the user cancels.
    halt: &'a AtomicBool,
    cause: Option<Cause>,
    failures: Vec<StepFailure>,
}

impl Run<'_> {
    /// Begins steps as they become ready until none runs and none can be begun.
    fn forwards(&mut self, provider: &dyn Machines) {
        let halt = self.halt;
        let (sender, receiver) = channel();
        std::thread::scope(|scope| {
            let mut performing = Vec::new();
            loop {
                if self.cause.is_none() && self.options.cancel.load(Ordering::SeqCst) {
                    self.stop(Cause::Cancelled);
                }
                performing.extend(self.begin_ready(scope, provider, halt, &sender));
                if self.schedule.running() == 0 {
                    break;
                }
                self.hear(&receiver);
            }
            performing.into_iter().for_each(threads::end);
        });
    }

    fn begin_ready<'scope, 'env: 'scope>(
        &mut self,
        scope: &'scope Scope<'scope, 'env>,
        provider: &'env dyn Machines,
        halt: &'env AtomicBool,
        sender: &Sender<Message>,
    ) -> Vec<ScopedJoinHandle<'scope, ()>>
    where
        Self: 'env,
    {
        let mut begun = Vec::new();
        while self.schedule.running() < self.options.workers.max(1) {
            let Some(id) = self.schedule.ready() else { break };
            let step = &self.plan.steps[id];
            if !self.note(&JournalEntry::Begun { step: id, action: step.action.to_string() }) {
                continue;
            }
            self.schedule.begin(id);
            (self.on_event)(&Event::StepStarted { id });
            let (step, sender) = (step.clone(), sender.clone());
            begun.push(scope.spawn(move || perform(&step, provider, halt, &sender)));
        }
        begun
    }

    /// Waits for a message from a step.
    fn hear(&mut self, receiver: &Receiver<Message>) {
        match receiver.recv_timeout(CANCEL_POLL) {
            Ok(Message::Progress(id, progress)) => (self.on_event)(&Event::StepProgress { id, progress }),
            Ok(Message::Ended(id, result, elapsed)) => self.ended(id, result, elapsed),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }

    fn ended(&mut self, id: StepId, result: Result<(), ProviderError>, elapsed: Duration) {
        let error = match result {
            Ok(()) => {
                self.schedule.done(id);
                self.note(&JournalEntry::Done { step: id });
                (self.on_event)(&Event::StepFinished { id, elapsed });
                return;
            }
            Err(error) => error,
        };
        let skipped = self.schedule.failed(id);
        let chain = chain(&error);
        self.note(&JournalEntry::Failed { step: id, error: chain.join(": ") });
        (self.on_event)(&Event::StepFailed { id, error: chain, elapsed });
        self.skipped(skipped);
        // After a halt, steps fail because they were cancelled, with any error.
        let told = self.halt.load(Ordering::SeqCst) && matches!(error, ProviderError::Cancelled);
        if !told {
            self.failures.push(StepFailure { id, action: self.plan.steps[id].action.clone(), error });
        }
        if self.cause.is_none() {
            self.cause = Some(Cause::Failure);
        }
        if self.plan.purpose != Purpose::Down {
            self.halt.store(true, Ordering::SeqCst);
        }
    }

    fn stop(&mut self, cause: Cause) {
        self.cause = Some(cause);
        self.halt.store(true, Ordering::SeqCst);
        let skipped = self.schedule.stop();
        self.skipped(skipped);
    }

    fn skipped(&mut self, ids: Vec<StepId>) {
        for id in ids {
            (self.on_event)(&Event::StepSkipped { id });
        }
    }

    /// Takes back what was made, if that is called for, and says how the run ended.
    fn backwards(&mut self, provider: &dyn Machines, cause: Cause) -> ApplyError {
        let aftermath = if self.plan.purpose == Purpose::Fresh && !self.options.keep {
            self.unwind(provider)
        } else {
            Aftermath::Left(self.schedule.left())
        };
        let failures = std::mem::take(&mut self.failures);
        match cause {
            Cause::Cancelled => ApplyError::Cancelled { aftermath },
            Cause::Failure => ApplyError::Failed { failures, aftermath },
            Cause::Journal(source) => ApplyError::Journal { source, aftermath },
        }
    }

    fn unwind(&mut self, provider: &dyn Machines) -> Aftermath {
        let undo = self.schedule.undo();
        (self.on_event)(&Event::Unwinding { steps: undo.len() });
        let mut failures = Vec::new();
        for (id, action) in undo {
            let context = Context { progress: &|_| {}, cancel: &AtomicBool::new(false) };
            match provider.perform(&action, &context) {
                Ok(()) => {
                    self.note(&JournalEntry::Undone { step: id });
                    (self.on_event)(&Event::Undone { id, action });
                }
                Err(error) => {
                    (self.on_event)(&Event::UndoFailed { id, action: action.clone(), error: chain(&error) });
                    failures.push(UndoFailure { id, action, error });
                }
            }
        }
        if failures.is_empty() { Aftermath::Unwound } else { Aftermath::UnwindFailed(failures) }
    }

    /// Writes to the journal. If that fails, the run stops, but its cleanup goes on.
    fn note(&mut self, entry: &JournalEntry) -> bool {
        let Some(journal) = &mut self.options.journal else { return true };
        match journal.note(entry) {
            Ok(()) => true,
            Err(error) => {
                if self.cause.is_none() {
                    self.stop(Cause::Journal(error));
                }
                false
            }
        }
    }
}

/// The life of a step's thread. A panic in a provider is a failed step, so that the lab is still unwound.
fn perform(step: &PlanStep, provider: &dyn Machines, halt: &AtomicBool, sender: &Sender<Message>) {
    let started = Instant::now();
    let progress = |progress| {
        // Sending fails only when the run is over; the message is then obsolete.
        let _ = sender.send(Message::Progress(step.id, progress));
    };
    let context = Context { progress: &progress, cancel: halt };
    let result = catch_unwind(AssertUnwindSafe(|| provider.perform(&step.action, &context)))
        .unwrap_or_else(|panic| Err(panicked(&*panic)));
    let _ = sender.send(Message::Ended(step.id, result, started.elapsed()));
}

fn panicked(panic: &(dyn Any + Send)) -> ProviderError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    ProviderError::Host {
        what: "the program itself failed in this step".to_owned(),
        source: text.unwrap_or_else(|| "no reason given".to_owned()).into(),
    }
}

/// An error and its sources, outermost first.
fn chain(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}
