//! Values in shell scripts: quoting, and the check that the engine's quoting is effective.

use std::io;
use std::ops::Range;

/// Writes any value as exactly one word of a POSIX shell.
///
/// Words without special characters are not quoted, which keeps scripts readable.
pub fn quote(value: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+./:,@%".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return out.write_all(value.as_bytes());
    }
    out.write_all(b"'")?;
    out.write_all(value.replace('\'', r"'\''").as_bytes())?;
    out.write_all(b"'")
}

/// A position in a script's template where a quoted value would not be one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsound {
    /// The bytes of the template.
    pub span: Range<usize>,
    /// The reason.
    pub why: &'static str,
}

/// Finds here-documents, and values inside quotes or comments.
///
/// `"{{ x }}"` would put the quoted value inside other quotes, where the shell expands it; so a value has to
/// stand alone (`name={{ x }}`), and the script uses the variable.
pub fn unsound(template: &str) -> Vec<Unsound> {
    let mut found = Vec::new();
    // The current context: `'` or `"`, `#` for a comment, or none.
    let mut inside: Option<char> = None;
    let mut rest = template.char_indices().peekable();
    let mut word_begins = true;
    while let Some((at, c)) = rest.next() {
        let after = template.get(at..).unwrap_or_default();
        if let Some(end) = tag_end(after) {
            if after.starts_with("{{") && inside.is_some() {
                let why =
                    "a value inside quotes or a comment: give it to a variable of its own, and quote that";
                found.push(Unsound { span: at..at + end, why });
            }
            while rest.next_if(|(next, _)| *next < at + end).is_some() {}
            word_begins = false;
            continue;
        }
        match (inside, c) {
            (None | Some('"'), '\\') => drop(rest.next()),
            (None, '<') if after.starts_with("<<") => {
                let why = "a here-document: values in it would not be quoted";
                found.push(Unsound { span: at..at + 2, why });
                rest.next();
            }
            (None, '\'' | '"') => inside = Some(c),
            (None, '#') if word_begins => inside = Some(c),
            (Some('#'), '\n') => inside = None,
            (Some(open), _) if open == c && c != '#' => inside = None,
            _ => {}
        }
        word_begins = c.is_whitespace() || ";&|(".contains(c);
    }
    found
}

/// The length of the template tag at the start of a text, if there is one.
fn tag_end(text: &str) -> Option<usize> {
    [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
        .into_iter()
        .find(|(open, _)| text.starts_with(open))
        .and_then(|(_, close)| text.find(close).map(|at| at + close.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn quoted(value: &str) -> String {
        let mut out = Vec::new();
        quote(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_real_shell_reads_back_every_value_as_one_word() {
        let values = [
            "'; rm -rf /",
            "",
            " ",
            "a b",
            "$(id)",
            "`id`",
            "\"",
            "\\",
            "*",
            "~",
            "a\nb",
            "--",
            "é",
            "!!",
            "#x",
        ];
        for value in values {
            let script = format!("set -- {}\nprintf '%s/%s' $# \"$1\"", quoted(value));
            let output = Command::new("sh").arg("-c").arg(&script).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("1/{value}"), "{script}");
        }
    }

    #[test]
    fn plain_words_stay_readable() {
        assert_eq!(quoted("/dev/vdb"), "/dev/vdb");
        assert_eq!(quoted("192.168.0.100/24"), "192.168.0.100/24");
        assert_eq!(quoted("'; rm -rf /"), r"''\''; rm -rf /'");
    }

    fn places(template: &str) -> Vec<&str> {
        unsound(template).into_iter().map(|place| &template[place.span]).collect()
    }

    #[test]
    fn values_inside_quotes_are_found() {
        assert_eq!(places("echo \"{{ a }}\" {{ b }} '{{ c }}'"), ["{{ a }}", "{{ c }}"]);
        assert_eq!(places("# it's fine\nx={{ a }}\necho \"$x\""), Vec::<&str>::new());
        assert_eq!(places("echo \"\\\"{{ a }}\\\"\""), ["{{ a }}"]);
        assert_eq!(places("echo \\\"{{ a }} ${#x} 'it''s' {{ b }}"), Vec::<&str>::new());
        assert_eq!(places("x # it's {{ a }}\n{{ b }}"), ["{{ a }}"]);
        assert_eq!(places("cat <<END\n{{ a }}\nEND"), ["<<"]);
        assert_eq!(places("echo \"{% if a %}x{% endif %}\""), Vec::<&str>::new());
    }
}
