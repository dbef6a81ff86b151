//! Values in shell scripts: quoting, and the check that the engine's quoting is effective.

use std::io;
use std::ops::Range;

use super::tags::{Kind, Tag, filters, tags, words};

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

/// Finds values that the shell would not read as one word: inside quotes, comments, here-documents and
/// backquotes, after a backslash or a `$`, and those that the engine does not quote.
///
/// `"{{ x }}"` would put the quoted value inside other quotes, where the shell expands it; so a value has to
/// stand alone (`name={{ x }}`), and the script uses the variable.
pub fn unsound(template: &str) -> Vec<Unsound> {
    let mut scan = Scan {
        template,
        found: Vec::new(),
        inside: Vec::new(),
        branches: Vec::new(),
        before: Before::Nothing,
    };
    let tags: Vec<Tag> = tags(template).collect();
    let mut at = 0;
    for tag in &tags {
        let text = template.get(at..tag.whole.start).unwrap_or_default();
        let end = if tag.trims.0 { text.trim_end().len() } else { text.len() };
        scan.text(at, at + end);
        scan.tag(tag);
        at = tag.whole.end;
        if tag.trims.1 {
            let rest = template.get(at..).unwrap_or_default();
            at += rest.len() - rest.trim_start().len();
        }
    }
    scan.text(at, template.len());
    scan.found
}

/// Reads a script as the shell will after the engine has removed the tags.
struct Scan<'t> {
    template: &'t str,
    found: Vec<Unsound>,
    /// The constructs that enclose the current position, by the characters that open them: quotes, `#` for a
    /// comment, `(` for a command of its own.
    inside: Vec<char>,
    /// For each open `if` and `for`, the state before it.
    branches: Vec<Branch>,
    /// What stands directly before the current position.
    before: Before,
}

/// The state before an `if` or a `for`, and what is known of the branches so far.
struct Branch {
    inside: Vec<char>,
    before: Before,
    /// Whether a branch ends in a comment.
    comment: bool,
    /// Whether a word begins after some branches only.
    uncertain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The script begins here.
    Nothing,
    Letter(char),
    Backslash,
    Value,
    /// It depends on which branch is taken.
    Uncertain,
}

impl Before {
    /// Whether a word begins after it.
    fn word_begins(self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Letter(c) => c.is_whitespace() || ";&|()".contains(c),
            Self::Backslash | Self::Value | Self::Uncertain => false,
        }
    }
}

impl Scan<'_> {
    fn report(&mut self, span: Range<usize>, why: &'static str) {
        self.found.push(Unsound { span, why });
    }

    /// Reads the text between two tags.
    fn text(&mut self, start: usize, end: usize) {
        let text = self.template.get(start..end).unwrap_or_default();
        for (at, c) in text.char_indices() {
            let place = start + at;
            if self.before == Before::Backslash {
                // An escaped character is a part of a word, and opens nothing.
                self.before = Before::Letter('x');
                continue;
            }
            let comment = c == '#' && self.in_code() && self.comments(place);
            self.letter(c, place, comment);
            let escapes = c == '\\' && !matches!(self.inside.last(), Some('\'' | '#'));
            self.before = if escapes { Before::Backslash } else { Before::Letter(c) };
        }
    }

    fn letter(&mut self, c: char, place: usize, comment: bool) {
        match (self.inside.last().copied(), c) {
            (None | Some('('), '<') if self.before == Before::Letter('<') => {
                self.report(place - 1..place + 1, "a here-document: values in it would not be quoted");
            }
            (None | Some('('), '#') if comment => self.inside.push('#'),
            (None | Some('('), '\'' | '"' | '`' | '(') => self.inside.push(c),
            (Some('"'), '(') if self.before == Before::Letter('$') => self.inside.push('('),
            (Some('"'), '`') => self.inside.push('`'),
            (Some('('), ')') | (Some('#'), '\n') => drop(self.inside.pop()),
            (Some(open), _) if open == c && open != '#' && open != '(' => drop(self.inside.pop()),
            _ => {}
        }
    }

    fn in_code(&self) -> bool {
        matches!(self.inside.last(), None | Some('('))
    }

    /// Whether a `#` begins a comment here.
    fn comments(&mut self, place: usize) -> bool {
        if self.before == Before::Uncertain {
            let why = "a `#` directly after a branch: whether a comment begins is not certain";
            self.report(place..place + 1, why);
        }
        self.before.word_begins()
    }

    fn tag(&mut self, tag: &Tag) {
        let span = tag.whole.clone();
        let words: Vec<&str> =
            words(self.template, tag.inside.clone()).filter_map(|span| self.template.get(span)).collect();
        if filters(self.template, tag).any(|filter| UNQUOTED.contains(&filter)) {
            self.report(
                span.clone(),
                "`safe` and the like pass a value on without quotes, which would execute it",
            );
        }
        match self.before {
            Before::Backslash if tag.kind != Kind::Comment => {
                self.report(span.clone(), "a backslash before a tag would take away the quotes of its value");
            }
            Before::Letter('$') if tag.kind == Kind::Value => {
                self.report(span.clone(), "a `$` before a value would change the meaning of its quotes");
            }
            _ => {}
        }
        match tag.kind {
            Kind::Value => {
                if !self.in_code() || self.inside.contains(&'`') {
                    let why = "a value inside quotes or a comment: give it to a variable of its own, and quote that";
                    self.report(span, why);
                }
                self.before = Before::Value;
            }
            Kind::Statement => self.branch(words.first().copied().unwrap_or_default(), span),
            Kind::Comment => {}
        }
    }

    /// A quotation that begins in a branch has to end in it; else the rest of the script depends on which
    /// branch is taken.
    fn branch(&mut self, word: &str, span: Range<usize>) {
        match word {
            "raw" | "break" | "continue" => {
                self.report(span, "a script uses `if`, `for` and `set` only: its quotes have to be certain");
            }
            "if" | "for" => {
                let (inside, before) = (self.inside.clone(), self.before);
                self.branches.push(Branch { inside, before, comment: false, uncertain: false });
            }
            "elif" | "else" | "endif" | "endfor" => self.branch_ends(word.starts_with("end"), span),
            _ => {}
        }
    }

    fn branch_ends(&mut self, last: bool, span: Range<usize>) {
        let Some(mut branch) = self.branches.pop() else { return };
        let open = |inside: &[char]| inside.iter().copied().filter(|c| *c != '#').collect::<Vec<char>>();
        if open(&branch.inside) != open(&self.inside) {
            self.report(span, "a quotation has to end in the same branch in which it begins");
        }
        branch.comment |= self.inside.last() == Some(&'#');
        branch.uncertain |= self.before.word_begins() != branch.before.word_begins();
        self.inside = branch.inside.clone();
        if !last {
            self.before = branch.before;
            self.branches.push(branch);
            return;
        }
        if branch.comment && self.inside.last() != Some(&'#') {
            self.inside.push('#');
        }
        if branch.uncertain {
            self.before = Before::Uncertain;
        }
    }
}

