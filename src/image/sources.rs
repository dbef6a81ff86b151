//! The machine's own Debian source, from which packages come when a recipe does not name a mirror.
//!
//! It already names the mirror or cache chosen for this machine; a default in the program could only be
//! wrong.

use std::path::{Path, PathBuf};

/// A suite at an archive, from the machine's apt sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AptSource {
    /// The archive's URL.
    pub uri: String,
    /// The suite.
    pub suite: String,
    /// The keyring for its signatures, when the source names a file.
    pub keyring: Option<PathBuf>,
}

/// Suites of the Debian archive; an archive with one of them is assumed to have them all.
const DEBIAN_SUITES: [&str; 11] = [
    "buster",
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "sid",
    "oldstable",
    "stable",
    "testing",
    "unstable",
];

/// Reads `/etc/apt` of the machine; unreadable entries are skipped, as apt would not use them either.
pub fn of_machine(etc_apt: &Path) -> Vec<AptSource> {
    let mut files: Vec<PathBuf> = fs_err::read_dir(etc_apt.join("sources.list.d"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.sort();
    files.insert(0, etc_apt.join("sources.list"));
    let mut found = Vec::new();
    for file in files {
        let Ok(text) = fs_err::read_to_string(&file) else { continue };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => found.extend(one_line_style(&text)),
            Some("sources") => found.extend(deb822_style(&text)),
            _ => {}
        }
    }
    found
}

/// The source for a suite: one with this very suite, or else the Debian archive of another suite.
pub fn choose<'a>(sources: &'a [AptSource], suite: &str) -> Option<&'a AptSource> {
    sources
        .iter()
        .find(|source| source.suite == suite)
        .or_else(|| sources.iter().find(|source| DEBIAN_SUITES.contains(&source.suite.as_str())))
}

/// `deb [signed-by=…] URI SUITE COMPONENT…`, one on each line.
pub(crate) fn one_line_style(text: &str) -> Vec<AptSource> {
    let parse = |line: &str| {
        let rest = line.trim().strip_prefix("deb")?;
        let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
        let (options, rest) = match rest.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => ("", rest),
        };
        let mut words = rest.split_whitespace();
        let keyring = options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
        Some(AptSource {
            uri: words.next()?.to_owned(),
            suite: words.next()?.to_owned(),
            keyring: keyring.and_then(key_file),
        })
    };
    text.lines().filter_map(parse).collect()
}

/// Stanzas of `Field: value`, separated by blank lines.
pub(crate) fn deb822_style(text: &str) -> Vec<AptSource> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    for stanza in lines.split(|line| line.trim().is_empty()) {
        let field = |name: &str| {
            stanza.iter().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then_some(value.trim())
            })
        };
        let disabled = field("Enabled").is_some_and(|value| value.eq_ignore_ascii_case("no"));
        if disabled || !field("Types").is_some_and(|types| types.split_whitespace().any(|t| t == "deb")) {
            continue;
        }
        let keyring = field("Signed-By").and_then(key_file);
        let Some(uri) = field("URIs").and_then(|uris| uris.split_whitespace().next()) else { continue };
        found.extend(field("Suites").unwrap_or_default().split_whitespace().map(|suite| AptSource {
            uri: uri.to_owned(),
            suite: suite.to_owned(),
            keyring: keyring.clone(),
        }));
    }
    found
}

/// The path in a `signed-by`, which may also be a fingerprint or the key itself.
fn key_file(value: &str) -> Option<PathBuf> {
    let first = value.split([',', ' ']).next()?;
    first.starts_with('/').then(|| PathBuf::from(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles_are_read() {
        let lines = "# deb http://no.example/debian sid main\ndeb-src http://src.example/debian bookworm main\n\
                     deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main contrib\n";
        assert_eq!(
            one_line_style(lines),
            [AptSource {
                uri: "http://a.example/debian".to_owned(),
                suite: "bookworm".to_owned(),
                keyring: Some(PathBuf::from("/k.gpg")),
            }]
        );
        let stanzas = "Types: deb deb-src\nURIs: http://b.example/debian\nSuites: trixie trixie-updates\n\
                       Components: main\nSigned-By: /t.gpg\n\n\nEnabled: no\nTypes: deb\nURIs: http://off.example\n\
                       Suites: sid\n";
        let found = deb822_style(stanzas);
        assert_eq!(
            found.iter().map(|source| source.suite.as_str()).collect::<Vec<_>>(),
            ["trixie", "trixie-updates"]
        );
        assert_eq!(found[0].uri, "http://b.example/debian");
        assert_eq!(found[0].keyring, Some(PathBuf::from("/t.gpg")));
    }

    #[test]
    fn the_same_suite_is_preferred_and_foreign_archives_are_not_taken() {
        let source =
            |uri: &str, suite: &str| AptSource { uri: uri.into(), suite: suite.into(), keyring: None };
        let sources = [
            source("http://tools.example", "cloud-sdk"),
            source("http://security.example", "bookworm-security"),
            source("http://debian.example", "bookworm"),
            source("http://other.example", "trixie"),
        ];
        assert_eq!(choose(&sources, "trixie"), Some(&sources[3]));
        assert_eq!(choose(&sources, "sid"), Some(&sources[2]));
        assert_eq!(choose(&sources[..2], "sid"), None);
    }
}
