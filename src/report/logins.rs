//! Logins to a chat, and connections that were lost.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clients::kind;
use super::index::Index;
use crate::model::LoadName;
use crate::model::drill::Drill;
use crate::probe::xmpp;
use crate::record::{LoginPhase, Nanos, What};

/// What became of the accounts of a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoginsSummary {
    /// The load.
    pub load: LoadName,
    /// Every login.
    pub logins: Vec<Login>,
    /// Attempts that came to nothing, by why.
    pub failed: BTreeMap<String, usize>,
    /// Connections that were lost, by how that was seen: `no answer in time` if users gave them up.
    pub lost: BTreeMap<String, usize>,
}

/// A login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The account.
    pub account: String,
    /// When it was done.
    pub at: Nanos,
    /// How long it took, from the beginning of the connection.
    pub took: Nanos,
}

/// The logins of all loads that need some.
pub fn summaries(index: &Index<'_>, drill: &Drill) -> Vec<LoginsSummary> {
    let chats = drill.loads.iter().filter(|load| load.kind.word() == xmpp::WORD);
    chats.map(|load| summary(index, &load.name)).collect()
}

fn summary(index: &Index<'_>, load: &LoadName) -> LoginsSummary {
    let mut summary = LoginsSummary {
        load: load.clone(),
        logins: Vec::new(),
        failed: BTreeMap::new(),
        lost: BTreeMap::new(),
    };
    for event in &index.record.events {
        let What::Login { load: own, account, phase } = &event.what else { continue };
        if own != load {
            continue;
        }
        let (counts, answer) = match phase {
            LoginPhase::Online { took } => {
                summary.logins.push(Login { account: account.clone(), at: event.t, took: *took });
                continue;
            }
            LoginPhase::Failed { answer } => (&mut summary.failed, answer),
            LoginPhase::Lost { answer } => (&mut summary.lost, answer),
        };
        *counts.entry(kind(answer).unwrap_or_default().to_owned()).or_default() += 1;
    }
    summary
}
