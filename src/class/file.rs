//! `class.toml` → [`ClassPlan`]: its shape, and the rules for classes.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::moment::Moment;
use crate::diagnostic::{Diagnostic, Diagnostics, read_toml, schema_of};
use crate::exercise::Localized;
use crate::model::{ClassName, Millis};

/// The shortest interval of automatic save points: each stops all machines of a cluster for a moment.
const SHORTEST_INTERVAL: Millis = Millis(60_000);

/// A class: who works on what, and until when (`lab class open`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a class")]
struct ClassFile {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    #[expect(dead_code, reason = "the front end has checked it")]
    schema: u32,
    /// The name of the class; the instances of its students are called NAME-s01, NAME-s02…
    name: ClassName,
    /// Its title, in English, Indonesian, or both.
    title: Localized,
    /// The list of students: a CSV file, beside this file.
    roster: String,
    /// The exercises, in order: their names, or the paths of their folders.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    exercises: Option<Spanned<Vec<String>>>,
    /// A course with the exercises, instead: its name, or the path of its folder.
    #[serde(default)]
    #[schemars(with = "String")]
    course: Option<Spanned<String>>,
    /// When students can begin. Default: at once.
    #[serde(default)]
    begins: Option<Moment>,
    /// The deadline: what stands then is handed in. Default: none; the class ends by `lab class close`.
    #[serde(default)]
    #[schemars(with = "Moment")]
    ends: Option<Spanned<Moment>>,
    /// What happens after the deadline. Default: nothing can be handed in then.
    #[serde(default)]
    #[schemars(with = "Late")]
    late: Option<Spanned<Late>>,
    /// An exam: hand-ins are graded on clusters in which the student never had root, the results are shown by
    /// the teacher, and terminals are recorded.
    #[serde(default)]
    exam: bool,
    /// How often a cluster that is worked on is saved, so that little is lost if the machine fails.
    #[serde(default = "ten_minutes")]
    #[schemars(with = "Millis")]
    save_every: Spanned<Millis>,
}

/// What a hand-in after the deadline costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "late hand-ins")]
pub struct Late {
    /// The share of the points that each begun interval costs, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub percent: u32,
    /// The interval.
    pub every: Millis,
    /// Until when something can be handed in at all.
    pub until: Moment,
}

fn ten_minutes() -> Spanned<Millis> {
    Spanned::new(0..0, Millis(600_000))
}

/// A class as its file describes it: the roster and the exercises are not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassPlan {
    /// Its name.
    pub name: ClassName,
    /// Its title.
    pub title: Localized,
    /// The file with the students, beside the file of the class.
    pub roster: String,
    /// What is worked on.
    pub work: Work,
    /// When students can begin.
    pub begins: Option<Timestamp>,
    /// The deadline.
    pub ends: Option<Timestamp>,
    /// What happens after it.
    pub late: Option<Late>,
    /// Whether it is an exam.
    pub exam: bool,
    /// The interval of automatic save points.
    pub save_every: Millis,
}

/// What a class works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// These exercises.
    Exercises(Vec<String>),
    /// Those of a course.
    Course(String),
}

/// The JSON Schema of a class file, generated from its types.
pub fn schema() -> serde_json::Value {
    schema_of::<ClassFile>()
}

/// Reads a class. `label` is the name of its file in messages.
///
/// # Errors
/// All problems, each with its place and a suggestion.
pub fn load(label: &str, text: &str) -> Result<ClassPlan, Diagnostics> {
    let mut found = Diagnostics::new(label, text);
    let Some(file) = read_toml::<ClassFile>(text, &mut found) else { return Err(found) };
    times(&file, &mut found);
    let work = work(&file, text, &mut found);
    match work {
        Some(work) if !found.has_errors() => Ok(ClassPlan {
            name: file.name,
            title: file.title,
            roster: file.roster,
            work,
            begins: file.begins.map(|moment| moment.0),
            ends: file.ends.map(|moment| moment.into_inner().0),
            late: file.late.map(Spanned::into_inner),
            exam: file.exam,
            save_every: file.save_every.into_inner(),
        }),
        _ => Err(found),
    }
}

