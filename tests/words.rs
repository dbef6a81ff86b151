//! The house style of prose: words that are refused, each with its replacement, and the width of lines.
//!
//! Comments, messages and documents are checked, code and `quoted names` are not. All findings are reported at once.

use std::path::{Path, PathBuf};

/// What is checked: files, and folders with all that is below them.
const CHECKED: &[&str] = &[
    "src",
    "tests",
    "examples",
    "benches",
    "docs",
    "courses",
    "labs",
    "templates",
    "images",
    "scripts",
    "Makefile",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
];

/// Not rewritten yet. Delete an entry together with its findings.
const LATER: &[&str] = &[];

/// This file, which has to name the words.
const OWN: &str = "tests/words.rs";

/// Texts that programs make, some of them from checked sources.
const DATA: &[&str] = &[
    "docs/faults.md",
    "docs/power-cut.svg",
    "tests/golden",
    "tests/cli/snapshots",
    "tests/labfile",
    "src/web/page/node_modules",
    "src/web/page/dist",
    "src/web/page/package-lock.json",
];

/// The widest line, in characters: of comments, and of prose in documents. Code is for rustfmt.
const WIDTH: usize = 110;
const DOCUMENT_WIDTH: usize = 120;

/// Phrases that are refused, in lowercase, and what to write instead.
const REFUSED: &[(&str, &str)] = &[
    ("so many", "the number, or the name of the parameter"),
    ("so much", "the amount, or the name of the parameter"),
    ("so-manieth", "the number, or the name of the parameter"),
    ("whoever", "the actor: `the process that …`"),
    ("whomever", "the actor: `the process that …`"),
    ("whatever", "`any`, `regardless of`, or the thing itself"),
    ("what of", "`the part of … that`"),
    ("what is to be", "the thing itself, as a noun"),
    ("what becomes of", "`the result of`, `the effect on`"),
    ("what became of", "`the outcome of`"),
    ("what comes of", "`the result of`"),
    ("what to make of", "`the verdict on`"),
    ("what there is", "the thing itself, as a noun"),
    ("nobody", "`no one` with a real subject, or the passive"),
    ("somebody", "the actor, such as `another process`"),
    ("anybody", "the actor, such as `another process`"),
    ("everybody", "the actors, such as `all nodes`"),
    ("is told", "`receives`, `is notified of`"),
    ("are told", "`receive`, `are notified of`"),
    ("was told", "`received`, `was requested to`"),
    ("hears", "`receives`, `detects`"),
    ("hearing", "`receiving`, `detecting`"),
    ("was heard", "`was received`"),
    ("is heard", "`is received`"),
    ("blame", "`mark`, `report at`"),
    ("farewell", "`summary`"),
    ("all the same", "`still`, `nevertheless`"),
    ("as good as", "`nearly`, or `is treated as`"),
    ("besides.", "`in addition`"),
    ("half-made", "`incomplete`"),
    ("in vain", "`without success`"),
    ("by turns", "`alternately`"),
    ("for ever", "`forever`, or the missing limit"),
    ("slip of the pen", "`typing error`"),
    ("slips of the pen", "`typing errors`"),
    ("span of time", "`duration`, or `period`"),
    ("spans of time", "`durations`, or `periods`"),
    ("for dead", "`declares … dead`"),
    ("anew", "`again`, or the verb with `re-`"),
    ("mend", "`fix`"),
    ("mended", "`fixed`"),
    ("fared", "`the results of`"),
    ("stands upon", "`depends on`, `has as its backing file`"),
    ("is the truth about", "`determines`, `shows`"),
    ("knows nothing of", "`does not depend on`"),
    ("if need be", "`if necessary`"),
    ("give or take", "`within`, `apart from`"),
];

/// Prose without its markup, and the line of each of its bytes. A line feed separates what does not belong together.
#[derive(Default)]
struct Prose {
    text: String,
    lines: Vec<usize>,
}

impl Prose {
    fn push(&mut self, line: usize, text: &str) {
        self.text.push_str(text);
        self.lines.resize(self.text.len(), line);
    }

