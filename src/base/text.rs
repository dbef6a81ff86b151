//! Makes untrusted text (titles in files, output of guests, contents of a record) safe to show.
//!
//! Terminals act on control characters, and direction marks change how a line reads. Both are shown as their
//! numbers wherever text is only displayed, whether in a terminal, a page or JSON.

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
            sign if obeyed(sign) => number(&mut line, sign),
            sign => line.push(sign),
        }
    }
    Cow::Owned(line)
}

/// Text with its lines, tabs and colours; of other control characters the numbers. The last filter before a
/// terminal: colours are those of the program, whose texts from elsewhere went through [`one_line`].
pub fn styled(text: &str) -> Cow<'_, str> {
    let own = |sign: char| matches!(sign, '\n' | '\t');
    if !text.contains(|sign| obeyed(sign) && !own(sign)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let length = match style(rest) {
            Some(length) => {
                out.push_str(rest.get(..length).unwrap_or_default());
                length
            }
            None => {
                if obeyed(sign) && !own(sign) {
                    number(&mut out, sign)
                } else {
                    out.push(sign)
                }
                sign.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(out)
}

/// The length of a sequence of the program's own styles at the beginning of a text. Those that hide text, or
/// let it blink, are not among them.
fn style(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\x1b[")?;
    let (numbers, _) = rest.split_once('m')?;
    let is_ours = |number: &str| match number.parse() {
        Ok(number) => matches!(number, 0_u8..=4 | 22..=24 | 30..=37 | 39 | 90..=97),
        Err(_) => number.is_empty(),
    };
    let short = numbers.len() <= LONGEST_STYLE;
    (short && numbers.split(';').all(is_ours)).then_some("\x1b[".len() + numbers.len() + "m".len())
}

/// The longest list of numbers in a style, in bytes.
const LONGEST_STYLE: usize = 32;

/// JSON of which nothing acts on a terminal: characters that JSON itself does not escape are escaped too.
pub fn json(text: &str) -> Cow<'_, str> {
    // The format has line ends and spaces between its tokens; all other such characters are inside texts.
    if !text.contains(|sign| obeyed(sign) && sign != '\n') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\n' => out.push(sign),
            // All of them are in the basic plane. Writing to a string cannot fail.
            sign if obeyed(sign) => drop(write!(out, "\\u{:04x}", u32::from(sign))),
            sign => out.push(sign),
        }
    }
    Cow::Owned(out)
}

/// Writes the number of a character instead of it.
fn number(out: &mut String, sign: char) {
    // Writing to a string cannot fail.
    let _ = match u32::from(sign) {
        number @ 0..=0xff => write!(out, "\\x{number:02x}"),
        number => write!(out, "\\u{{{number:x}}}"),
    };
}

/// Whether a character controls the display instead of being shown: C0, DEL, C1, line separators, direction
/// marks.
fn obeyed(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes in hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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

    #[test]
    fn of_what_the_program_writes_only_lines_and_styles_act() {
        for (text, shown) in [
            ("one\n\ttwo", "one\n\ttwo"),
            (
                "\u{1b}[1m\u{1b}[31;1merror:\u{1b}[0m \u{1b}[m x",
                "\u{1b}[1m\u{1b}[31;1merror:\u{1b}[0m \u{1b}[m x",
            ),
            ("a\u{1b}]0;title\u{7}b\r\n", "a\\x1b]0;title\\x07b\\x0d\n"),
            ("a\u{1b}[8mhidden \u{1b}[5m \u{1b}[38;5;1m", "a\\x1b[8mhidden \\x1b[5m \\x1b[38;5;1m"),
            ("a\u{1b}[2J\u{9b}6n \u{202e}toor", "a\\x1b[2J\\x9b6n \\u{202e}toor"),
            ("\u{1b}[", "\\x1b["),
        ] {
            assert_eq!(styled(text), shown);
        }
        let long = format!("\u{1b}[{}m", "1;".repeat(100));
        assert!(styled(&long).starts_with("\\x1b["));
        assert!(matches!(styled("plain\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_json_and_acts_on_nothing() {
        let value = serde_json::json!({ "text": "a\u{1b}[31m\u{9b}6n\u{7f}\u{202e}toor\n\tä" });
        let plain = serde_json::to_string_pretty(&value).unwrap();
        let safe = json(&plain);
        assert!(!safe.contains(|sign| obeyed(sign) && sign != '\n'), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
