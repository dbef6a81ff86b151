//! Turns errors of the library into errors of the application: their kind, details, and advice.
//!
//! Every error of the library that leaves the application passes through here.

use crate::app::error::{AppError, ErrorKind};
use crate::apply::{Aftermath, ApplyError, LockError, StepFailure};
use crate::base::words::several;
use crate::image::{ImageError, RecipeError};
use crate::plan::Refusal;
use crate::stack::RenderError;
use crate::work::ProviderError;

impl From<LockError> for AppError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held { .. } => AppError::new(ErrorKind::Busy, error.to_string())
                .hint("wait until it has ended, or end it; one command at a time changes an instance"),
            LockError::Io { .. } => {
                AppError::failed("the instance cannot be locked").because(error).maybe_hint(sudo())
            }
        }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::NoSuchNode { .. } => ErrorKind::NotFound,
            Refusal::OtherLab { .. } | Refusal::Foreign { .. } | Refusal::DataLoss { .. } => {
                ErrorKind::Failed
            }
        };
        AppError::new(kind, refusal.to_string()).hint(refusal.hint())
    }
}

impl From<RenderError> for AppError {
    fn from(error: RenderError) -> Self {
        if let Some(problems) = error.problems() {
            return AppError::bad_file(problems);
        }
        AppError::new(ErrorKind::BadFile, "the lab's stacks cannot be rendered").because(error)
    }
}

impl From<RecipeError> for AppError {
    fn from(error: RecipeError) -> Self {
        if let RecipeError::Invalid { problems, .. } = &error {
            return AppError::bad_file(problems);
        }
        AppError::new(ErrorKind::BadFile, "the lab's images cannot be made").because(error)
    }
}

impl From<ImageError> for AppError {
    fn from(error: ImageError) -> Self {
        let kind = match &error {
            ImageError::Cancelled => ErrorKind::Interrupted,
            ImageError::Recipe(_) => ErrorKind::BadFile,
            ImageError::NoMirror { .. } | ImageError::NoProgram { .. } => ErrorKind::Host,
            ImageError::NotStored(_) => ErrorKind::NotFound,
            ImageError::InUse { .. } => ErrorKind::Busy,
            _ => ErrorKind::Failed,
        };
        let hint = error.hint();
        AppError::new(kind, error.to_string()).because_sources(&error).maybe_hint(hint)
    }
}

impl From<ProviderError> for AppError {
    fn from(error: ProviderError) -> Self {
        explain(AppError::new(kind(&error), error.to_string()), &error).because_sources(&error)
    }
}

impl From<ApplyError> for AppError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Failed { failures, aftermath } => {
                let kept = matches!(aftermath, Aftermath::Unwound)
                    .then_some("`--keep` leaves what was made, to look at it");
                after(failed(&failures), &aftermath).maybe_hint(kept)
            }
            ApplyError::Cancelled { aftermath } => {
                after(AppError::new(ErrorKind::Interrupted, "stopped"), &aftermath)
            }
            ApplyError::Journal { source, aftermath } => {
                after(AppError::failed("the journal cannot be written").because(source), &aftermath)
            }
        }
    }
}

/// The first failure is the cause; the others were failures of steps that ran at the same time.
fn failed(failures: &[StepFailure]) -> AppError {
    let Some((first, others)) = failures.split_first() else { return AppError::failed("a step failed") };
    let mut told =
        AppError::new(kind(&first.error), format!("could not {}", first.action)).because(&first.error);
    told = explain(told, &first.error);
    for other in others {
        told = told.detail(format!("also could not {}", other.action), other.error.to_string());
    }
    told
}

fn after(told: AppError, aftermath: &Aftermath) -> AppError {
    match aftermath {
        Aftermath::Unwound => told.detail("what this run made was removed again", ""),
        Aftermath::UnwindFailed(failures) => {
            let each: Vec<String> =
                failures.iter().map(|f| format!("could not {}: {}", f.action, f.error)).collect();
            told.detail("not everything that this run made could be removed again", each.join("\n"))
                .hint("`lab down` takes away what is left")
        }
        Aftermath::Left(steps) => told
            .detail(format!("{} not done", several(steps.len(), "step")), "")
            .hint("`lab up` goes on with them; `lab down` takes everything away"),
    }
}

fn kind(error: &ProviderError) -> ErrorKind {
    match error {
        ProviderError::Cancelled => ErrorKind::Interrupted,
        ProviderError::Missing { .. } => ErrorKind::Host,
        ProviderError::Foreign { .. }
        | ProviderError::TimedOut { .. }
        | ProviderError::Script { .. }
        | ProviderError::Host { .. } => ErrorKind::Failed,
    }
}

/// Details of the error in addition to its own text.
fn explain(told: AppError, error: &ProviderError) -> AppError {
    match error {
        ProviderError::Missing { hint, .. } => told.hint(hint),
        ProviderError::TimedOut { console, .. } if !console.is_empty() => {
            told.detail("the last lines of its console", console)
        }
        ProviderError::Script { output, .. } if !output.is_empty() => {
            told.detail("the last lines that it printed", output)
        }
        ProviderError::Foreign { .. } => {
            told.hint("remove it with the tool that made it; `lab env` prints how to reach the lab's libvirt")
        }
        ProviderError::Cancelled
        | ProviderError::TimedOut { .. }
        | ProviderError::Script { .. }
        | ProviderError::Host { .. } => told,
    }
}

/// The most useful advice for a user who is not root.
pub fn sudo() -> Option<&'static str> {
    (!rustix::process::geteuid().is_root()).then_some("run it with sudo")
}