    /// Each phrase that is refused, with its line.
    fn refused(&self) -> Vec<(usize, &'static str, &'static str)> {
        // Names in backquotes become line feeds, and the text keeps its length.
        let mut quoted = false;
        let text: String =
            self.text.to_ascii_lowercase().split_inclusive('\n').fold(String::new(), |mut all, line| {
                quoted = quoted && !line.trim().is_empty();
                for c in line.chars() {
                    let hidden = quoted || c == '`';
                    quoted ^= c == '`';
                    all.extend(std::iter::repeat_n(
                        if hidden { '\n' } else { c },
                        if hidden { c.len_utf8() } else { 1 },
                    ));
                }
                all
            });
        let mut found = Vec::new();
        for (phrase, instead) in REFUSED {
            for (at, _) in text.match_indices(phrase) {
                let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                let end = at + phrase.len();
                if !letter(text[..at].chars().next_back())
                    && (!phrase.ends_with(char::is_alphanumeric) || !letter(text[end..].chars().next()))
                {
                    found.push((self.lines[at], *phrase, *instead));
                }
            }
        }
        found
    }
}

/// The comments and the string literals of Rust code. Comments on lines that follow each other are one text.
fn rust(code: &str) -> Prose {
    let mut prose = Prose::default();
    let mut line = 1;
    let mut at = 0;
    while let Some(c) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = if rest.starts_with("//") {
            let comment = rest.lines().next().unwrap_or_default();
            prose.push(line, comment.trim_start_matches(['/', '!']).trim());
            prose.push(line, " ");
            // The next line goes on with this text only if it is a comment, too.
            let next = rest[comment.len()..].strip_prefix('\n').unwrap_or_default();
            if !next.trim_start_matches(' ').starts_with("//") {
                prose.push(line, "\n");
            }
            comment.len()
        } else if let Some((content, length)) = string(rest) {
            for (number, part) in content.split('\n').enumerate() {
                prose.push(line + number, part.trim_end_matches('\\').trim());
                prose.push(line + number, " ");
            }
            prose.push(line, "\n");
            length
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            3
        } else {
            c.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        at += length;
    }
    prose
}