/// Filters whose results the engine does not quote.
const UNQUOTED: [&str; 5] = ["safe", "escape", "escape_html", "escape_xml", "newlines_to_br"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::engine::Language;
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

    #[test]
    fn values_that_the_shell_would_read_differently_are_found() {
        for bad in [
            "echo \\{{ a }}",
            "echo ${{ a }}",
            "echo `echo {{ a }}`",
            "x=\"$(echo \"{{ a }}\")\"",
            "{{ a | safe }}",
            "{{ a | escape_html }}",
            "{% set x = a | safe %}{{ x }}",
            "{% raw %}\"{% endraw %}{{ a }}\"",
            "{% if a %}\"{% endif %} \"{{ b }}",
            "# one\n{{- a }}",
            "echo x \\\n{{- a }}",
            "x{% if a %} {% endif %}# '' {{ b }}",
        ] {
            assert!(!places(bad).is_empty(), "{bad}");
        }
        for good in [
            "x={{ a }}\ny=$(echo {{ a }} \"$x\")",
            "z=\"$(echo {{ a }})\"",
            "# it's\n{%- if a %}\necho {{ b }}\n{%- endif %}\necho {{ c }}",
            "{% if a %}x='a b'{% else %}x=\"it's\"{% endif %}\n{{ b }}",
            "echo \\\\{# it's #} {{ a }} 'safe'",
            "case $x in (a) {{ b }} ;; b) {{ c }} ;; esac",
            "{{ param.safe }}",
        ] {
            assert_eq!(places(good), Vec::<&str>::new(), "{good}");
        }
    }

    /// What the check lets pass, a real shell takes for one word.
    #[test]
    fn a_value_that_passes_is_not_executed() {
        let evil = "$(echo executed) `echo executed` ' \" \\ \n echo executed";
        let mut context = tera::Context::new();
        context.insert("a", evil);
        context.insert("list", &[evil, evil]);
        for script in
            ["printf %s {{ a }}", "x={{ a }}\nprintf %s \"$x\"", "printf %s \"$(printf %s {{ a }})\""]
        {
            assert_eq!(unsound(script), [], "{script}");
            let text = Language::Shell.render("t", script, &context).unwrap();
            let output = Command::new("sh").arg("-c").arg(&text).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), evil, "{text}");
        }
        let text = Language::Shell.render("t", "printf %s {{ list }}", &context).unwrap();
        let output = Command::new("sh").arg("-c").arg(&text).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().matches("echo executed").count(), 6, "{text}");
    }
}
