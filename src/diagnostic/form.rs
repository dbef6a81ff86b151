//! Forms of texts: names, sizes, durations, addresses. Checks whether a text has its form, and suggests a
//! correction.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use jiff::civil::Date;

use super::wanted::ExpectedForm;
use crate::model::word::Word;
use crate::model::{Bytes, Millis, check_name, name_limit};

/// The pattern of a subnet, for JSON Schema.
pub const SUBNET: &str = "^[0-9.]+/[0-9]+$";

/// The pattern of a SHA-256, for JSON Schema.
pub const SHA256: &str = "^[0-9a-fA-F]{64}$";

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Name(usize),
    Size,
    Span,
    Address,
    Subnet,
    Date,
    Sha256,
    Word(&'static Word),
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Slip {
    pub(super) message: String,
    pub(super) label: String,
    /// The text that was probably meant.
    pub(super) instead: Option<String>,
}

impl Form {
    /// The form that a value requires, if any.
    pub(super) fn of(wanted: &ExpectedForm<'_>) -> Option<Self> {
        match wanted.text("format") {
            Some("ipv4") => return Some(Self::Address),
            Some("date") => return Some(Self::Date),
            _ => {}
        }
        Self::of_pattern(wanted.text("pattern")?)
    }

    /// The form of a pattern.
    pub(super) fn of_pattern(pattern: &str) -> Option<Self> {
        match pattern {
            Bytes::PATTERN => Some(Self::Size),
            Millis::PATTERN => Some(Self::Span),
            SUBNET => Some(Self::Subnet),
            SHA256 => Some(Self::Sha256),
            other => Word::of_pattern(other).map(Self::Word).or_else(|| name_limit(other).map(Self::Name)),
        }
    }

    /// The kind of text, with its article.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Name(_) => "a name",
            Self::Size => "a size",
            Self::Span => "a duration",
            Self::Address => "an IPv4 address",
            Self::Subnet => "a subnet",
            Self::Date => "a date",
            Self::Sha256 => "a SHA-256",
            Self::Word(word) => word.kind,
        }
    }

    /// An example, to follow the word "write".
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Name(_) => "a name in quotes, of lowercase letters, digits and `-`",
            Self::Size => "a whole number with its unit, such as `\"512MiB\"`",
            Self::Span => "a whole number with its unit, such as `\"800ms\"`, `\"15s\"` or `\"2m\"`",
            Self::Address => "an IPv4 address, such as `\"192.168.0.101\"`",
            Self::Subnet => "a subnet of IPv4 addresses, such as `\"192.168.0.0/24\"`",
            Self::Date => "a day in quotes, such as `\"2030-06-30\"`",
            Self::Sha256 => "64 hexadecimal digits in quotes, as `sha256sum` prints them",
            Self::Word(word) => word.example,
        }
    }

    /// Checks whether a text has the form. `what` is the object that a name belongs to: "a node".
    pub(super) fn judge(self, text: &str, what: Option<&str>) -> Result<(), Slip> {
        let fits = match self {
            Self::Name(limit) => return name(text, limit, what),
            Self::Size => text.parse::<Bytes>().is_ok(),
            Self::Span => text.parse::<Millis>().is_ok(),
            Self::Address => text.parse::<Ipv4Addr>().is_ok(),
            Self::Subnet => text.parse::<Ipv4Net>().is_ok(),
            Self::Date => text.parse::<Date>().is_ok(),
            Self::Sha256 => text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            Self::Word(word) => word.fits(text),
        };
        if fits {
            return Ok(());
        }
        let addresses = matches!(self, Self::Address | Self::Subnet);
        if addresses && (text.parse::<Ipv6Addr>().is_ok() || text.parse::<Ipv6Net>().is_ok()) {
            return Err(Slip {
                message: format!("IPv6 is not supported: `{text}`"),
                label: format!("expected {}", self.kind()),
                instead: None,
            });
        }
        Err(Slip {
            message: format!("`{text}` is not {}", self.kind()),
            label: String::new(),
            instead: match self {
                Self::Size => Bytes::meant(text).map(|size| size.to_string()),
                Self::Span => Millis::meant(text).map(|span| span.to_string()),
                Self::Address => text.parse::<Ipv4Net>().ok().map(|net| net.addr().to_string()),
                Self::Subnet => text.parse::<Ipv4Addr>().ok().map(|ip| format!("{ip}/24")),
                Self::Name(_) | Self::Date | Self::Sha256 | Self::Word(_) => None,
            },
        })
    }
}

fn name(text: &str, limit: usize, what: Option<&str>) -> Result<(), Slip> {
    let Err(error) = check_name(text, limit) else { return Ok(()) };
    let message = match (text, what) {
        ("", Some(what)) => format!("the name of {what} is empty"),
        ("", None) => "the name is empty".to_owned(),
        (text, Some(what)) => format!("`{text}` cannot be the name of {what}"),
        (text, None) => format!("`{text}` is not a name"),
    };
    let instead = tidy(text).filter(|right| check_name(right, limit).is_ok());
    Err(Slip { message, label: error.to_string(), instead })
}

/// The text reduced to the characters that names allow.
fn tidy(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let plain: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.trim_start_matches(|c: char| !c.is_ascii_lowercase()).trim_end_matches('-');
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name() {
        assert_eq!(tidy("My Lab").as_deref(), Some("my-lab"));
        assert_eq!(tidy("1_node_").as_deref(), Some("node"));
        assert_eq!(tidy("42"), None);
    }

    #[test]
    fn addresses() {
        assert!(
            Form::Address.judge("fe80::1", None).unwrap_err().message.starts_with("IPv6 is not supported")
        );
        assert!(
            Form::Subnet.judge("fd00::/64", None).unwrap_err().message.starts_with("IPv6 is not supported")
        );
        assert_eq!(Form::Subnet.judge("10.0.0.0", None).unwrap_err().instead.as_deref(), Some("10.0.0.0/24"));
        assert_eq!(
            Form::Address.judge("10.0.0.1/24", None).unwrap_err().instead.as_deref(),
            Some("10.0.0.1")
        );
    }
}
