//! Diagnostics as text for people and as JSON for programs.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::{Deserialize, Serialize};

use super::{Diagnostic, Diagnostics, Severity, Source};

/// Formats all problems, each with its file, line and column, the marked line, and the help, separated by
/// blank lines. Empty when there are no problems.
pub fn text(diagnostics: &Diagnostics, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for item in diagnostics.items() {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&one(&renderer, item, diagnostics.sources().get(item.source)));
        out.push('\n');
    }
    if diagnostics.more() > 0 {
        out.push_str(&format!("\n{} more are not shown: fix these first\n", diagnostics.more()));
    }
    out
}

fn one(renderer: &Renderer, item: &Diagnostic, source: Option<&Source>) -> String {
    let level = match item.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = annotate_snippets::Group::with_title(level.primary_title(&item.message));
    if let Some(source) = source {
        let mut snippet = Snippet::source(&source.text).path(&source.label);
        let primary = AnnotationKind::Primary.span(first_line(source, &item.span));
        snippet = snippet.annotation(match item.label.as_str() {
            "" => primary,
            label => primary.label(label),
        });
        for (span, remark) in &item.related {
            let span = first_line(source, span);
            snippet = snippet.annotation(AnnotationKind::Context.span(span).label(remark));
        }
        group = group.element(snippet);
    }
    if let Some(help) = &item.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// The part of a range on its first line, which is enough to find the rest and easier to read.
fn first_line(source: &Source, span: &Range<usize>) -> Range<usize> {
    let span = source.clamp(span);
    let line = source.text[span.clone()].split(['\n', '\r']).next().unwrap_or_default();
    span.start..span.start + line.len()
}

/// A problem in `--format json`. Lines and columns count from 1, columns in characters; the end is the first
/// character that is not marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonDiagnostic {
    /// The file.
    pub file: String,
    /// The line of the first marked character.
    pub line: usize,
    /// The column of the first marked character.
    pub column: usize,
    /// The line of the first character after the marked ones.
    pub end_line: usize,
    /// The column of the first character after the marked ones.
    pub end_column: usize,
    /// Its severity.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The note beside the marked characters.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub label: String,
    /// Related positions in the same file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub related: Vec<JsonPlace>,
    /// How to correct it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub help: Option<String>,
    /// The correct text for the marked characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replacement: Option<String>,
}

/// A related position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonPlace {
    /// The line of its first character.
    pub line: usize,
    /// The column of its first character.
    pub column: usize,
    /// What it has to do with the problem.
    pub remark: String,
}

/// All problems in their JSON form.
pub fn json(diagnostics: &Diagnostics) -> Vec<JsonDiagnostic> {
    let form = |item: &Diagnostic| {
        let source = diagnostics.sources().get(item.source)?;
        let (line, column) = source.position(item.span.start);
        let (end_line, end_column) = source.position(item.span.end);
        let place = |(span, remark): &(Range<usize>, String)| {
            let (line, column) = source.position(span.start);
            JsonPlace { line, column, remark: remark.clone() }
        };
        Some(JsonDiagnostic {
            file: source.label.clone(),
            line,
            column,
            end_line,
            end_column,
            severity: item.severity,
            message: item.message.clone(),
            label: item.label.clone(),
            related: item.related.iter().map(place).collect(),
            help: item.help.clone(),
            replacement: item.replacement.clone(),
        })
    };
    diagnostics.items().iter().filter_map(form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Diagnostics {
        let mut all = Diagnostics::new("lab.toml", "[node.a]\nimage = \"debian-21\"\n");
        all.push(
            Diagnostic::error(17..28, "there is no image `debian-21`")
                .label("unknown image")
                .related(1..7, "of this node")
                .help("did you mean `debian-12`?")
                .replace_with("\"debian-12\""),
        );
        all.push(Diagnostic::warning(29..29, "the file ends here"));
        all
    }

    #[test]
    fn text_marks_the_value_and_says_what_to_do() {
        insta::assert_snapshot!(text(&sample(), false), @r#"
        error: there is no image `debian-21`
         --> lab.toml:2:9
          |
        1 | [node.a]
          |  ------ of this node
        2 | image = "debian-21"
          |         ^^^^^^^^^^^ unknown image
          |
          = help: did you mean `debian-12`?

        warning: the file ends here
         --> lab.toml:2:21
          |
        2 | image = "debian-21"
          |                    ^
        "#);
        assert!(text(&sample(), true).contains("\u{1b}["), "colour only when it is asked for");
    }

    #[test]
    fn json_has_lines_and_columns() {
        let all = json(&sample());
        assert_eq!((all[0].line, all[0].column, all[0].end_column), (2, 9, 20));
        assert_eq!((all[0].related[0].line, all[0].related[0].column), (1, 2));
        assert_eq!(all[0].replacement.as_deref(), Some("\"debian-12\""));
        let text = serde_json::to_string(&all[1]).unwrap();
        assert!(!text.contains("help"), "what is not there is left out: {text}");
    }
}
