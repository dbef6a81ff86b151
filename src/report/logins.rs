//! Chat logins, and lost connections.

use std::collections::BTreeMap;

use serde::Serialize;

use super::analysis::StepDone;
use super::clients::kind;
use super::document::Section;
use super::index::Index;
use super::numbers::response;
use super::own::{self, OwnReport};
use super::sections::kinds;
use crate::base::words::several;
use crate::model::LoadName;
use crate::probe::xmpp::{Phase, WORD};
use crate::record::{Nanos, Record};

/// The logins and losses of a load's accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoginsSummary {
    /// The load.
    pub load: LoadName,
    /// Every login.
    pub logins: Vec<Login>,
    /// Failed attempts, by reason.
    pub failed: BTreeMap<String, usize>,
    /// Lost connections, by symptom: `no answer in time` if users dropped them.
    pub lost: BTreeMap<String, usize>,
}

/// A login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The account.
    pub account: String,
    /// Its time.
    pub at: Nanos,
    /// Its duration, from the start of the connection.
    pub took: Nanos,
}

/// The logins of all loads of a drill that need some.
pub fn logins(record: &Record) -> Vec<LoginsSummary> {
    own::of(record, |index, _| summaries(index))
}

/// The report on logins.
pub fn report(index: &Index<'_>, _steps: &[StepDone]) -> Option<OwnReport> {
    let all = summaries(index);
    let section = Section::new("Logins").notes(all.iter().map(login)).unless_empty()?;
    Some(OwnReport { sections: vec![section], ..OwnReport::new("logins", &all) })
}

fn summaries(index: &Index<'_>) -> Vec<LoginsSummary> {
    let chats = index.record.header.drill.loads.iter().filter(|load| load.kind.word() == WORD);
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
        let Some((_, account, phase)) = Phase::read(&event.what).filter(|(own, ..)| *own == load) else {
            continue;
        };
        let (counts, answer) = match phase {
            Phase::Online { took } => {
                summary.logins.push(Login { account: account.to_owned(), at: event.t, took });
                continue;
            }
            Phase::Failed { answer } => (&mut summary.failed, answer),
            Phase::Lost { answer } => (&mut summary.lost, answer),
        };
        *counts.entry(kind(&answer).unwrap_or_default().to_owned()).or_default() += 1;
    }
    summary
}

fn login(summary: &LoginsSummary) -> String {
    let mut line = format!("{}: {}", summary.load, several(summary.logins.len(), "login"));
    if let Some(slowest) = summary.logins.iter().map(|login| login.took).max() {
        line += &format!(", the slowest in {}", response(slowest));
    }
    let (lost, failed): (usize, usize) = (summary.lost.values().sum(), summary.failed.values().sum());
    if lost > 0 {
        line += &format!("; {} lost: {}", several(lost, "connection"), kinds(&summary.lost));
    }
    if failed > 0 {
        line += &format!("; {} failed: {}", several(failed, "attempt"), kinds(&summary.failed));
    }
    line + "."
}
