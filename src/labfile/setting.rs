//! `--set`: sets a parameter of a stack, the profile, or the image on the command line.

use std::str::FromStr;

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The use of a stack, by the lab's name for it; `None` for the only stack with the parameter.
    pub stack: Option<String>,
    /// The parameter, or [`PROFILE`], or [`IMAGE`].
    pub name: String,
    /// The value, as written.
    pub value: String,
}

/// The name of settings in messages.
pub const OPTION: &str = "--set";

/// The name of the setting for the profile.
pub const PROFILE: &str = "profile";

/// The name of the setting for the image of nodes that do not name one.
pub const IMAGE: &str = "image";

/// Why a text is not a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No `=`.
    #[error("`{0}` has no `=`: write `parameter=value`, such as `deadtime=1500ms` or `profile=paper`")]
    NoValue(String),
    /// Nothing before the `=`, or before or after the dot.
    #[error("`{0}` names no parameter: write `parameter=value` or `stack.parameter=value`")]
    NoName(String),
}

impl FromStr for Setting {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let (key, value) = text.split_once('=').ok_or_else(|| SettingError::NoValue(text.to_owned()))?;
        let (stack, name) = match key.trim().split_once('.') {
            Some((stack, name)) => (Some(stack.trim().to_owned()), name.trim()),
            None => (None, key.trim()),
        };
        if name.is_empty() || stack.as_deref() == Some("") {
            return Err(SettingError::NoName(text.to_owned()));
        }
        Ok(Self { stack, name: name.to_owned(), value: value.trim().to_owned() })
    }
}

impl Setting {
    /// The part before the `=`.
    pub fn key(&self) -> String {
        match &self.stack {
            Some(stack) => format!("{stack}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether it chooses the profile.
    pub fn is_profile(&self) -> bool {
        self.stack.is_none() && self.name == PROFILE
    }

    /// Whether it chooses the image.
    pub fn is_image(&self) -> bool {
        self.stack.is_none() && self.name == IMAGE
    }
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.key(), self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        let plain: Setting = "deadtime=1500ms".parse().unwrap();
        assert_eq!(
            (plain.stack.as_deref(), plain.name.as_str(), plain.value.as_str()),
            (None, "deadtime", "1500ms")
        );
        let full: Setting = "ha.deadtime = 1s=x".parse().unwrap();
        assert_eq!(full.to_string(), "ha.deadtime=1s=x");
        assert!("profile=paper".parse::<Setting>().unwrap().is_profile());
        assert!(!"ha.profile=paper".parse::<Setting>().unwrap().is_profile());
        assert!("image=debian-13".parse::<Setting>().unwrap().is_image());
        assert!(!"ha.image=debian-13".parse::<Setting>().unwrap().is_image());
        assert_eq!("deadtime".parse::<Setting>(), Err(SettingError::NoValue("deadtime".to_owned())));
        for bad in ["=1", ".x=1", "ha.=1"] {
            assert_eq!(bad.parse::<Setting>(), Err(SettingError::NoName(bad.to_owned())));
        }
    }
}
