//! Makes untrusted text (titles in files, output of guests, contents of a record) safe to show.
//!
//! Terminals act on control characters, and direction marks change how a line reads. Both are removed from
//! text that is only displayed, whether in a terminal, a page or JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text as one line: line breaks and tabs become spaces, other control characters their number (`\x1b`).
pub fn one_line(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(obeyed) else { return Cow::Borrowed(text) };
    let mut line = text[..first].to_owned();
    // Windows ends a line with two characters, which count as one line end.
    let rest = text[first..].replace("\r\n", "\n");
    for sign in rest.chars() {
        match sign {
            '\n' | '\r' | '\t' => line.push(' '),
            sign if obeyed(sign) => {
                // Writing to a string cannot fail.
                let _ = match u32::from(sign) {
                    number @ 0..=0xff => write!(line, "\\x{number:02x}"),
                    number => write!(line, "\\u{{{number:x}}}"),
                };
            }
            sign => line.push(sign),
        }
    }
    Cow::Owned(line)
}

/// Whether a character controls the display instead of being shown: C0, DEL, C1, line separators, direction
/// marks.
fn obeyed(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        for (text, line) in [
            ("Ein Schnitt für Änne, 50 %", "Ein Schnitt für Änne, 50 %"),
            ("red \u{1b}[31mand\u{1b}]0;title\u{7}", "red \\x1b[31mand\\x1b]0;title\\x07"),
            ("one\r\ntwo\tthree\n", "one two three "),
            ("C1 \u{9b}2J, DEL \u{7f}, zero \0", "C1 \\x9b2J, DEL \\x7f, zero \\x00"),
            ("user \u{202e}toor\u{2066}", "user \\u{202e}toor\\u{2066}"),
            ("\u{2028}", "\\u{2028}"),
        ] {
            assert_eq!(one_line(text), line);
            assert!(!one_line(text).contains(obeyed));
        }
        assert!(matches!(one_line("plain"), Cow::Borrowed(_)));
    }
}
