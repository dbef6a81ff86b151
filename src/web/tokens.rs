//! Credentials: tokens that a person makes, and sessions of browsers. Only their digests are kept.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::role::{Grant, Scope};
use crate::app::{AppError, StateDir};
use crate::base::lock::Lock;
use crate::base::text::hexadecimal;
use crate::base::{random, write};
use crate::model::InstanceName;

/// The length of a secret, in bytes.
const SECRET: usize = 20;

/// The most credentials that are kept; the sessions that end first go first.
const MOST: usize = 1000;

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A token, for programs.
    Token,
    /// A session of a browser.
    Session,
}

/// A credential as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Kept {
    kind: Kind,
    /// The digest of the secret.
    digest: String,
    /// When it was made.
    made: Timestamp,
    grant: Grant,
}

/// The file of credentials: `web/credentials.json` in the state folder, for its owner only.
#[derive(Debug, Clone)]
pub struct Tokens {
    file: PathBuf,
}

impl Tokens {
    /// Those of a state folder.
    pub fn of(state: &StateDir) -> Self {
        Self { file: state.web().join("credentials.json") }
    }

    /// Makes a credential and returns its secret, which is not kept. A token replaces one of the same name.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn make(&self, kind: Kind, grant: Grant) -> Result<String, AppError> {
        let secret = hexadecimal(&random::bytes::<SECRET>().map_err(unwritable)?);
        let kept = Kept { kind, digest: digest(&secret), made: Timestamp::now(), grant };
        self.change(|all| {
            if kind == Kind::Token {
                all.retain(|one| one.kind != Kind::Token || one.grant.name != kept.grant.name);
            }
            all.push(kept);
        })?;
        Ok(secret)
    }

    /// What a secret grants now; none if it is not known or has ended.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn grant(&self, secret: &str) -> Result<Option<Grant>, AppError> {
        Ok(self.find(secret)?.map(|one| one.grant))
    }

    /// The same for a token only. A session is exchanged for no other session: many of them would push those
    /// of others out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn grant_of_token(&self, secret: &str) -> Result<Option<Grant>, AppError> {
        Ok(self.find(secret)?.filter(|one| one.kind == Kind::Token).map(|one| one.grant))
    }

    fn find(&self, secret: &str) -> Result<Option<Kept>, AppError> {
        // Digests are compared, so the time of the comparison tells nothing about a secret.
        let wanted = digest(secret);
        let now = Timestamp::now();
        let all = self.read()?;
        Ok(all.into_iter().find(|one| one.digest == wanted && one.grant.until > now))
    }

    /// Ends the credential with this secret.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end(&self, secret: &str) -> Result<(), AppError> {
        let wanted = digest(secret);
        self.change(|all| all.retain(|one| one.digest != wanted))
    }

    /// Ends a token, and the sessions that were opened with it, by its name; returns whether there was one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn revoke(&self, name: &str) -> Result<bool, AppError> {
        let mut found = false;
        self.change(|all| {
            let before = all.len();
            all.retain(|one| one.grant.name != name);
            found = all.len() < before;
        })?;
        Ok(found)
    }

    /// Ends all that is granted on one of these instances only; returns how much it was.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end_on(&self, instances: &[InstanceName]) -> Result<usize, AppError> {
        let mut count = 0;
        self.change(|all| {
            let before = all.len();
            all.retain(
                |one| !matches!(&one.grant.scope, Scope::Instance(instance) if instances.contains(instance)),
            );
            count = before - all.len();
        })?;
        Ok(count)
    }

    /// What is granted now, with its kind and when it was made.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self) -> Result<Vec<(Kind, Timestamp, Grant)>, AppError> {
        let now = Timestamp::now();
        let all = self.read()?.into_iter().filter(|one| one.grant.until > now);
        Ok(all.map(|one| (one.kind, one.made, one.grant)).collect())
    }

    fn read(&self) -> Result<Vec<Kept>, AppError> {
        match fs_err::read(&self.file) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|error| AppError::failed("the credentials are damaged").because(error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(AppError::failed("the credentials cannot be read").because(error)),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Kept>)) -> Result<(), AppError> {
        let folder = self.file.parent().unwrap_or(&self.file);
        write::private_folder(folder).map_err(unwritable)?;
        let lock = Lock::wait_for(&folder.join("lock"), &AtomicBool::new(false), || {});
        let _lock = lock.map_err(unwritable)?;
        let mut all = self.read()?;
        let before = all.clone();
        change(&mut all);
        let now = Timestamp::now();
        all.retain(|one| one.grant.until > now);
        while all.len() > MOST {
            let first = all.iter().enumerate().filter(|(_, one)| one.kind == Kind::Session);
            let Some((place, _)) = first.min_by_key(|(_, one)| one.grant.until) else { break };
            all.remove(place);
        }
        if all == before {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(&all).map_err(|error| unwritable(error.into()))?;
        write::atomically(&self.file, &text).map_err(unwritable)
    }
}

