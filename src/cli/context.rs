//! The context of every command: the application, the terminal, and requests that connect the two.

use std::path::PathBuf;
use std::sync::Arc;

use super::error::CliError;
use super::exit::Exit;
use super::interrupt;
use super::listener::Screen;
use super::ui::Ui;
use crate::app::{Each, ErrorKind, Halab, Request, StateDir};
use crate::base::user::User;

/// The application and the terminal.
#[derive(Debug)]
pub struct Context {
    /// The terminal.
    pub ui: Arc<Ui>,
    /// The application.
    pub app: Halab,
}

impl Context {
    /// Runs a request; its events are shown as they happen, and Ctrl-C cancels it.
    ///
    /// # Errors
    /// Those of the request.
    pub fn run<R: Request>(&self, request: &R) -> Result<R::Outcome, CliError> {
        self.run_on(request, Screen::new(self.ui.clone()))
    }

    /// The same, with a screen that shows some events in another way.
    ///
    /// # Errors
    /// Those of the request, and that of the output.
    pub fn run_on<R: Request>(&self, request: &R, screen: Screen) -> Result<R::Outcome, CliError> {
        let unwritable = screen.unwritable();
        let mut screen = screen;
        let result = self.app.run(request, interrupt::cancel(), Box::new(move |event| screen.hear(event)));
        match unwritable.take() {
            // A reader that closed the output cancelled the request; that is not an error of the request.
            Some(error) => Err(CliError::Output(error)),
            None => result.map_err(CliError::from),
        }
    }

    /// The user whose rights a program gets that is started for the caller of `sudo`; none if the caller has
    /// no other rights than this process.
    pub fn caller(&self) -> Option<u32> {
        Some(self.app.caller).filter(|caller| *caller != rustix::process::geteuid().as_raw())
    }

    /// The results of several instances, and the exit status: that of an interrupt, else that of the worst
    /// failure. The failure of an only instance is that of the command.
    ///
    /// # Errors
    /// The failure of the only instance.
    pub fn each<T>(&self, all: Each<T>) -> Result<(Vec<T>, Exit), CliError> {
        let mut exit = Exit::OK;
        let mut done = Vec::new();
        let only = all.instances.len() == 1;
        for (_, result) in all.instances {
            match result {
                Ok(one) => done.push(one),
                Err(error) if only => return Err(error.into()),
                Err(error) => exit = exit.worse(error.kind.into()),
            }
        }
        if interrupt::cancel().asked() {
            exit = ErrorKind::Interrupted.into();
        }
        Ok((done, exit))
    }
}

/// The application on a state folder, else on that of the environment, for this user.
pub fn application(state: Option<PathBuf>) -> Halab {
    let state = state.unwrap_or_else(|| StateDir::from_environment().root().to_owned());
    let user = |name: &str| std::env::var(name).ok().filter(|user| !user.is_empty());
    let who = user("SUDO_USER").or_else(|| user("USER")).or_else(|| user("LOGNAME"));
    let here = crate::app::of_current_folder();
    let own = Halab::at(state);
    // sudo passes on for whom it runs the command. The variable counts only for root.
    let behind = user("SUDO_UID").filter(|_| own.caller == 0).and_then(|number| number.parse().ok());
    let caller = behind.unwrap_or(own.caller);
    let who = who.or_else(|| User::of(caller).ok().map(|user| user.name()));
    Halab { who: who.unwrap_or_else(|| "unknown".to_owned()), here, caller, ..own }
}
