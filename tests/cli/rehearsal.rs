//! `lab class rehearse`: simulated students on a server of their own.

use serde_json::Value;

use crate::sandbox::Sandbox;

/// The words of a short rehearsal.
fn words(students: &str) -> Vec<&str> {
    vec![
        "class",
        "rehearse",
        "--exercise",
        "who-am-i",
        "--students",
        students,
        "--minutes",
        "0.1",
        "--seed",
        "1",
    ]
}

/// Asserts that nothing of a rehearsal is in the state folder but the history, and the start of the exercise.
fn nothing_is_left(sandbox: &Sandbox) {
    for folder in ["classes", "instances", "keys", "records", "exercises"] {
        assert_eq!(sandbox.files(&format!("state/{folder}")), Vec::<String>::new(), "{folder}");
    }
    for checkpoint in sandbox.files("state/checkpoints") {
        let kept = [".start-", ".exercise-"].iter().any(|start| checkpoint.contains(start));
        assert!(kept || checkpoint.starts_with('.'), "{checkpoint}");
    }
}

#[test]
fn five_students_do_everything_and_nothing_is_left() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&words("5"));
    let output = command.args(["--format", "json"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // A machine that is busy with other tests may be too slow for a class.
    assert!([Some(0), Some(10)].contains(&output.status.code()), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = serde_json::to_string_pretty(&report).unwrap();
    assert_eq!(report["failures"], serde_json::json!([]), "{text}");
    assert_eq!(
        (&report["students"], &report["clusters"], &report["seed"]),
        (&5.into(), &5.into(), &1.into())
    );
    let actions = report["actions"].as_array().unwrap();
    let row = |what: &str| {
        actions.iter().find(|row| row["what"] == what).unwrap_or_else(|| panic!("{what}: {text}"))
    };
    let all = [
        "cluster", "join", "stream", "terminal", "key", "status", "task", "hint", "hand", "save", "undo",
        "grade", "hand-in", "say", "live",
    ];
    assert_eq!(actions.len(), all.len(), "{text}");
    for what in all {
        let row = row(what);
        assert!(row["count"].as_u64().unwrap() > 0 && row["failures"] == 0, "{text}");
        let answer = &row["answer"];
        assert!(answer["p50-ms"].as_f64() <= answer["worst-ms"].as_f64(), "{text}");
        let begins = ["hint", "hand", "save", "undo", "grade", "hand-in", "say"].contains(&what);
        assert_eq!(row["done"].is_object(), begins, "{what}: {text}");
    }
    assert_eq!((&row("join")["count"], &row("hand-in")["count"]), (&5.into(), &5.into()));
    assert_eq!(row("live")["count"].as_u64(), row("say")["count"].as_u64().map(|said| 5 * said), "{text}");
    for figure in ["processor-percent", "begun-percent", "resident"] {
        assert!(report["server"][figure].as_f64().unwrap() > 0.0, "{figure}: {text}");
    }
    assert!(report["room"]["least-memory"].as_u64() <= report["room"]["memory"].as_u64());
    nothing_is_left(&sandbox);
}

#[test]
fn a_rehearsal_that_is_interrupted_leaves_nothing() {
    let sandbox = Sandbox::new();
    let child = sandbox.spawn(&words("3"));
    sandbox.wait_for_text("state/classes/rehearsal/log.jsonl", "\"joined\"");
    let said = sandbox.interrupt(child);
    assert!(said.contains("[exit status: 130]"), "{said}");
    nothing_is_left(&sandbox);
}

#[test]
fn a_rehearsal_waits_for_no_class() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "class.toml",
        "schema = 1\nname = \"ha1\"\ntitle = { en = \"A\", id = \"B\" }\nroster = \"roster.csv\"\n\
         exercises = [\"who-am-i\"]\n",
    );
    sandbox.write("roster.csv", "name\nAnn\n");
    sandbox.ok(&["class", "open", "class.toml", "--no-page"]);
    let said = sandbox.run(&["class", "rehearse", "class.toml", "--students", "2"]);
    assert!(said.contains("the class `ha1` is open") && said.contains("[exit status: 5]"), "{said}");
    assert_eq!(sandbox.files("state/classes"), ["ha1"]);
    for (words, wanted) in [
        (vec!["class", "rehearse"], "--exercise"),
        (vec!["class", "rehearse", "class.toml", "--minutes", "0"], "more than 0"),
        (vec!["class", "rehearse", "class.toml", "--students", "0"], "1 to 500 students"),
    ] {
        let said = sandbox.run(&words);
        assert!(said.contains(wanted) && said.contains("[exit status: 2]"), "{said}");
    }
}
