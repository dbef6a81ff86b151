//! What goes wrong in the server itself: it is said in its output, and is in the audit.

use std::sync::Arc;

use super::audit::Audit;
use crate::base::threads;

/// Says something in the output of the server.
pub type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// Tells what goes wrong.
pub struct Alarm {
    audit: Arc<Audit>,
    tell: Tell,
}

impl Alarm {
    /// One that writes into an audit and an output.
    pub fn of(audit: &Arc<Audit>, tell: Tell) -> Self {
        Self { audit: audit.clone(), tell }
    }

    /// Tells something.
    pub fn raise(&self, what: &str) {
        self.audit.note(what);
        (self.tell)(what);
    }

    /// Does work of a thread; a panic ends this work only, and raises the alarm. Returns whether there was
    /// none.
    pub fn guard(&self, what: &str, work: impl FnOnce()) -> bool {
        let done = threads::caught(work);
        if let Err(why) = &done {
            self.raise(&format!("{what} {why}"));
        }
        done.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;
    use crate::app::StateDir;

    #[test]
    fn a_panic_is_in_the_output_and_in_the_audit() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path());
        let (said, heard) = mpsc::channel();
        let said = Mutex::new(said);
        let tell = move |what: &str| said.lock().unwrap().send(what.to_owned()).unwrap();
        let alarm = Alarm::of(&Arc::new(Audit::of(&state).unwrap()), Box::new(tell));
        assert!(alarm.guard("the answer", || ()));
        assert!(!alarm.guard("the answer", || panic!("at once")));
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), ["the answer panicked: at once"]);
        let audit = fs_err::read_to_string(state.web().join("audit.jsonl")).unwrap();
        assert!(audit.contains("\"what\":\"the answer panicked: at once\""), "{audit}");
    }
}
