//! The fault journal: the injected faults that have to be healed, in a file of the instance.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::fault::{Injection, InjectionId};
use crate::model::NodeName;

/// A fault that was injected and is not healed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ActiveFault {
    /// The injection.
    pub injection: Injection,
    /// The command that injected it: `drill power-cut`, `lab fault inject`.
    pub by: String,
    /// Its start, by the wall clock.
    pub since: jiff::Timestamp,
    /// Its mechanism; `None` until the injection is confirmed.
    pub mechanism: Option<String>,
}

/// The content of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct File {
    version: u32,
    active: Vec<ActiveFault>,
}

const VERSION: u32 = 3;

/// The fault journal. The file is written before a fault is injected, and deleted when no fault is left.
#[derive(Debug)]
pub struct FaultJournal {
    file: PathBuf,
    active: Vec<ActiveFault>,
}

impl FaultJournal {
    /// Opens the journal in this file; empty if the file does not exist.
    ///
    /// # Errors
    /// When the file exists and cannot be read or parsed.
    pub fn open(file: &Path) -> io::Result<Self> {
        let text = match fs_err::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { file: file.to_owned(), active: Vec::new() });
            }
            text => text?,
        };
        let read: File = serde_json::from_slice(text.as_bytes())?;
        if read.version != VERSION {
            return Err(io::Error::other(format!("{} has version {}", file.display(), read.version)));
        }
        Ok(Self { file: file.to_owned(), active: read.active })
    }

    /// The faults to heal, the oldest first.
    pub fn active(&self) -> &[ActiveFault] {
        &self.active
    }

    /// The entry with this id.
    pub fn entry(&self, id: &InjectionId) -> Option<&ActiveFault> {
        self.active.iter().find(|entry| entry.injection.id == *id)
    }

    /// Records that a fault is about to be injected. If this fails, it must not be injected.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&mut self, injection: &Injection, by: &str) -> io::Result<()> {
        self.active.retain(|entry| entry.injection.id != injection.id);
        let (injection, by, since) = (injection.clone(), by.to_owned(), jiff::Timestamp::now());
        self.active.push(ActiveFault { injection, by, since, mechanism: None });
        self.save()
    }

    /// Records that a fault is in force, with its mechanism.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn confirm(&mut self, id: &InjectionId, mechanism: &str) -> io::Result<()> {
        let entry = self.active.iter_mut().find(|entry| entry.injection.id == *id);
        if let Some(entry) = entry {
            entry.mechanism = Some(mechanism.to_owned());
        }
        self.save()
    }

    /// Records that a fault is healed. If it certainly cut the node's power, earlier faults that end with the
    /// power are removed too.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end(&mut self, id: &InjectionId) -> io::Result<()> {
        let Some(place) = self.active.iter().position(|entry| entry.injection.id == *id) else {
            return Ok(());
        };
        let newer = self.active.split_off(place + 1);
        if let Some(ended) = self.active.pop() {
            let off = ended.injection.mechanism.is_power() && ended.mechanism.is_some();
            let with_it = |entry: &ActiveFault| {
                entry.injection.node == ended.injection.node && entry.injection.mechanism.ends_with_power()
            };
            self.active.retain(|entry| !(off && with_it(entry)));
        }
        self.active.extend(newer);
        self.save()
    }

    /// The faults to heal when a node is switched on, the newest first.
    pub fn power_of(&self, node: &NodeName) -> Vec<Injection> {
        let own = |injection: &&Injection| injection.node == *node && injection.mechanism.is_power();
        self.active.iter().rev().map(|entry| &entry.injection).filter(own).cloned().collect()
    }

    /// Deletes the journal: nothing is left to heal.
    ///
    /// # Errors
    /// When the file cannot be deleted.
    pub fn forget(file: &Path) -> io::Result<()> {
        match fs_err::remove_file(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    fn save(&self) -> io::Result<()> {
        if self.active.is_empty() {
            return Self::forget(&self.file);
        }
        let file = File { version: VERSION, active: self.active.clone() };
        crate::base::write::atomically(&self.file, &serde_json::to_vec(&file)?)
    }
}
