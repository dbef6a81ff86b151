//! The template engine, configured for each language.

use std::io;

use tera::{Context, Error, Kwargs, State, Tera, TeraResult};

use super::shell;

/// The size limit of a rendered template, in bytes.
const LONGEST_TEXT: usize = 4 << 20;

/// The largest number of items that `range` returns.
const LONGEST_RANGE: i64 = 300;

/// The programs that read a script as a shell does.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

/// The language of a template's output, which determines how values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// A configuration file or a page: values are not escaped.
    Plain,
    /// A POSIX shell: every value is quoted as one word.
    Shell,
}

impl Language {
    /// The language of a file that is put into a guest: that of the shell if its name or its first line says
    /// so. A script that is run is in the language of the shell, regardless of its name.
    pub(super) fn of_file(template: &str, text: &str) -> Self {
        let first = text.lines().next().unwrap_or_default();
        let mut program = first.strip_prefix("#!").unwrap_or_default().split(['/', ' ', '\t']);
        let shell = program.any(|word| SHELLS.contains(&word)) || template.ends_with(".sh");
        if shell { Language::Shell } else { Language::Plain }
    }

    /// An engine without templates. The escape function applies to the whole engine, so each language has its
    /// own.
    pub(super) fn engine(self) -> Tera {
        let mut tera = Tera::new();
        tera.register_function("range", range);
        tera.register_filter("split", split);
        match self {
            Language::Plain => tera.autoescape_on(Vec::<&str>::new()),
            Language::Shell => {
                // Every name ends with the empty string, so this escapes in all templates.
                tera.autoescape_on([""]);
                tera.set_escape_fn(shell::quote);
            }
        }
        tera
    }

    /// Renders one text.
    pub(super) fn render(self, name: &str, template: &str, context: &Context) -> Result<String, tera::Error> {
        let mut tera = self.engine();
        tera.add_raw_template(name, template)?;
        let mut text = Limited(Vec::new());
        tera.render_to(name, context, &mut text)?;
        String::from_utf8(text.0).map_err(|error| Error::message(error.to_string()))
    }
}

/// The numbers from `start` (default 0) up to, but not including, `end`.
fn range(arguments: Kwargs, _: &State) -> TeraResult<Vec<i64>> {
    let start = arguments.get::<i64>("start")?.unwrap_or_default();
    let end = arguments.must_get::<i64>("end")?;
    match end.checked_sub(start) {
        Some(count) if count <= LONGEST_RANGE => Ok((start..end).collect()),
        _ => Err(Error::message(format!("`range` gives at most {LONGEST_RANGE} numbers"))),
    }
}

/// The parts of a text between separators.
fn split(text: &str, arguments: Kwargs, _: &State) -> TeraResult<Vec<String>> {
    let separator = arguments.must_get::<&str>("pat")?;
    let parts: Vec<String> = text.split(separator).map(str::to_owned).collect();
    if i64::try_from(parts.len()).is_ok_and(|count| count <= LONGEST_RANGE) {
        return Ok(parts);
    }
    Err(Error::message(format!("`split` gives at most {LONGEST_RANGE} parts")))
}

/// A buffer of limited size.
struct Limited(Vec<u8>);

impl io::Write for &mut Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST_TEXT {
            return Err(io::Error::other(format!("the text is longer than {} MiB", LONGEST_TEXT >> 20)));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_in_shell_only() {
        let mut context = Context::new();
        context.insert("x", "'; rm -rf /");
        context.insert("n", &7);
        let render =
            |language: Language| language.render("t", "{{ x }} {{ n }} {{ x ~ n }}", &context).unwrap();
        assert_eq!(render(Language::Plain), "'; rm -rf / 7 '; rm -rf /7");
        assert_eq!(render(Language::Shell), r"''\''; rm -rf /' 7 ''\''; rm -rf /7'");
    }

    #[test]
    fn a_shell_script_is_known_by_its_name_or_its_first_line() {
        for (name, text) in
            [("x.sh", ""), ("x", "#!/bin/sh\n"), ("x", "#! /usr/bin/env bash -e\n"), ("x", "#!/bin/dash")]
        {
            assert_eq!(Language::of_file(name, text), Language::Shell, "{name} {text}");
        }
        for (name, text) in [("x.conf", "x\n#!/bin/sh"), ("x.pl", "#!/usr/bin/perl"), ("sh", "")] {
            assert_eq!(Language::of_file(name, text), Language::Plain, "{name} {text}");
        }
    }

    #[test]
    fn texts_and_ranges_end() {
        let context = Context::new();
        let render = |template: &str| Language::Plain.render("t", template, &context);
        assert_eq!(render("{% for n in range(start=1, end=4) %}{{ n }}{% endfor %}").unwrap(), "123");
        assert!(render("{% for n in range(end=1000000) %}{% endfor %}").is_err());
        assert_eq!(render("{% for n in 'a::b' | split(pat='::') %}{{ n }},{% endfor %}").unwrap(), "a,b,");
        let many = "a,".repeat(400);
        assert!(render(&format!("{{% for n in '{many}' | split(pat=',') %}}{{% endfor %}}")).is_err());
        let line = "x".repeat(100);
        let long = format!(
            "{{% for a in range(end=300) %}}{{% for b in range(end=300) %}}{line}{{% endfor %}}{{% endfor %}}"
        );
        assert!(render(&long).is_err());
    }

    #[test]
    fn what_is_not_defined_is_an_error() {
        let context = Context::from_serialize(&serde_json::json!({ "param": {} })).unwrap();
        for template in ["{{ nothing }}", "{{ param.nothing }}"] {
            assert!(Language::Plain.render("t", template, &context).is_err(), "{template}");
        }
    }
}