fn times(file: &ClassFile, found: &mut Diagnostics) {
    let ends = file.ends.as_ref();
    if let Some((begins, ends)) = file.begins.zip(ends).filter(|(begins, ends)| begins >= ends.get_ref()) {
        let message = format!("the class ends before it begins ({begins})");
        found.push(Diagnostic::error(ends.span(), message).help("write a later moment"));
    }
    if let Some(late) = &file.late {
        let until = late.get_ref().until;
        let problem = match ends {
            None => {
                Some(("a class without a deadline has no late hand-ins", "add `ends`, or take `late` out"))
            }
            Some(ends) if until <= *ends.get_ref() => {
                Some(("late hand-ins end before the deadline", "write a moment after `ends`"))
            }
            Some(_) if late.get_ref().every.0 == 0 => {
                Some(("an interval takes some time", "write `every = \"1h\"`"))
            }
            Some(_) => None,
        };
        if let Some((message, help)) = problem {
            found.push(Diagnostic::error(late.span(), message).help(help));
        }
    }
    let every = &file.save_every;
    if *every.get_ref() < SHORTEST_INTERVAL {
        let message = format!("save points are at least {SHORTEST_INTERVAL} apart");
        found.push(Diagnostic::error(every.span(), message).help("write `save-every = \"10m\"`"));
    }
}

fn work(file: &ClassFile, text: &str, found: &mut Diagnostics) -> Option<Work> {
    let help = "write `exercises = [\"NAME\"]`, or `course = \"NAME\"`";
    let (span, message) = match (&file.exercises, &file.course) {
        (Some(all), None) if all.get_ref().is_empty() => {
            (all.span(), "a class works on an exercise".to_owned())
        }
        (Some(all), None) => match twice(all.get_ref()) {
            Some(name) => (all.span(), format!("`{name}` is there twice")),
            None => return Some(Work::Exercises(all.get_ref().clone())),
        },
        (None, Some(course)) => return Some(Work::Course(course.get_ref().clone())),
        (Some(_), Some(course)) => {
            (course.span(), "a class has `exercises` or a `course`, not both".to_owned())
        }
        (None, None) => (text.len()..text.len(), "nothing says what the class works on".to_owned()),
    };
    found.push(Diagnostic::error(span, message).help(help));
    None
}

fn twice(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render;

    const TEXT: &str = r#"
schema    = 1
name      = "ha1"
title     = { en = "High availability", id = "Ketersediaan tinggi" }
roster    = "roster.csv"
exercises = ["who-am-i", "two-truths"]
begins    = "2026-12-01 09:00"
ends      = "2026-12-01 11:00"
late      = { percent = 10, every = "1h", until = "2026-12-02 11:00" }
"#;

    fn read(text: &str) -> Result<ClassPlan, String> {
        load("class.toml", text).map_err(|wrong| render::text(&wrong, false))
    }

    #[test]
    fn a_class_has_students_work_and_times() {
        let plan = read(TEXT).unwrap();
        assert_eq!(plan.work, Work::Exercises(vec!["who-am-i".to_owned(), "two-truths".to_owned()]));
        assert_eq!((plan.save_every, plan.exam), (Millis(600_000), false));
        assert!(plan.begins < plan.ends);
        let course = TEXT.replacen("exercises = [\"who-am-i\", \"two-truths\"]", "course = \"first\"", 1);
        assert_eq!(read(&course).unwrap().work, Work::Course("first".to_owned()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place() {
        for (from, to, wanted) in [
            ("\"two-truths\"", "\"who-am-i\"", "`who-am-i` is there twice"),
            ("[\"who-am-i\", \"two-truths\"]", "[]", "a class works on an exercise"),
            ("exercises = [\"who-am-i\", \"two-truths\"]", "", "nothing says what the class works on"),
            ("begins  ", "course = \"x\"\nbegins  ", "`exercises` or a `course`, not both"),
            ("2026-12-01 11:00", "2026-12-01 08:00", "the class ends before it begins (2026-12-01 09:00)"),
            ("2026-12-02 11:00", "2026-12-01 10:30", "late hand-ins end before the deadline"),
            ("ends      = \"2026-12-01 11:00\"", "", "a class without a deadline has no late hand-ins"),
            ("\"1h\"", "\"0s\"", "an interval takes some time"),
            ("2026-12-01 11:00", "tomorrow", "`tomorrow` is no date with a time"),
            ("late   ", "save-every = \"5s\"\nlate   ", "save points are at least 1m apart"),
            ("\"ha1\"", "\"a-name-that-is-much-too-long\"", "at most 20 characters"),
            ("roster ", "rooster", "did you mean `roster`?"),
        ] {
            let wrong = read(&TEXT.replacen(from, to, 1)).unwrap_err();
            assert!(wrong.contains(wanted), "{wanted}: {wrong}");
        }
    }
}
