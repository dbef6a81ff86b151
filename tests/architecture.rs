//! The house rule: a module uses only modules that stand before it in [`ALLOWED`].
//!
//! The table is the allowed import graph. A missing entry fails here, and so does an unused one, so that the
//! table equals the graph. Unit tests inside the modules are ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each module of `src` with the modules that it may use; a module names only modules above it.
const ALLOWED: &[(&str, &str)] = &[
    ("base", ""),
    ("model", ""),
    ("state", "model"),
    ("diagnostic", "model"),
    ("work", "model"),
    ("disk", "base model"),
    ("catalog", "base model state"),
    ("desired", "model"),
    ("stack", "base model diagnostic catalog desired"),
    ("labfile", "base model diagnostic catalog stack"),
    ("instance", "base model state desired"),
    ("inventory", "model"),
    ("image", "base model state diagnostic work catalog stack"),
    ("checkpoint", "base model state desired instance image"),
    ("plan", "model desired inventory checkpoint"),
    ("fault", "base model"),
    ("seed", "base model state"),
    ("guest", "base model"),
    ("host", "base model state work inventory"),
    (
        "provider",
        "base model state disk work catalog desired instance inventory image checkpoint plan \
         fault seed guest host",
    ),
    ("apply", "base model state work instance plan provider"),
    ("injection", "base model work fault provider"),
    ("record", "base model"),
    ("probe", "base model record"),
    ("drill", "base model diagnostic catalog stack labfile fault provider injection record probe"),
    ("report", "base model fault record probe"),
    ("exercise", "base model diagnostic stack labfile record drill report"),
    ("course", "base model diagnostic catalog labfile exercise"),
    ("class", "base model state diagnostic exercise"),
    (
        "app",
        "base model state diagnostic work disk catalog desired stack labfile instance \
         inventory image checkpoint plan fault seed guest provider apply injection \
         record drill report exercise course class",
    ),
    ("web", "base model app"),
    // It speaks HTTP with a server, which it starts as a program.
    ("rehearsal", "base model app"),
    ("cli", "base model diagnostic report app web rehearsal"),
];

/// The imports of `src/<module>` from other modules of the crate, each with one file that has it.
type Graph = BTreeMap<String, BTreeMap<String, PathBuf>>;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).expect("src is readable") {
        let path = entry.expect("src is readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The text of a file without its unit tests, which stand at its end.
fn untested(path: &Path) -> String {
    let mut text = fs_err::read_to_string(path).expect("sources are text");
    text.truncate(text.find("\n#[cfg(test)]\nmod tests").unwrap_or(text.len()));
    text
}

/// The code of a file without comments and without its unit tests.
fn code(path: &Path) -> String {
    untested(path)
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules that a text names after `crate::`, in paths and in groups (`use crate::{a, b::c}`).
fn named(text: &str) -> BTreeSet<String> {
    let identifier = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_').collect()
    };
    let mut found = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(identifier(rest));
            continue;
        };
        let mut depth = 0_usize;
        let mut start = 0;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => {
                    found.insert(identifier(group[start..].trim_start()));
                    break;
                }
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    found.insert(identifier(group[start..].trim_start()));
                    start = at + 1;
                }
                _ => {}
            }
        }
    }
    found.remove("");
    found
}

