//! Whose fault an error is: which status the command ends with, what is said beside it, and what to try.
//!
//! Every error of the library that reaches the user comes through here.

use super::error::CliError;
use super::exit::Exit;
use super::lab::bad_file;
use super::words::several;
use crate::apply::{Aftermath, ApplyError, LockError, StepFailure};
use crate::image::{ImageError, RecipeError};
use crate::plan::Refusal;
use crate::stack::{LoadError, RenderError};
use crate::work::ProviderError;

impl From<LockError> for CliError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held { .. } => CliError::new(Exit::BUSY, error.to_string())
                .hint("wait until it has ended, or end it; one command at a time changes an instance"),
            LockError::Io { .. } => {
                CliError::failed("the instance cannot be locked").because(error).maybe_hint(sudo())
            }
        }
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        let exit = match &refusal {
            Refusal::NoSuchNode { .. } => Exit::NOT_FOUND,
            Refusal::OtherLab { .. } | Refusal::Foreign { .. } | Refusal::DataLoss { .. } => Exit::FAILED,
        };
        CliError::new(exit, refusal.to_string()).hint(refusal.hint())
    }
}

impl From<RenderError> for CliError {
    fn from(error: RenderError) -> Self {
        if let RenderError::Load(LoadError::Invalid { problems, .. }) = &error {
            return bad_file(problems);
        }
        CliError::new(Exit::BAD_FILE, "the lab's stacks cannot be rendered").because(error)
    }
}

impl From<RecipeError> for CliError {
    fn from(error: RecipeError) -> Self {
        if let RecipeError::Invalid { problems, .. } = &error {
            return bad_file(problems);
        }
        CliError::new(Exit::BAD_FILE, "the lab's images cannot be made").because(error)
    }
}

impl From<ImageError> for CliError {
    fn from(error: ImageError) -> Self {
        let exit = match &error {
            ImageError::Cancelled => Exit::INTERRUPTED,
            ImageError::Recipe(_) => Exit::BAD_FILE,
            ImageError::NoMirror { .. } | ImageError::NoProgram { .. } => Exit::HOST,
            ImageError::NotStored(_) => Exit::NOT_FOUND,
            ImageError::InUse { .. } => Exit::BUSY,
            _ => Exit::FAILED,
        };
        let hint = error.hint();
        CliError::new(exit, error.to_string()).because_sources(&error).maybe_hint(hint)
    }
}

impl From<ProviderError> for CliError {
    fn from(error: ProviderError) -> Self {
        explain(CliError::new(status(&error), error.to_string()), &error).because_sources(&error)
    }
}

impl From<ApplyError> for CliError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Failed { failures, aftermath } => {
                let kept = matches!(aftermath, Aftermath::Unwound)
                    .then_some("`--keep` leaves what was made, to look at it");
                after(failed(&failures), &aftermath).maybe_hint(kept)
            }
            ApplyError::Cancelled { aftermath } => {
                after(CliError::new(Exit::INTERRUPTED, "stopped"), &aftermath)
            }
            ApplyError::Journal { source, aftermath } => {
                after(CliError::failed("the journal cannot be written").because(source), &aftermath)
            }
        }
    }
}

/// The first failure is the cause; others failed while it was noticed.
fn failed(failures: &[StepFailure]) -> CliError {
    let Some((first, others)) = failures.split_first() else { return CliError::failed("a step failed") };
    let mut told =
        CliError::new(status(&first.error), format!("could not {}", first.action)).because(&first.error);
    told = explain(told, &first.error);
    for other in others {
        told = told.detail(format!("also could not {}", other.action), other.error.to_string());
    }
    told
}

fn after(told: CliError, aftermath: &Aftermath) -> CliError {
    match aftermath {
        Aftermath::Unwound => told.detail("what this run made was taken back", ""),
        Aftermath::UnwindFailed(failures) => {
            let each: Vec<String> =
                failures.iter().map(|f| format!("could not {}: {}", f.action, f.error)).collect();
            told.detail("not all that this run made could be taken back", each.join("\n"))
                .hint("`lab down` takes away what is left")
        }
        Aftermath::Left(steps) => told
            .detail(format!("{} not done", several(steps.len(), "step")), "")
            .hint("`lab up` goes on with them; `lab down` takes everything away"),
    }
}

fn status(error: &ProviderError) -> Exit {
    match error {
        ProviderError::Cancelled => Exit::INTERRUPTED,
        ProviderError::Missing { .. } => Exit::HOST,
        ProviderError::Foreign { .. }
        | ProviderError::TimedOut { .. }
        | ProviderError::Script { .. }
        | ProviderError::Host { .. } => Exit::FAILED,
    }
}

/// What the error knows beside its own words.
fn explain(told: CliError, error: &ProviderError) -> CliError {
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

/// The advice that helps most who is not root.
pub fn sudo() -> Option<&'static str> {
    (!rustix::process::geteuid().is_root()).then_some("run it with sudo")
}
