//! The meaning of log lines. The stack that writes them declares it: `[[log]]` in its `stack.toml`.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Maps log lines that match a pattern to a meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LogRule {
    /// The log.
    pub from: LogPlace,
    /// The pattern.
    pub pattern: Pattern,
    /// The meaning.
    pub means: Meaning,
}

/// A log of a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogPlace {
    /// In a file, by its absolute path.
    File(String),
    /// In the journal of a systemd unit.
    Unit(String),
}

/// A meaning of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// The cluster manager declares a peer dead. The pattern has `{peer}`.
    Detected,
    /// A sign of life from a peer was late, but the cluster manager did not declare it dead. The pattern has
    /// `{peer}`.
    Late,
    /// The node becomes the holder: for long enough it received no advertisement of higher priority.
    Elected,
    /// The cluster manager starts to take over a peer's resources.
    TakeoverStarted,
    /// The node has the virtual address from now on.
    AddressUp,
    /// The node has given the virtual address up.
    AddressDown,
    /// A resource was started or stopped. The pattern has `{name}`, which names the event: `mounted`.
    Mark,
}

impl Meaning {
    /// The name that the pattern has to capture.
    pub fn captures(self) -> Option<&'static str> {
        match self {
            Meaning::Detected | Meaning::Late => Some("peer"),
            Meaning::Mark => Some("name"),
            Meaning::Elected | Meaning::TakeoverStarted | Meaning::AddressUp | Meaning::AddressDown => None,
        }
    }
}

/// A pattern for a whole line: `*` matches any text, `{name}` captures a word without spaces, and all other
/// text matches itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Anything,
    Word(String),
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A `{` without its `}`, or the other way round.
    #[error("a `{{` and its `}}` enclose the name of a captured word")]
    Brace,
    /// A captured word has no name.
    #[error("a captured word needs a name of lowercase letters, such as `{{peer}}`")]
    Name,
    /// It matches every line, or could take long to match.
    #[error("a pattern has some text of its own, and at most {MOST} `*` and captured words")]
    Shape,
}

/// The largest number of wildcards in a pattern.
const MOST: usize = 6;

/// The longest captured word, in letters.
const LONGEST_WORD: usize = 100;

impl Pattern {
    /// Whether a word of this name is captured.
    pub fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Word(own) if own == name))
    }

    /// The captured words with their names; `None` if the line does not match.
    pub fn find<'l>(&self, line: &'l str) -> Option<Vec<(&str, &'l str)>> {
        let mut attempt = Attempt { parts: &self.parts, line, words: Vec::new(), failed: HashSet::new() };
        attempt.matches(0, 0).then_some(attempt.words)
    }
}

/// A match in progress. It tries no part twice at the same place, which bounds the time for a line that
/// nearly matches.
struct Attempt<'p, 'l> {
    parts: &'p [Part],
    line: &'l str,
    words: Vec<(&'p str, &'l str)>,
    failed: HashSet<(usize, usize)>,
}