fn graph() -> Graph {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut graph = Graph::new();
    for file in files {
        let inside = file.strip_prefix(&root).expect("it was found there").to_owned();
        let first = inside.components().next().expect("a file has a name").as_os_str().to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        if ["lib", "main", "testing"].contains(&module.as_str()) {
            continue;
        }
        for used in named(&code(&file)).into_iter().filter(|used| *used != module) {
            graph.entry(module.clone()).or_default().entry(used).or_insert(inside.clone());
        }
        graph.entry(module).or_default();
    }
    graph
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let graph = graph();
    let allowed: BTreeMap<&str, &str> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for (module, uses) in &graph {
        let Some(may) = allowed.get(module.as_str()) else {
            wrong.push(format!("src/{module} is not in the table"));
            continue;
        };
        for (used, file) in uses {
            if may.split_whitespace().all(|module| module != used) {
                wrong.push(format!("{module} may not use {used}: src/{}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_names_no_edge_that_nothing_uses() {
    let graph = graph();
    let unused = |(module, may): &(&str, &str)| {
        let uses = graph.get(*module).unwrap_or_else(|| panic!("src/{module} does not exist"));
        let gone: Vec<_> = may.split_whitespace().filter(|used| !uses.contains_key(*used)).collect();
        (!gone.is_empty()).then(|| format!("{module} no longer uses {gone:?}"))
    };
    let wrong: Vec<String> = ALLOWED.iter().filter_map(unused).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_circle() {
    let mut above = BTreeSet::new();
    for (module, may) in ALLOWED {
        let below: Vec<_> = may.split_whitespace().filter(|used| !above.contains(used)).collect();
        assert!(below.is_empty(), "{module} stands above {below:?} in the table");
        assert!(above.insert(*module), "{module} is in the table twice");
    }
}

#[test]
fn the_command_line_has_no_files_processes_or_threads_of_its_own() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli"), &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let code = code(&file);
        for word in ["fs_err", "std::fs", "process::Command", "thread::", "std::net", "UnixStream"] {
            if code.contains(word) {
                wrong.push(format!("{} uses {word}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Words from the implementation of real guests, which belong to `provider` and the modules below it.
const BELOW_PROVIDER: &[&str] = &["netns", "qemu", "libvirt", "bridge"];

/// The files above `provider` that may have such a word in their identifiers, and the reasons.
const MAY_NAME: &[(&str, &str)] = &[
    // It measures the loads of drills in a network of its own, without a lab.
    ("drill/calibrate/mod.rs", "netns"),
];

/// The identifiers of a text: neither words in comments nor those in texts between quotation marks.
fn identifiers(text: &str) -> BTreeSet<String> {
    let mut outside = String::new();
    let mut letters = text.chars();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => drop(letters.next()),
            // A quotation mark as a character opens nothing.
            '\'' if letters.as_str().starts_with("\"'") => drop(letters.nth(1)),
            '"' => quoted = !quoted,
            _ if quoted => {}
            '/' if letters.as_str().starts_with('/') => {
                outside.push(' ');
                letters.by_ref().find(|letter| *letter == '\n');
            }
            _ => outside.push(letter),
        }
    }
    let words = outside.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[test]
fn above_the_provider_nothing_names_how_guests_are_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let above = ALLOWED.iter().skip_while(|(module, _)| *module != "provider").skip(1);
    let mut files = Vec::new();
    for (module, _) in above {
        sources(&root.join(module), &mut files);
    }
    assert!(files.len() > 100, "{files:?}");
    let mut found = BTreeSet::new();
    for file in &files {
        let inside = file.strip_prefix(&root).expect("it was found there").display().to_string();
        for identifier in identifiers(&untested(file)) {
            let named = BELOW_PROVIDER.iter().filter(|word| identifier.to_lowercase().contains(**word));
            found.extend(named.map(|word| (inside.clone(), (*word).to_owned())));
        }
    }
    let may: BTreeSet<_> =
        MAY_NAME.iter().map(|(file, word)| ((*file).to_owned(), (*word).to_owned())).collect();
    assert_eq!(found, may, "left: what the files name; right: what they may");
}

#[test]
fn identifiers_are_no_words_in_texts() {
    let text = "let netns_name = \"a \\\" bridge\"; f('\"', b.libvirt, \"http://bridge\") // qemu\n.c";
    let found: Vec<String> = identifiers(text).into_iter().collect();
    assert_eq!(found, ["b", "c", "f", "let", "libvirt", "netns_name"]);
}

/// The kinds of loads that the core must not name, by the prefixes of their types.
const UNKNOWN_KINDS: [&str; 3] = ["Sip", "Xmpp", "Call"];

/// The places that may name these kinds: their own modules, their modules of the report, and the registry. A
/// `Call` in `provider` is a call of libvirt; tests see the kinds as they are.
const MAY_NAME_KINDS: [&str; 9] = [
    "probe/sip",
    "probe/call",
    "probe/xmpp",
    "probe/registry.rs",
    "report/voice",
    "report/logins.rs",
    "provider/libvirt/watch.rs",
    "testing.rs",
    "testing",
];

/// The words of a text that begin with the name of a kind and continue as a type's name.
fn kinds_named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let of_a_kind = |word: &&str| {
        let rest = UNKNOWN_KINDS.iter().find_map(|kind| word.strip_prefix(kind));
        rest.is_some_and(|rest| {
            let rest = rest.strip_prefix('s').unwrap_or(rest);
            rest.chars().next().is_none_or(char::is_uppercase)
        })
    };
    words.filter(of_a_kind).map(str::to_owned).collect()
}

#[test]
fn the_core_names_no_kind_of_load_that_has_a_module_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&root).expect("it was found there");
        if MAY_NAME_KINDS.iter().any(|place| inside.starts_with(place)) {
            continue;
        }
        let code = code(&file);
        wrong.extend(kinds_named(&code).iter().map(|word| format!("src/{} names {word}", inside.display())));
        let quoted = ["\"sip\"", "\"xmpp\""].into_iter().filter(|word| code.contains(word));
        wrong.extend(quoted.map(|word| format!("src/{} has {word}", inside.display())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn names_of_kinds_are_told_from_other_words() {
    let text = "SipMethod Sip XmppLogin Calls CallsSummary Called Calling recall Sipped Xmpp";
    let found: Vec<String> = kinds_named(text).into_iter().collect();
    assert_eq!(found, ["Calls", "CallsSummary", "Sip", "SipMethod", "Xmpp", "XmppLogin"]);
}

#[test]
fn probes_open_nothing_by_themselves() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/probe");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    // The process of a load is the surroundings of its probe.
    let is_probe = |file: &&PathBuf| !file.ends_with("sockets.rs") && !file.starts_with(root.join("apart"));
    for file in files.iter().filter(is_probe) {
        let code = code(file);
        for word in [
            "::bind(",
            "TcpStream::connect",
            "socket_with",
            "netns",
            "setns",
            "fs_err",
            "std::fs",
            "process::Command",
            "thread::",
        ] {
            if code.contains(word) {
                wrong.push(format!("{} uses {word}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_library_exports_the_application_and_what_its_answers_are_made_of() {
    let library = code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(modules.collect::<Vec<_>>(), ["app", "diagnostic", "model", "record", "report", "testing"]);
}

#[test]
fn imports_are_found_in_paths_groups_and_not_in_comments() {
    let text = "use crate::{a::{B, c::D}, e};\nlet x = crate::f::G; pub use crate::h;";
    let found: Vec<String> = named(text).into_iter().collect();
    assert_eq!(found, ["a", "e", "f", "h"]);
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs_err::write(file.path(), "// crate::a\nuse crate::b;\n#[cfg(test)]\nmod tests { use crate::c; }\n")
        .expect("a file");
    assert_eq!(named(&code(file.path())).into_iter().collect::<Vec<_>>(), ["b"]);
}
