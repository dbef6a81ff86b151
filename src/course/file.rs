//! `course.toml` → [`Course`]: its shape, its references, and the rules for courses.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::source::{CourseSource, teacher_file};
use super::{Course, KnownExercise, Session};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest, read_toml, schema_of, suggestion};
use crate::exercise::{Language, Localized, missing_language};
use crate::model::{CourseName, ExerciseName, Millis};

/// A course: an order of exercises in sessions (`lab course`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a course")]
struct CourseFile {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    #[expect(dead_code, reason = "the front end has checked it")]
    schema: u32,
    /// The course's name, equal to that of its folder.
    #[schemars(with = "CourseName")]
    name: Spanned<CourseName>,
    /// Its title, in each of its languages.
    #[schemars(with = "Localized")]
    title: Spanned<Localized>,
    /// The languages of its texts. Each has a page for the teacher: `teacher.md`, `teacher.id.md`.
    #[schemars(with = "Vec<Language>")]
    languages: Spanned<Vec<Language>>,
    /// The sessions, in order.
    session: Vec<SessionTable>,
}

/// A session.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a session")]
struct SessionTable {
    /// Its title, in each language of the course.
    #[schemars(with = "Localized")]
    title: Spanned<Localized>,
    /// What students can do after it, in one sentence.
    #[schemars(with = "Localized")]
    aim: Spanned<Localized>,
    /// The planned time, with talk and pauses.
    #[schemars(with = "Millis")]
    time: Spanned<Millis>,
    /// The exercises, in order.
    #[schemars(with = "Vec<ExerciseName>")]
    exercises: Vec<Spanned<ExerciseName>>,
    /// Exercises for those who have time left.
    #[serde(default)]
    #[schemars(with = "Vec<ExerciseName>")]
    more: Vec<Spanned<ExerciseName>>,
}

/// The JSON Schema of a course file, generated from its types.
pub fn schema() -> serde_json::Value {
    schema_of::<CourseFile>()
}

/// Reads and checks a course. `known` are all exercises that it can name.
///
/// # Errors
/// All problems, each with its place and a suggestion.
pub fn load(
    source: &CourseSource,
    known: &BTreeMap<ExerciseName, KnownExercise>,
) -> Result<Course, Diagnostics> {
    let mut found = Diagnostics::new(&source.label, source.text.as_str());
    let Some(file) = read_toml::<CourseFile>(&source.text, &mut found) else { return Err(found) };
    let mut reader = Reader { source, known, file: &file, found };
    reader.header();
    let mut before = BTreeSet::new();
    for session in &file.session {
        reader.session(session, &mut before);
    }
    if reader.found.has_errors() {
        return Err(reader.found);
    }
    let names = |names: &[Spanned<ExerciseName>]| names.iter().map(|name| name.get_ref().clone()).collect();
    let session = |table: &SessionTable| Session {
        title: table.title.get_ref().clone(),
        aim: table.aim.get_ref().clone(),
        time: *table.time.get_ref(),
        exercises: names(&table.exercises),
        more: names(&table.more),
    };
    Ok(Course {
        name: file.name.get_ref().clone(),
        title: file.title.get_ref().clone(),
        languages: file.languages.get_ref().clone(),
        sessions: file.session.iter().map(session).collect(),
        teacher: source.teacher.clone(),
    })
}

struct Reader<'a> {
    source: &'a CourseSource,
    known: &'a BTreeMap<ExerciseName, KnownExercise>,
    file: &'a CourseFile,
    found: Diagnostics,
}

