//! The accounts of a chat on a model of a cluster.

use super::facts::Phase;
use super::plan::Plan;
use crate::model::NodeName;
use crate::model::drill::Load;
use crate::probe::modelled::{Became, Due, Modelled, Reached};
use crate::record::{Answer, Nanos, What};

/// The duration of a login.
const LOGIN: Nanos = Nanos::millis(120);

/// The time between a failed attempt to log in and the next.
const AGAIN: Nanos = Nanos::millis(1000);

/// The two accounts of a load.
#[derive(Debug)]
pub struct Accounts {
    names: [String; 2],
    patience: Nanos,
    /// The server of both accounts and its boot number; none while they are not logged in.
    server: Option<(NodeName, u32)>,
    /// Since when nothing was received.
    waiting: Option<Nanos>,
    attempt: Nanos,
}

impl Accounts {
    /// Accounts that have not logged in yet.
    pub fn new(plan: &Plan) -> Self {
        Self {
            names: [plan.user.clone(), plan.peer.clone()],
            patience: plan.reconnect_after.into(),
            server: None,
            waiting: None,
            attempt: Nanos(0),
        }
    }

    /// Updates the logins, given the server that answers, if any.
    fn log_in(&mut self, now: Nanos, here: Option<&(NodeName, u32)>) -> Option<Phase> {
        if self.server.is_some() {
            if self.server.as_ref() == here {
                self.waiting = None;
                return None;
            }
            let since = *self.waiting.get_or_insert(now);
            if now.since(since) < self.patience {
                return None;
            }
            (self.server, self.waiting, self.attempt) = (None, None, now);
            return Some(Phase::Lost { answer: Answer::Timeout });
        }
        if now < self.attempt {
            return None;
        }
        self.attempt = now.plus(AGAIN);
        match here {
            Some(server) => {
                self.server = Some(server.clone());
                Some(Phase::Online { took: LOGIN })
            }
            None => Some(Phase::Failed { answer: Answer::ConnectTimeout }),
        }
    }
}

impl Modelled for Accounts {
    fn turn(&mut self, load: &Load, due: &Due, reached: Option<&Reached>) -> Became {
        let here = reached.map(|reached| &reached.node);
        let before = self.server.is_some();
        let phase = self.log_in(due.now, here);
        let told: Vec<What> = phase
            .into_iter()
            .flat_map(|phase| self.names.each_ref().map(|account| phase.clone().told(&load.name, account)))
            .collect();
        let arrives = self.server.is_some() && self.server.as_ref() == here;
        let request = match reached.filter(|_| arrives) {
            Some(reached) => (reached.after, Answer::Ok),
            None if before => (load.timeout.into(), Answer::Timeout),
            None => (Nanos(0), Answer::ConnectTimeout),
        };
        Became { told, request: Some(request) }
    }
}