/// The content and the whole length of a string literal that code begins with.
fn string(code: &str) -> Option<(&str, usize)> {
    if let Some(raw) = code.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let open = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = open.find(&close)?;
        return Some((&open[..length], 1 + hashes + 1 + length + close.len()));
    }
    let open = code.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in open.char_indices() {
        if c == '"' && !escaped {
            return Some((&open[..at], at + 2));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// A document without the code in it; of other files, the text as it is.
fn plain(text: &str, is_document: bool) -> Prose {
    let mut prose = Prose::default();
    let mut code = false;
    for (number, line) in text.lines().enumerate() {
        let fence = is_document && line.trim_start().starts_with("```");
        code ^= fence;
        let own = fence || code || line.trim().is_empty() || line.starts_with('|');
        prose.push(number + 1, if own { "\n" } else { "" });
        if !fence && !code {
            prose.push(number + 1, line.trim_start_matches(['#', ' ']).trim_end());
            prose.push(number + 1, if own { "\n" } else { " " });
        }
    }
    prose
}

/// Lines that are too wide, with their widths. Tables, code and words that cannot be broken may be wider.
fn too_wide(text: &str, is_rust: bool) -> Vec<(usize, usize)> {
    let most = if is_rust { WIDTH } else { DOCUMENT_WIDTH };
    let mut code = false;
    let wide = |(number, line): (usize, &str)| {
        let body = line.trim_start();
        let prose = if is_rust {
            body.strip_prefix("//").map(|body| body.trim_start_matches(['/', '!']))
        } else {
            Some(body)
        };
        let prose = prose?.trim_start();
        code ^= prose.starts_with("```");
        let breakable = line.chars().take(most).collect::<String>().trim_start().matches(' ').count() > 2
            && !prose.contains("](")
            && !prose.contains("://");
        let width = line.chars().count();
        (width > most && !code && !prose.starts_with('|') && breakable).then_some((number + 1, width))
    };
    text.lines().enumerate().filter_map(wide).collect()
}

/// All findings in a file, as `file:line: what is wrong`.
fn findings(path: &str, text: &str) -> Vec<String> {
    let is_rust = path.ends_with(".rs");
    let is_document = path.ends_with(".md");
    let prose = if is_rust { rust(text) } else { plain(text, is_document) };
    let mut found: Vec<(usize, String)> = prose
        .refused()
        .into_iter()
        .map(|(line, phrase, instead)| (line, format!("{phrase:?}: write {instead}")))
        .collect();
    if is_rust || is_document {
        let most = if is_rust { WIDTH } else { DOCUMENT_WIDTH };
        let wide = too_wide(text, is_rust);
        found.extend(
            wide.into_iter().map(|(line, width)| (line, format!("{width} characters, of at most {most}"))),
        );
    }
    found.sort();
    found.into_iter().map(|(line, what)| format!("{path}:{line}: {what}")).collect()
}

fn files(root: &Path, path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs_err::read_dir(path).expect("the folder is readable") {
            files(root, &entry.expect("the folder is readable").path(), found);
        }
    } else {
        found.push(path.strip_prefix(root).expect("it was found there").to_owned());
    }
}

#[test]
fn prose_keeps_to_the_house_style() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for checked in CHECKED {
        files(root, &root.join(checked), &mut all);
    }
    all.sort();
    let mut wrong = Vec::new();
    for path in all {
        let skipped = |skipped: &[&str]| skipped.iter().any(|skipped| path.starts_with(skipped));
        if skipped(LATER) || skipped(DATA) || skipped(&[OWN]) {
            continue;
        }
        // What is not text, such as an archive for a test, has no prose.
        if let Ok(text) = fs_err::read_to_string(root.join(&path)) {
            wrong.extend(findings(&path.to_string_lossy(), &text));
        }
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_refused_phrase_is_found() {
    for (phrase, instead) in REFUSED {
        let expected = [format!("a.rs:2: {phrase:?}: write {instead}")];
        assert_eq!(findings("a.rs", &format!("\n/// It says {phrase} \n")), expected);
        let expected = [format!("a.md:1: {phrase:?}: write {instead}")];
        assert_eq!(findings("a.md", &format!("It says {phrase} ")), expected);
    }
}

#[test]
fn phrases_are_found_in_prose_only() {
    let lines = |path, text| -> Vec<String> {
        let found = findings(path, text);
        found.iter().map(|line| line.split(':').nth(1).unwrap_or_default().to_owned()).collect()
    };
    // In comments, also across their lines, and in strings of every kind; each string is a text of its own.
    assert_eq!(lines("a.rs", "let a = 1; // Whoever\n//! so\n//! many\n"), ["1", "2"]);
    assert_eq!(
        lines("a.rs", "f(\"nobody\");\n\nf(r#\"a \" in\nvain\"#); f('\"'); // whoever"),
        ["1", "3", "4"]
    );
    assert_eq!(lines("a.rs", "f(\"\\\"so \\\nmany\", \"so\", \"many\")"), ["1"]);
    // Not in code, in names, in parts of words, nor across paragraphs.
    assert_eq!(
        lines("a.rs", "fn nobody() { blame() }\n// `nobody`, unblamed, so\n//\n// `many`"),
        Vec::<String>::new()
    );
    assert_eq!(
        lines("a.md", "so\nmany\n\nso\n\nmany\n```\nnobody\n```\n`nobody` blames\n| so |\nmany"),
        ["1"]
    );
    assert_eq!(lines("a.sh", "# nobody\necho \"so many\""), ["1", "2"]);
}

#[test]
fn lines_that_are_too_wide_are_found() {
    let words = |width: usize| "wide ".repeat(width / 5);
    let found =
        findings("a.rs", &format!("/// {}\n// {}\nlet a = \"{}\";", words(110), words(105), words(200)));
    assert_eq!(found, ["a.rs:1: 114 characters, of at most 110"]);
    let text = format!("{}\n| {} |\n```\n{}\n```\n[{}](x)", words(125), words(125), words(125), words(125));
    assert_eq!(findings("a.md", &text), ["a.md:1: 125 characters, of at most 120"]);
    assert_eq!(findings("Makefile", &words(200)), Vec::<String>::new());
}