fn unwritable(error: std::io::Error) -> AppError {
    AppError::failed("the credentials cannot be written").because(error)
}

fn digest(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::role::Role;

    fn grant(name: &str, seconds: i64) -> Grant {
        let until = Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
        Grant { name: name.to_owned(), role: Role::Viewer, scope: Scope::All, until, seat: None }
    }

    #[test]
    fn a_secret_grants_until_its_end_and_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(&StateDir::at(folder.path()));
        assert_eq!(tokens.grant("").unwrap(), None);
        let secret = tokens.make(Kind::Token, grant("ann", 60)).unwrap();
        let old = tokens.make(Kind::Session, grant("ben", -1)).unwrap();
        assert_eq!(tokens.grant(&secret).unwrap().unwrap().name, "ann");
        assert_eq!(tokens.grant(&old).unwrap(), None);
        let text = fs_err::read_to_string(&tokens.file).unwrap();
        assert!(!text.contains(&secret));
        let mode = std::os::unix::fs::MetadataExt::mode(&fs_err::metadata(&tokens.file).unwrap());
        assert_eq!(mode & 0o077, 0);
        tokens.end(&secret).unwrap();
        assert_eq!(tokens.grant(&secret).unwrap(), None);
    }

    #[test]
    fn a_new_token_replaces_that_of_its_name_and_a_revoked_one_takes_its_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(&StateDir::at(folder.path()));
        let first = tokens.make(Kind::Token, grant("ann", 60)).unwrap();
        let second = tokens.make(Kind::Token, grant("ann", 60)).unwrap();
        let session = tokens.make(Kind::Session, grant("ann", 60)).unwrap();
        assert_eq!(tokens.grant(&first).unwrap(), None);
        assert_eq!(tokens.list().unwrap().len(), 2);
        assert!(tokens.revoke("ann").unwrap());
        assert!(!tokens.revoke("ann").unwrap());
        for secret in [second, session] {
            assert_eq!(tokens.grant(&secret).unwrap(), None);
        }
    }

    #[test]
    fn what_is_granted_on_instances_that_are_gone_ends() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(&StateDir::at(folder.path()));
        let on = |scope: &str| Grant { scope: scope.parse().unwrap(), ..grant("Siti", 60) };
        let student = tokens.make(Kind::Session, on("/instance/ha1-s01")).unwrap();
        let other = tokens.make(Kind::Session, on("/instance/ha2-s01")).unwrap();
        let all = tokens.make(Kind::Session, on("/")).unwrap();
        let instances = ["ha1-s01".parse().unwrap(), "ha1-s02".parse().unwrap()];
        assert_eq!((tokens.end_on(&instances).unwrap(), tokens.end_on(&instances).unwrap()), (1, 0));
        assert_eq!(tokens.grant(&student).unwrap(), None);
        assert!(tokens.grant(&other).unwrap().is_some() && tokens.grant(&all).unwrap().is_some());
    }
}
