//! Places in the files of a stack where a lab puts text of its own: `[extra.NAME]` in `stack.toml`,
//! `[stack.NAME.extra]` in a lab file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Refusal;
use crate::model::GuestPath;

/// The longest text of a place, in bytes.
const LONGEST: usize = 64 << 10;

/// A place in a file of the stack where a lab can put text of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a place for text of a lab")]
pub struct Place {
    /// The file of the stack, by its absolute path. Its template has the place as `{{- extra.NAME }}`, at the
    /// beginning of the line after the one that the text follows.
    pub file: GuestPath,
    /// What belongs there: `inside the vrrp_instance`.
    pub doc: String,
}

impl Place {
    /// Checks the text of a lab for a place.
    ///
    /// # Errors
    /// When it is too long, or has characters that no configuration file has.
    pub fn check(text: &str) -> Result<(), Refusal> {
        if text.len() > LONGEST {
            let refusal = Refusal::new(format!("a text of {} bytes is too long", text.len()));
            return Err(refusal.help(format!("write at most {LONGEST}")));
        }
        if text.contains('\r') {
            let refusal = Refusal::new("the lines of this text end as on Windows");
            return Err(refusal.help("save the lab file with the line ends of Unix"));
        }
        match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            Some(c) => Err(Refusal::new(format!("the character U+{:04X} cannot be in a file", u32::from(c)))
                .help("write text only: lines of the file's own language")),
            None => Ok(()),
        }
    }

    /// The text as templates get it: it begins with the end of the line before it, if there is any text.
    pub(super) fn inserted(text: &str) -> String {
        match text.trim_end_matches('\n') {
            "" => String::new(),
            text => format!("\n{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_lines() {
        assert!(Place::check("\tkey = \"value\"\n# “x” ü\n").is_ok());
        let message = |text: &str| Place::check(text).unwrap_err().message;
        assert_eq!(message("a\0"), "the character U+0000 cannot be in a file");
        assert_eq!(message("a\u{1b}[2J"), "the character U+001B cannot be in a file");
        assert_eq!(message("a\r\nb\r\n"), "the lines of this text end as on Windows");
        assert_eq!(message(&"x".repeat(LONGEST + 1)), "a text of 65537 bytes is too long");
    }

    #[test]
    fn a_text_follows_the_line_before_it() {
        assert_eq!(Place::inserted(""), "");
        assert_eq!(Place::inserted("\n"), "");
        assert_eq!(Place::inserted("  a\n\n  b\n"), "\n  a\n\n  b");
    }
}
