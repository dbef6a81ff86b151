//! Courses, bundled and of one's own.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

fn shown(sandbox: &Sandbox, words: &[&str]) -> Value {
    let output = sandbox.command(&[words, &["--format", "json"]].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_bundled_course_has_every_bundled_exercise_once() {
    let sandbox = Sandbox::new();
    let listed = shown(&sandbox, &["course", "list"]);
    assert_eq!(listed["courses"][0]["name"], "high-availability");
    assert_eq!((&listed["courses"][0]["sessions"], &listed["courses"][0]["passed"]), (&json!(6), &json!(0)));

    let course = shown(&sandbox, &["course", "show", "high-availability"]);
    let sessions = course["sessions"].as_array().unwrap();
    let mut taught = Vec::new();
    for exercise in sessions.iter().flat_map(|session| [&session["exercises"], &session["more"]]) {
        let names = exercise.as_array().unwrap().iter().map(|exercise| exercise["name"].as_str().unwrap());
        taught.extend(names.map(str::to_owned));
    }
    taught.sort();
    let exercises = shown(&sandbox, &["exercise", "list"]);
    let mut all: Vec<String> = exercises["exercises"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    all.sort();
    assert_eq!(taught, all);
    // The answers are the teacher's.
    assert_eq!(course["teacher"], json!({}));
    let page = shown(&sandbox, &["course", "show", "high-availability", "--teacher"])["teacher"].clone();
    for name in all {
        for language in ["en", "id"] {
            let answer = format!("**{name}");
            assert!(page[language].as_str().unwrap().contains(&answer), "{name} in {language}");
        }
    }
}

#[test]
fn a_course_of_ones_own_is_read_from_its_folder() {
    let sandbox = Sandbox::new();
    let course = "schema = 1\nname = \"mine\"\nlanguages = [\"en\"]\ntitle = { en = \"Mine\" }\n\n[[session]]\n\
                  title = { en = \"One\" }\naim = { en = \"Begin.\" }\ntime = \"1h\"\n\
                  exercises = [\"silent-start\"]\n";
    sandbox.write("mine/course.toml", course);
    sandbox.write("mine/teacher.md", "Say hello.\n");
    let output = sandbox.command(&["course", "show", "./mine", "--teacher"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("Say hello."));
    let out = sandbox.command(&["course", "show", "./mine/."]).output().unwrap().stdout;
    let out = String::from_utf8_lossy(&out).into_owned();
    assert!(out.contains("1. One") && out.contains("The second node says nothing"), "{out}");

    sandbox.write("mine/course.toml", &course.replace("silent-start", "silent-stars"));
    let output = sandbox.command(&["course", "show", "./mine"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("did you mean `silent-start`?"), "{error}");
    let output = sandbox.command(&["course", "show", "high"]).output().unwrap();
    assert_eq!(output.status.code(), Some(6));
}