impl Reader<'_> {
    fn error(&mut self, span: std::ops::Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::error(span, message).help(help));
    }

    fn header(&mut self) {
        let file = self.file;
        if file.name.get_ref().as_str() != self.source.name {
            let message = format!("the course is not called `{}` as its folder is", self.source.name);
            self.error(file.name.span(), message, format!("write `name = \"{}\"`", self.source.name));
        }
        if file.languages.get_ref().is_empty() {
            self.error(file.languages.span(), "a course has a language", "write `languages = [\"en\"]`");
        }
        for language in file.languages.get_ref() {
            if self.source.teacher.get(language).is_none_or(|page| page.trim().is_empty()) {
                let message = format!("there is no page for the teacher in `{}`", language.code());
                let help = format!("write it into `{}`, or take the language out", teacher_file(*language));
                self.error(file.languages.span(), message, help);
            }
        }
        self.localized(&file.title);
    }

    fn localized(&mut self, text: &Spanned<Localized>) {
        if let Some((message, help)) = missing_language(text.get_ref(), self.file.languages.get_ref()) {
            self.error(text.span(), message, help);
        }
    }

    /// Checks a session. `before` are the exercises of the course up to here.
    fn session(&mut self, table: &SessionTable, before: &mut BTreeSet<ExerciseName>) {
        self.localized(&table.title);
        self.localized(&table.aim);
        let mut planned = 0;
        for name in table.exercises.iter().chain(&table.more) {
            let Some(exercise) = self.exercise(name) else { continue };
            if let Some(missing) = exercise.after.iter().find(|after| !before.contains(*after)) {
                let message = format!("`{}` needs `{missing}` before it", name.get_ref());
                self.error(name.span(), message, format!("put `{missing}` before it"));
            }
            if !before.insert(name.get_ref().clone()) {
                self.error(name.span(), format!("`{}` is there twice", name.get_ref()), "take one out");
            }
        }
        for name in &table.exercises {
            planned += self.known.get(name.get_ref()).map_or(0, |exercise| exercise.time.0);
        }
        let time = table.time.get_ref();
        if planned > time.0 {
            let message = format!("the exercises alone take {}, and the session {time}", Millis(planned));
            self.error(table.time.span(), message, "plan more time, or move an exercise to `more`");
        }
    }

    /// An exercise by its name, which has the languages of the course.
    fn exercise(&mut self, name: &Spanned<ExerciseName>) -> Option<KnownExercise> {
        let Some(exercise) = self.known.get(name.get_ref()) else {
            let word = name.get_ref().as_str();
            let names = || self.known.keys().map(ExerciseName::as_str);
            let problem = Diagnostic::error(name.span(), format!("there is no exercise `{word}`"))
                .label("unknown exercise")
                .help(suggestion(word, "exercise", names()));
            self.found.push(match nearest(word, names()) {
                Some(near) => problem.replace_with(format!("\"{near}\"")),
                None => problem,
            });
            return None;
        };
        let languages = self.file.languages.get_ref();
        if let Some(missing) = languages.iter().find(|language| !exercise.languages.contains(language)) {
            let message = format!("`{}` is not there in `{}`", name.get_ref(), missing.code());
            self.error(name.span(), message, "translate it, or take the language out of the course");
        }
        Some(exercise.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render;

    const TEXT: &str = r#"
schema    = 1
name      = "first"
languages = ["en", "id"]
title     = { en = "A course", id = "Sebuah kursus" }

[[session]]
title     = { en = "One", id = "Satu" }
aim       = { en = "Start.", id = "Mulai." }
time      = "40m"
exercises = ["easy", "hard"]
"#;

    fn read(text: &str) -> Result<Course, String> {
        let languages = vec![Language::En, Language::Id];
        let name = |name: &str| name.parse::<ExerciseName>().unwrap();
        let known = BTreeMap::from([
            (
                name("easy"),
                KnownExercise { time: Millis::seconds(600), after: Vec::new(), languages: languages.clone() },
            ),
            (
                name("hard"),
                KnownExercise { time: Millis::seconds(1800), after: vec![name("easy")], languages },
            ),
        ]);
        let page = |language| (language, "A page.".to_owned());
        let source = CourseSource {
            name: "first".to_owned(),
            label: "course.toml".to_owned(),
            text: text.to_owned(),
            teacher: [page(Language::En), page(Language::Id)].into(),
        };
        load(&source, &known).map_err(|wrong| render::text(&wrong, false))
    }

    #[test]
    fn a_course_has_sessions_with_exercises_in_an_order_that_works() {
        let course = read(TEXT).unwrap();
        assert_eq!(course.sessions[0].exercises.len(), 2);
        for (from, to, wanted) in [
            ("\"easy\", \"hard\"", "\"hard\", \"easy\"", "`hard` needs `easy` before it"),
            ("\"hard\"]", "\"hart\"]", "did you mean `hard`?"),
            ("\"hard\"]", "\"easy\"]", "`easy` is there twice"),
            ("40m", "39m", "the exercises alone take 40m, and the session 39m"),
            ("id = \"Satu\"", "", "the text has no `id`"),
            ("\"first\"", "\"last\"", "the course is not called `first` as its folder is"),
        ] {
            let wrong = read(&TEXT.replacen(from, to, 1)).unwrap_err();
            assert!(wrong.contains(wanted), "{wrong}");
        }
    }
}
