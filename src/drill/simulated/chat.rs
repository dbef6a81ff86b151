//! Messages of a chat.

use super::Simulation;
use super::loads::Kind;
use super::requests::Pending;
use crate::model::NodeName;
use crate::model::drill::ChatPlan;
use crate::record::{Answer, LoginPhase, Nanos, What};

/// How long it takes to log in.
const LOGIN: Nanos = Nanos::millis(120);

/// After how long an attempt to log in is made again.
const AGAIN: Nanos = Nanos::millis(1000);

/// The two accounts of a load.
#[derive(Debug)]
pub struct Accounts {
    names: [String; 2],
    patience: Nanos,
    /// The server that both are at, and the number of its life; none while they are not logged in.
    server: Option<(NodeName, u32)>,
    /// Since when nothing has come.
    waiting: Option<Nanos>,
    attempt: Nanos,
}

impl Accounts {
    /// Accounts that have not logged in yet.
    pub fn new(plan: &ChatPlan) -> Self {
        Self {
            names: [plan.user.clone(), plan.peer.clone()],
            patience: plan.reconnect_after.into(),
            server: None,
            waiting: None,
            attempt: Nanos(0),
        }
    }

    /// What becomes of the accounts now, with the server that answers, if one does.
    fn turn(&mut self, now: Nanos, here: Option<&(NodeName, u32)>) -> Option<LoginPhase> {
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
            return Some(LoginPhase::Lost { answer: Answer::Timeout });
        }
        if now < self.attempt {
            return None;
        }
        self.attempt = now.plus(AGAIN);
        match here {
            Some(server) => {
                self.server = Some(server.clone());
                Some(LoginPhase::Online { took: LOGIN })
            }
            None => Some(LoginPhase::Failed { answer: Answer::ConnectTimeout }),
        }
    }
}

impl Simulation<'_> {
    /// A message of a chat is due.
    pub fn message(&mut self, place: usize, seq: u64, due: Nanos) {
        let served = self.ask_now(place, None);
        let now = self.now;
        let here = served.as_ref().and_then(|served| served.makers.first());
        let Some(own) = self.generators.get_mut(place) else { return };
        let (load, timeout) = (own.load.name.clone(), Nanos::from(own.load.timeout));
        let Kind::Chat(accounts) = &mut own.kind else { return };
        let before = accounts.server.clone();
        let phase = accounts.turn(now, here);
        let (names, online) = (accounts.names.clone(), accounts.server.is_some());
        let arrives = accounts.server.as_ref() == here;
        if let Some(phase) = phase {
            for account in names {
                self.emit(What::Login { load: load.clone(), account, phase: phase.clone() });
            }
        }
        let pending = |answer, served| Pending { seq, due, sent: now, answer, served };
        match served {
            Some(served) if online && arrives => {
                self.under_way(place, Nanos::from(served.after), pending(Answer::Ok, Some(served)));
            }
            _ if before.is_some() => self.under_way(place, timeout, pending(Answer::Timeout, None)),
            _ => self.under_way(place, Nanos(0), pending(Answer::ConnectTimeout, None)),
        }
    }
}
