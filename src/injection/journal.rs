//! What is to be healed, in a file of the instance.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::fault::{Injection, InjectionId};
use crate::model::NodeName;

/// An injection that was begun and is not healed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ActiveFault {
    /// The injection.
    pub injection: Injection,
    /// Who began it: `drill power-cut`, `lab fault inject`.
    pub by: String,
    /// When, by the wall clock.
    pub since: jiff::Timestamp,
    /// By which mechanism it was done; none while it is not known to have been.
    pub mechanism: Option<String>,
}

/// What the file says.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    version: u32,
    active: Vec<ActiveFault>,
}

const VERSION: u32 = 3;

/// What is to be healed. The file is written before anything is done, and is gone when nothing is left to heal.
#[derive(Debug)]
pub struct Journal {
    file: PathBuf,
    active: Vec<ActiveFault>,
}

impl Journal {
    /// The journal of this file; an empty one if there is none.
    ///
    /// # Errors
    /// When the file is there and cannot be read or understood.
    pub fn open(file: &Path) -> io::Result<Self> {
        let text = match fs_err::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { file: file.to_owned(), active: Vec::new() });
            }
            text => text?,
        };
        let read: File = serde_json::from_str(&text)?;
        if read.version != VERSION {
            return Err(io::Error::other(format!("{} has version {}", file.display(), read.version)));
        }
        Ok(Self { file: file.to_owned(), active: read.active })
    }

    /// What is to be healed, the oldest first.
    pub fn active(&self) -> &[ActiveFault] {
        &self.active
    }

    /// The entry of this name.
    pub fn entry(&self, id: &InjectionId) -> Option<&ActiveFault> {
        self.active.iter().find(|entry| entry.injection.id == *id)
    }

    /// A fault is about to be injected. It must not be when this fails.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&mut self, injection: &Injection, by: &str) -> io::Result<()> {
        self.active.retain(|entry| entry.injection.id != injection.id);
        let (injection, by, since) = (injection.clone(), by.to_owned(), jiff::Timestamp::now());
        self.active.push(ActiveFault { injection, by, since, mechanism: None });
        self.save()
    }

    /// A fault is in force, by this mechanism.
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

    /// A fault is healed. If it had surely taken the node's power, so is what was there before and ended with that.
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

    /// What has to be healed to switch a node on, the newest first.
    pub fn power_of(&self, node: &NodeName) -> Vec<Injection> {
        let own = |injection: &&Injection| injection.node == *node && injection.mechanism.is_power();
        self.active.iter().rev().map(|entry| &entry.injection).filter(own).cloned().collect()
    }

    /// Says that nothing is left to heal.
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
