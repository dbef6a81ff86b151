//! The gradebook as a page: one file without network access or scripts, for a screen and for paper.

use std::fmt::Write as _;

use super::words;
use crate::class::gradebook::{Cell, ExerciseColumn, GradeRow, Gradebook};
use crate::class::markup::{POLICY, escaped};
use crate::class::roster::{Names, Student};
use crate::exercise::Language;

const STYLE: &str = include_str!("html.css");

/// The page. With hidden names it has the seats only.
pub fn html(gradebook: &Gradebook, language: Language, names: Names) -> String {
    let (title, class) = (escaped(&gradebook.title), escaped(&gradebook.class));
    let at = gradebook.exported.strftime("%Y-%m-%d %H:%M UTC");
    let code = language.code();
    let words = Words::of(language);
    let head = head(&gradebook.exercises, &words, names);
    let rows: String = gradebook.rows.iter().map(|one| row(one, gradebook, language, names)).collect();
    let all = all(gradebook, &words, names);
    // The sums are no footer of the table: on paper it would be at the end of each page.
    format!(
        "<!doctype html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n{POLICY}\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{class}, {at}</p>\n\
         <div class=\"sheet\">\n<table>\n<thead>\n{head}</thead>\n<tbody>\n{rows}</tbody>\n\
         <tbody class=\"all\">\n{all}</tbody>\n</table>\n</div>\n</body>\n</html>\n"
    )
}

fn head(exercises: &[ExerciseColumn], words: &Words, names: Names) -> String {
    let mut out = format!("<tr><th scope=\"col\">{}</th>", words.seat);
    if names == Names::Shown {
        let _ = write!(out, "<th scope=\"col\">{}</th>", words.name);
    }
    for ExerciseColumn { title, of, .. } in exercises {
        let points = words.points;
        let _ = write!(out, "\n<th scope=\"col\">{}<small>{of} {points}</small></th>", escaped(title));
    }
    out + "</tr>\n"
}

fn row(row: &GradeRow, gradebook: &Gradebook, language: Language, names: Names) -> String {
    let Student { seat, name, group, .. } = &row.student;
    let mut out = format!("<tr><th scope=\"row\">{seat}</th>");
    if names == Names::Shown {
        let group = group.as_ref().map(|group| format!("<small>{}</small>", escaped(group)));
        let _ = write!(out, "<td>{}{}</td>", escaped(name), group.unwrap_or_default());
    }
    for (exercise, result) in row.results(&gradebook.exercises) {
        out.push('\n');
        out += &cell(exercise, result, language);
    }
    out + "</tr>\n"
}

/// How many results each exercise has.
fn all(gradebook: &Gradebook, words: &Words, names: Names) -> String {
    let span = if names == Names::Shown { " colspan=\"2\"" } else { "" };
    let mut out = format!("<tr><th scope=\"row\"{span}>{}</th>", words.all);
    for place in 0..gradebook.exercises.len() {
        let _ = write!(out, "<td>{}</td>", words.counts(gradebook, place));
    }
    out + "</tr>\n"
}

/// The result of an exercise. Its checks are in the tooltip.
fn cell(exercise: &ExerciseColumn, cell: Option<&Cell>, language: Language) -> String {
    let Some(cell) = cell else {
        return format!("<td title=\"{}\"></td>", words::nothing(language));
    };
    let class = match (cell.open, cell.passed) {
        (true, _) => "unsure",
        (false, true) => "good",
        (false, false) => "bad",
    };
    let checks: Vec<String> = cell.checks.iter().map(|check| words::check(language, check)).collect();
    let points = words::points(language, cell, exercise.of);
    let mut small = vec![words::verdict(language, cell).to_owned()];
    small.extend(words::marks(language, cell));
    format!(
        "<td title=\"{}\"><b class=\"{class}\">{points}</b><small>{}</small></td>",
        escaped(&checks.join(" | ")),
        small.join(", ")
    )
}

/// The words of the page itself.
struct Words {
    seat: &'static str,
    name: &'static str,
    points: &'static str,
    all: &'static str,
    handed_in: &'static str,
    passed: &'static str,
    open: &'static str,
}

impl Words {
    fn of(language: Language) -> Self {
        match language {
            Language::En => Self {
                seat: "Seat",
                name: "Name",
                points: "points",
                all: "All",
                handed_in: "handed in",
                passed: "passed",
                open: "open",
            },
            Language::Id => Self {
                seat: "Kursi",
                name: "Nama",
                points: "poin",
                all: "Semua",
                handed_in: "dikumpulkan",
                passed: "lulus",
                open: "terbuka",
            },
        }
    }

    /// How many results of an exercise there are, and of which kind.
    fn counts(&self, gradebook: &Gradebook, place: usize) -> String {
        let cells = || gradebook.rows.iter().filter_map(|row| row.cells.get(place)?.as_ref());
        let open = cells().filter(|cell| cell.open).count();
        let passed = cells().filter(|cell| !cell.open && cell.passed).count();
        let mut text = format!("{} {}, {passed} {}", cells().count(), self.handed_in, self.passed);
        if open > 0 {
            let _ = write!(text, ", {open} {}", self.open);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    /// The page as XML: its elements have no shorter forms but these.
    fn parsed(page: &str) -> String {
        let page = page.replace("<!doctype html>\n", "");
        let void = |line: &str| match line.starts_with("<meta ") {
            true => line.replace('>', "/>"),
            false => line.to_owned(),
        };
        page.lines().map(|line| void(line) + "\n").collect()
    }

    #[test]
    fn every_value_is_escaped_and_nothing_is_loaded() {
        let page = html(&fixture::gradebook(), Language::En, Names::Shown);
        let xml = parsed(&page);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let elements = "html head meta title style body h1 p div table thead tbody tr th td b small";
        let attributes = "lang charset http-equiv content name class scope title colspan";
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            assert!(elements.split(' ').any(|known| known == node.tag_name().name()), "{node:?}");
            for attribute in node.attributes() {
                assert!(attributes.split(' ').any(|known| known == attribute.name()), "{attribute:?}");
            }
        }
        for part in ["http:", "https:", "url(", "@import", "\u{1b}"] {
            assert!(!page.contains(part), "{part}");
        }
        let text = |cell: roxmltree::Node<'_, '_>| {
            let texts = cell.descendants().filter(roxmltree::Node::is_text);
            texts.filter_map(|node| node.text().map(str::to_owned)).collect::<Vec<_>>().join("/")
        };
        let cells: Vec<String> =
            document.descendants().filter(|node| node.has_tag_name("td")).map(text).collect();
        assert_eq!(
            cells,
            [
                "Siti \"S\" O'Brien/Group",
                "95 %, 38 of 40 points/passed, 2 hints, late, 43 min",
                "66.66 %, 10 of 15 points/open: a teacher has to decide",
                "=Lovelace, Ada/Group",
                "",
                "",
                "<script>alert(1)</script>/Group",
                "0 %, 0 of 40 points/not passed, 5 min",
                "",
                "2 handed in, 1 passed",
                "1 handed in, 0 passed, 1 open",
            ]
        );
    }

    #[test]
    fn the_table_is_written_like_this() {
        let page = html(&fixture::gradebook().anonymous(), Language::Id, Names::Hidden);
        let (_, body) = page.split_once("</style>\n").unwrap();
        assert_eq!(body, include_str!("golden/page.html"));
    }
}