impl Attempt<'_, '_> {
    /// Whether the rest of the line matches the rest of the parts. Captures are greedy.
    fn matches(&mut self, part: usize, at: usize) -> bool {
        let (parts, rest) = (self.parts, &self.line[at..]);
        match parts.get(part) {
            None => rest.is_empty(),
            Some(Part::Text(own)) => rest.starts_with(own.as_str()) && self.matches(part + 1, at + own.len()),
            _ if self.failed.contains(&(part, at)) => false,
            Some(Part::Anything) if part + 1 == parts.len() => true,
            // Here, or one letter later.
            Some(Part::Anything) => {
                let places = rest.char_indices().map(|(place, _)| at + place).chain([self.line.len()]);
                let known = |attempt: &Self, place| attempt.failed.contains(&(part, place));
                let mut found = false;
                for place in places {
                    if known(self, place) {
                        break;
                    }
                    self.failed.insert((part, place));
                    if self.matches(part + 1, place) {
                        found = true;
                        break;
                    }
                }
                found
            }
            Some(Part::Word(name)) => {
                let word = rest.split(char::is_whitespace).next().unwrap_or_default();
                let ends = word.char_indices().map(|(place, letter)| place + letter.len_utf8());
                let ends: Vec<usize> = ends.take(LONGEST_WORD).collect();
                let known = self.words.len();
                let mut found = false;
                for end in ends.into_iter().rev() {
                    self.words.push((name, &rest[..end]));
                    found = self.matches(part + 1, at + end);
                    if found {
                        break;
                    }
                    self.words.truncate(known);
                }
                if !found {
                    self.failed.insert((part, at));
                }
                found
            }
        }
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['*', '{', '}']) {
            if at > 0 {
                parts.push(Part::Text(rest[..at].to_owned()));
            }
            let wildcard = &rest[at..];
            if let Some(after) = wildcard.strip_prefix('*') {
                parts.push(Part::Anything);
                rest = after;
                continue;
            }
            let inside = wildcard.strip_prefix('{').ok_or(PatternError::Brace)?;
            let (name, after) = inside.split_once('}').ok_or(PatternError::Brace)?;
            if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_lowercase()) {
                return Err(PatternError::Name);
            }
            parts.push(Part::Word(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let wildcards = parts.iter().filter(|part| !matches!(part, Part::Text(_))).count();
        if wildcards == parts.len() || wildcards > MOST {
            return Err(PatternError::Shape);
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// The meaning of the first rule that a line matches, with the captured word.
pub fn meaning<'r, 'l>(
    rules: impl IntoIterator<Item = &'r LogRule>,
    line: &'l str,
) -> Option<(Meaning, Option<&'l str>)> {
    rules.into_iter().find_map(|rule| {
        let words = rule.pattern.find(line)?;
        let captured = rule.means.captures();
        let word = words.into_iter().find(|(name, _)| Some(*name) == captured).map(|(_, word)| word);
        Some((rule.means, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'l>(pattern: &str, line: &'l str) -> Option<Vec<&'l str>> {
        let pattern: Pattern = pattern.parse().unwrap();
        Some(pattern.find(line)?.into_iter().map(|(_, word)| word).collect())
    }

    #[test]
    fn a_pattern_is_a_whole_line() {
        assert_eq!(found("a*", "abc"), Some(vec![]));
        assert_eq!(found("a", "abc"), None);
        assert_eq!(found("*c", "abc"), Some(vec![]));
        assert_eq!(found("*b*", "abc"), Some(vec![]));
        assert_eq!(found("*node {peer}: is dead*", "WARN: node n1: is dead"), Some(vec!["n1"]));
        assert_eq!(found("*node {peer}: is dead*", "node : is dead"), None);
        assert_eq!(found("mark {name}*", "mark address-up node=n1"), Some(vec!["address-up"]));
        assert_eq!(found("*{a} {b}", "x ä ö"), Some(vec!["ä", "ö"]));
        assert_eq!(found("*{a}={b}", "no b= a=1"), Some(vec!["a", "1"]));
    }

    #[test]
    fn a_line_that_nearly_matches_is_done_with_soon() {
        let line = "a ".repeat(8 * 1024);
        let begun = std::time::Instant::now();
        assert_eq!(found("*a*{x}*a*{y} b", &line), None);
        // Naive backtracking would take years.
        assert!(begun.elapsed().as_secs() < 60);
    }

    #[test]
    fn what_is_no_pattern() {
        for (text, error) in [
            ("node {peer", PatternError::Brace),
            ("node } x", PatternError::Brace),
            ("node {}", PatternError::Name),
            ("node {Peer}", PatternError::Name),
            ("*", PatternError::Shape),
            ("", PatternError::Shape),
            ("*a*b*c*d*e*f*", PatternError::Shape),
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(error), "{text}");
        }
    }
}
