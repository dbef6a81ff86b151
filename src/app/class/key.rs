//! The SSH key of a student: with it, the student connects without a code, and logs in to the nodes.

use russh::keys::ssh_key::{Algorithm, HashAlg, PublicKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::class::log::Event;
use crate::class::roster::Seat;
use crate::model::InstanceName;

/// The most keys of a student; the oldest goes when another one comes.
const MOST: usize = 5;

/// The longest text of a key, in bytes: RSA with 4096 bits.
const LONGEST: usize = 1024;

/// How often a student can change the keys in a class: each change is a line of the log.
const MOST_CHANGES: usize = 50;

/// Notes the public key of a student, or forgets all that the student gave. Those who share an instance have
/// keys of their own: a key says who did what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GiveKey {
    /// The instance of the student.
    pub instance: InstanceName,
    /// The student. Default: the only one of the instance.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub student: Option<Seat>,
    /// The key, as OpenSSH writes it: `ssh-ed25519 AAAA…`. None: forget all.
    #[serde(default)]
    pub key: Option<String>,
}

/// The keys that a student has now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct GivenKeys {
    /// Their fingerprints, the oldest first: `SHA256:…`.
    pub fingerprints: Vec<String>,
}

impl Request for GiveKey {
    type Outcome = GivenKeys;
    const NAME: &'static str = "class key";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.instance.to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<GivenKeys, AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        let seat = self.seat(&place)?;
        let mut keys = room.register.keys.get(&seat).cloned().unwrap_or_default();
        match &self.key {
            None => keys.clear(),
            Some(key) => {
                let key = plain(key)?;
                keys.retain(|known| *known != key);
                keys.push(key);
                keys.drain(..keys.len().saturating_sub(MOST));
            }
        }
        let fingerprints = keys.iter().filter_map(|key| fingerprint(key)).collect();
        if room.register.keys.get(&seat) != Some(&keys) {
            let changes = room.log.lines().iter();
            let changes =
                changes.filter(|line| matches!(&line.event, Event::Keys { seat: one, .. } if *one == seat));
            if changes.count() >= MOST_CHANGES {
                return Err(AppError::usage(format!(
                    "a student changes the keys at most {MOST_CHANGES} times"
                ))
                .hint("the keys that are there stay good"));
            }
            room.folder.append(|_| Ok::<_, AppError>(vec![Event::Keys { seat, keys }]))?;
        }
        Ok(GivenKeys { fingerprints })
    }
}

impl GiveKey {
    /// The student whose key it is.
    fn seat(&self, place: &Place) -> Result<Seat, AppError> {
        let members = &place.bench.members;
        match (self.student, members.as_slice()) {
            (Some(student), _) if members.contains(&student) => Ok(student),
            (None, [only]) => Ok(*only),
            (Some(student), _) => {
                Err(AppError::not_found(format!("`{student}` does not work on {}", self.instance)))
            }
            (None, _) => Err(AppError::usage(format!("several students share {}", self.instance))
                .hint("name the seat of the one who has the key")),
        }
    }
}

/// A key without its comment.
///
/// # Errors
/// When it is none, or of a kind that is no longer safe.
pub fn plain(text: &str) -> Result<String, AppError> {
    let unusable = |why: &str| {
        AppError::usage(format!("this is no public key that can be used: {why}"))
            .hint("`ssh-keygen -t ed25519` makes one; its public half is in ~/.ssh/id_ed25519.pub")
    };
    let text = text.trim();
    if text.contains("PRIVATE KEY") {
        return Err(unusable("it is the private half, which belongs to you alone"));
    }
    if text.len() > LONGEST {
        return Err(unusable("it is too long"));
    }
    let key = PublicKey::from_openssh(text).map_err(|_| unusable("it is not `TYPE BASE64`"))?;
    if matches!(key.algorithm(), Algorithm::Dsa) {
        return Err(unusable("DSA is not safe"));
    }
    without_comment(&key).ok_or_else(|| unusable("it cannot be written"))
}

/// A key as the class keeps it, and compares it.
pub fn without_comment(key: &PublicKey) -> Option<String> {
    let mut key = key.clone();
    key.set_comment("");
    key.to_openssh().ok().map(|text| text.trim_end().to_owned())
}

fn fingerprint(key: &str) -> Option<String> {
    PublicKey::from_openssh(key).ok().map(|key| key.fingerprint(HashAlg::Sha256).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    #[test]
    fn a_key_is_kept_without_its_comment() {
        assert_eq!(plain(&format!("  {KEY} siti@laptop\n")).unwrap(), KEY);
        assert_eq!(plain(KEY).unwrap(), KEY);
        assert!(fingerprint(KEY).unwrap().starts_with("SHA256:"));
    }

    #[test]
    fn what_is_no_key_is_refused_with_the_reason() {
        for (text, wanted) in [
            ("", "not `TYPE BASE64`"),
            ("ssh-ed25519 AAAA", "not `TYPE BASE64`"),
            ("command=\"x\" ssh-ed25519 AAAA", "not `TYPE BASE64`"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", "the private half"),
            (&"a".repeat(5000), "too long"),
            (&format!("{KEY}\n{KEY}"), "not `TYPE BASE64`"),
        ] {
            let error = plain(text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
