//! Exercises on the simulated provider: files, starts, gradings, hints, scores. What scripts do in nodes has
//! no effect there.

use serde_json::Value;

use crate::sandbox::Sandbox;

/// A sandbox with a lab of one's own that has the exercise that `lab exercise new` writes.
fn with_exercise() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["new", "my", "--from", "drbd-heartbeat"]);
    sandbox.ok(&["exercise", "new", "first", "--in", "my"]);
    sandbox
}

/// The sandbox after the start of its exercise.
fn started() -> Sandbox {
    let sandbox = with_exercise();
    sandbox.ok(&["start", "./my/exercises/first", "--seed", "7"]);
    sandbox
}

/// The outcome of a command that succeeds.
pub fn json(sandbox: &Sandbox, words: &[&str]) -> Value {
    json_of(sandbox, words, 0)
}

/// The outcome of a command that ends with this status.
fn json_of(sandbox: &Sandbox, words: &[&str], status: i32) -> Value {
    let output = sandbox.command(&[words, &["--format", "json"]].concat()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a command prints as data.
pub fn said(sandbox: &Sandbox, words: &[&str]) -> String {
    let output = sandbox.command(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The error and the status of a command that fails.
fn fails(sandbox: &Sandbox, words: &[&str]) -> (String, i32) {
    let output = sandbox.command(words).output().unwrap();
    assert!(!output.status.success(), "{words:?}");
    (String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

#[test]
fn beside_other_instances_commands_mean_the_one_with_the_exercise() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "nginx-pair", "--as", "spare"]);
    let begun = said(&sandbox, &["start", "two-numbers", "--seed", "7", "--language", "en"]);
    assert!(begun.contains("Points (") && begun.contains("hints: `lab hint`"), "{begun}");
    assert!(said(&sandbox, &["status"]).contains("nginx-pair"));
    assert!(!said(&sandbox, &["status"]).contains("spare"));
    sandbox.ok(&["exec", "lb1", "--", "true"]);
    // What takes work away wants a name.
    for words in [["reset"], ["down"]] {
        let (said, _) = fails(&sandbox, &words);
        assert!(said.contains("several instances"), "{said}");
    }
    let finished = sandbox.run(&["finish"]);
    assert!(finished.contains("`lab down` takes it away"), "{finished}");
    assert!(fails(&sandbox, &["status"]).0.contains("several instances"));
}

#[test]
fn an_installed_lab_has_its_exercises() {
    let sandbox = with_exercise();
    sandbox.ok(&["install", "./my", "--as", "mine"]);
    fs_err::remove_dir_all(sandbox.path().join("my")).unwrap();
    let listed = json(&sandbox, &["exercise", "list"]);
    let rows = listed["exercises"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["name"] == "first" && row["lab"] == "mine"), "{listed}");
    sandbox.ok(&["start", "first", "--seed", "7"]);
    assert_eq!(json(&sandbox, &["grade"])["score"]["points"], 100);
}

#[test]
fn an_exercise_goes_from_the_start_to_the_end() {
    let sandbox = started();
    let out = said(&sandbox, &["task", "--language", "id"]);
    assert!(out.contains("Tadi malam seorang rekan bekerja di node2"), "{out}");

    let graded = json(&sandbox, &["grade"]);
    let outcomes = graded["outcomes"].as_array().unwrap();
    let points: Vec<_> = outcomes.iter().map(|one| (one["check"].as_str(), one["points"].as_u64())).collect();
    assert_eq!(points, [(Some("survives"), Some(60)), (Some("reboot"), Some(40))]);
    assert_eq!(graded["score"]["points"], 100);
    assert!(!outcomes[0]["records"].as_array().unwrap().is_empty());

    let hint = said(&sandbox, &["hint"]);
    assert!(hint.contains("hint 1 (costs 5 %)") && hint.contains("Which services run"), "{hint}");
    let score = json(&sandbox, &["score", "--verify"]);
    assert_eq!((&score["score"]["hints"], &score["hints"]), (&5.into(), &1.into()));
    assert_eq!(score["mismatches"], serde_json::json!([]));

    sandbox.ok(&["save", "point"]);
    let usage = said(&sandbox, &["df"]);
    for row in ["(the start of first)", "(point: first on my)", "my (log and records)"] {
        assert!(usage.contains(row), "{usage}");
    }
    sandbox.ok(&["undo"]);
    // What an attempt can go back to is no garbage.
    sandbox.ok(&["gc", "--yes"]);
    sandbox.ok(&["load", "point"]);
    let finished = json(&sandbox, &["finish"]);
    assert_eq!((&finished["finished"], &finished["gradings"]), (&true.into(), &1.into()));
    let best = json(&sandbox, &["exercise", "list"]);
    assert!(best["exercises"].is_array());
    let (_, status) = fails(&sandbox, &["grade"]);
    assert_eq!(status, 6);
    // The copies were taken away.
    let list = json(&sandbox, &["list"]);
    assert_eq!(list["instances"].as_array().map(Vec::len), Some(1), "{list}");
}

#[test]
fn the_drills_of_the_checks_can_be_performed_and_the_others_cannot() {
    let sandbox = with_exercise();
    let file = "my/exercises/first/exercise.toml";
    let text = sandbox.read(file);
    let check = "[check.survives]\nkind   = \"drill\"\ndrill  = \"";
    let (before, after) = text.split_once(check).unwrap();
    let (_, after) = after.split_once('"').unwrap();
    let text = format!("{before}{check}who-serves\"{after}");
    let pool = "\n[pool.more]\ndrill = \"hidden\"\nsays = { en = \"a\", id = \"b\" }\n\n\
                [check.more]\nkind = \"hidden\"\npick = 1\npoints = 1\ntitle = { en = \"a\", id = \"b\" }\n";
    sandbox.write(file, &format!("{text}{pool}"));
    let cut = sandbox.read("my/drills/power-cut.toml");
    for name in ["who-serves", "hidden", "failback"] {
        let own = cut.replacen("\"power-cut\"", &format!("\"{name}\""), 1);
        sandbox.write(&format!("my/exercises/first/drills/{name}.toml"), &own);
    }
    let text = sandbox.read(file).replacen(
        "[[hint]]",
        "[check.back]\nkind = \"drill\"\ndrill = \"failback\"\n\
                points = 1\ntitle = { en = \"a\", id = \"b\" }\n\n[[hint]]",
        1,
    );
    sandbox.write(file, &text);
    let drills = |sandbox: &Sandbox| -> Vec<String> {
        let list = json(sandbox, &["drill", "list"]);
        list["drills"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["drill"].as_str().unwrap().to_owned())
            .collect()
    };
    sandbox.ok(&["start", "./my/exercises/first"]);
    let listed = drills(&sandbox);
    assert!(
        listed.contains(&"who-serves".to_owned()) && listed.contains(&"power-cut".to_owned()),
        "{listed:?}"
    );
    // One of the exercise takes the place of the lab's.
    assert_eq!(listed.iter().filter(|name| *name == "failback").count(), 1);
    for secret in ["break", "solve", "only-started", "hidden"] {
        assert!(!listed.contains(&secret.to_owned()), "{secret}");
        let (error, status) = fails(&sandbox, &["drill", "run", secret]);
        assert!(error.contains(&format!("`my` has no drill `{secret}`")) && status == 6, "{error}");
    }
    let report = said(&sandbox, &["drill", "run", "who-serves"]);
    assert!(report.contains("who-serves"), "{report}");
    sandbox.ok(&["finish"]);
    assert!(!drills(&sandbox).contains(&"who-serves".to_owned()));
}

#[test]
fn a_changed_log_or_record_shows() {
    let sandbox = started();
    let graded = json(&sandbox, &["grade"]);
    let folder = graded["outcomes"][0]["records"][0]["record"].as_str().unwrap();
    let file = format!("state/exercises/my/records/{folder}/record.jsonl");
    let text = sandbox.read(&file);
    sandbox.write(&file, &format!("{text}\n"));
    let score = json_of(&sandbox, &["score", "--verify"], 10);
    let mismatches = score["mismatches"].as_array().unwrap();
    assert!(mismatches.iter().any(|one| one.as_str().unwrap().contains("was changed")), "{mismatches:?}");
    let log = "state/exercises/my/log.jsonl";
    let text = sandbox.read(log);
    sandbox.write(log, &text.replacen("\"seed\":7", "\"seed\":8", 1));
    let (error, _) = fails(&sandbox, &["score"]);
    assert!(error.contains("line 2 of the log was changed"), "{error}");
}

/// The text of an exercise whose hand-ins are replayed.
fn replayed(text: &str, table: &str) -> String {
    text.replacen("[start]", &format!("grade = \"replay\"\n\n[replay]\n{table}\n\n[start]"), 1)
}

#[test]
fn a_replay_grades_a_fresh_lab_with_the_listed_files() {
    let sandbox = with_exercise();
    let file = "my/exercises/first/exercise.toml";
    let table = "files = [\"/etc/ha.d/**\"]\nnodes.node1 = [\"/etc/hosts\"]";
    sandbox.write(file, &replayed(&sandbox.read(file), table));
    sandbox.ok(&["start", "./my/exercises/first", "--seed", "7"]);
    let task = said(&sandbox, &["task"]);
    assert!(task.contains("Only these files count") && task.contains("  node1:/etc/hosts"), "{task}");
    let output = sandbox.command(&["grade", "--format", "json"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("files of node2"), "{told}");
    let graded: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(graded["score"]["points"], 100, "{told}");
    // What was taken is kept, what was graded is known by its name, and nothing else is left.
    let kept = sandbox.path().join("state/exercises/my/records");
    let replays = || {
        let names = fs_err::read_dir(&kept).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("replayed-")).count()
    };
    assert_eq!(replays(), 1);
    let list = json(&sandbox, &["list"]);
    assert_eq!(list["instances"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(json(&sandbox, &["score", "--verify"])["mismatches"], serde_json::json!([]));
    sandbox.ok(&["undo"]);
    let checkpoints = said(&sandbox, &["checkpoint", "list"]);
    assert!(!checkpoints.contains("replayed-") && !checkpoints.contains("hand-in-"), "{checkpoints}");
}

#[test]
fn a_replay_takes_configuration_and_nothing_that_makes_its_student_root() {
    let sandbox = with_exercise();
    let file = "my/exercises/first/exercise.toml";
    let good = sandbox.read(file);
    for (table, says) in [
        ("", "says no file that a replay takes"),
        ("files = [\"etc/hosts\"]", "does not begin with `/`"),
        ("files = [\"/etc/*/x\"]", "only the last part of the path has wildcards"),
        ("files = [\"/usr/lib/heartbeat/**\"]", "is no configuration"),
        ("files = [\"/etc/**\"]", "is the configuration of everything"),
        ("files = [\"/etc/h*\"]", "is the configuration of everything"),
        ("files = [\"/etc/shadow\"]", "`/etc/shadow` is not taken from a hand-in"),
        ("files = [\"/etc/ssh/sshd_config\"]", "`/etc/ssh` is not taken from a hand-in"),
        ("files = [\"/etc/hosts\"]\nnodes.nod1 = [\"/etc/hosts\"]", "there is no node `nod1`"),
    ] {
        sandbox.write(file, &replayed(&good, table));
        let (error, status) = fails(&sandbox, &["check", "./my"]);
        assert!(error.contains(says), "wanted: {says}\n{error}");
        assert_eq!(status, 3, "{says}");
    }
    sandbox.write(file, &good.replacen("[start]", "[replay]\nfiles = [\"/etc/hosts\"]\n\n[start]", 1));
    let (error, _) = fails(&sandbox, &["check", "./my"]);
    assert!(error.contains("copies are graded, so nothing is taken"), "{error}");
    sandbox.write(file, &good.replacen("[start]", "grade = \"replay\"\n\n[start]", 1));
    let (error, _) = fails(&sandbox, &["check", "./my"]);
    assert!(error.contains("says no file that a replay takes"), "{error}");
    sandbox.write(file, &replayed(&good, "files = [\"/etc/systemd/system/*.service\"]"));
    let output = sandbox.command(&["check", "./my"]).output().unwrap();
    let warned = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && warned.contains("are programs that a node runs as root"), "{warned}");
}

#[test]
fn an_attempt_is_not_replaced_by_another_start() {
    let sandbox = started();
    let (error, status) = fails(&sandbox, &["start", "./my/exercises/first"]);
    assert_eq!(status, 5);
    assert!(error.contains("`first` goes on on my") && error.contains("lab finish"), "{error}");
    for word in ["a", "b", "c"] {
        sandbox.ok(&["save", word]);
    }
    let (error, _) = fails(&sandbox, &["save", "d"]);
    assert!(error.contains("at most 3 save points"), "{error}");
    let (error, _) = fails(&sandbox, &["load", "e"]);
    assert!(error.contains("there is no save point `e`"), "{error}");
}

#[test]
fn all_problems_of_an_exercise_are_reported_before_anything_starts() {
    let sandbox = with_exercise();
    let file = "my/exercises/first/exercise.toml";
    let good = sandbox.read(file);
    for (from, to, says) in [
        ("\"first\"", "\"second\"", "is not called `first` as its folder is"),
        ("[\"en\", \"id\"]", "[\"en\"]", "`id` is not in `languages`"),
        ("drill  = \"break\"", "drill  = \"braek\"", "there is no drill `braek`"),
        ("[\"survives\"]", "[\"survive\"]", "there is no check `survive`"),
        ("kind   = \"reboot\"", "kind   = \"restart\"", "restart"),
        ("points = 40", "points = 40\nload = \"page\"", "a check of kind `reboot` has no `load`"),
        ("kind   = \"reboot\"", "kind   = \"holder\"", "has no `address`"),
        ("when = \"reboot fails\"", "when = \"reboot breaks\"", "is not a condition"),
        ("hint   = 2", "hint   = 3", "there is no hint 3"),
        ("points = 60\ntitle", "figure = \"failover\"\npoints = 60\ntitle", "a figure has two bounds"),
        ("[start]", "[vary.n]\nfrom = 9\nto = 1\n\n[start]", "there is no number in it"),
        ("[start]", "[vary.N]\nvalues = [\"a\"]\n\n[start]", "cannot be a variable"),
        ("[start]", "settings = [\"deadtime\"]\n\n[start]", "settings"),
        ("\"15m\"", "\"15m\"\nleast-time = \"15m\"", "no one could solve it in the planned time"),
    ] {
        assert!(good.contains(from), "{from}");
        sandbox.write(file, &good.replacen(from, to, 1));
        let (error, status) = fails(&sandbox, &["check", "./my"]);
        assert!(error.contains(says), "wanted: {says}\n{error}");
        assert_eq!(status, 3, "{says}");
    }
    sandbox.write(file, &good);
    sandbox.ok(&["check", "./my"]);
    fs_err::remove_file(sandbox.path().join("my/exercises/first/task.id.md")).unwrap();
    let (error, _) = fails(&sandbox, &["check", "./my"]);
    assert!(error.contains("there is no task in `id`"), "{error}");
    let (error, status) = fails(&sandbox, &["start", "./my/exercises/first"]);
    assert!(error.contains("there is no task in `id`"), "{error}");
    assert_eq!(status, 3);
    assert!(!sandbox.path().join("state/instances/my").exists());
}

#[test]
fn values_of_variables_reach_task_drills_and_scripts() {
    let sandbox = with_exercise();
    let file = "my/exercises/first/exercise.toml";
    let good = sandbox.read(file);
    sandbox
        .write(file, &good.replacen("[start]", "[vary.who]\nnodes = [\"node1\", \"node2\"]\n\n[start]", 1));
    sandbox.write("my/exercises/first/task.md", "# On {who}\n");
    for drill in ["break", "solve", "only-started"] {
        let file = format!("my/exercises/first/drills/{drill}.toml");
        let text = sandbox.read(&file).replace("\"node2\"", "\"{who}\"");
        sandbox.write(&file, &text);
    }
    sandbox.ok(&["start", "./my/exercises/first", "--seed", "1"]);
    let log = sandbox.read("state/exercises/my/log.jsonl");
    let line: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    let who = line["event"]["values"]["who"].as_str().unwrap().to_owned();
    let task = said(&sandbox, &["task"]);
    assert!(task.contains(&format!("On {who}")), "{task}");
    let words = ["exercise", "test", "./my/exercises/first", "--only", "solution"];
    let tested = json_of(&sandbox, &words, 0);
    let titles: Vec<&str> = tested["exercises"][0]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["title"].as_str().unwrap())
        .collect();
    assert!(
        titles.contains(&"solution (who=node1)") && titles.contains(&"solution (who=node2)"),
        "{titles:?}"
    );
}

#[test]
fn answers_are_judged_and_predictions_are_durations() {
    let sandbox = with_exercise();
    let file = "my/exercises/first/exercise.toml";
    let more = "\n[check.cause]\nkind = \"answer\"\nis = \"unit\"\namong = [\"unit\", \"disk\"]\npoints = 10\n\
                question = { en = \"What is off?\", id = \"Apa yang mati?\" }\ntitle = { en = \"a\", id = \"b\" }\n";
    sandbox.write(file, &format!("{}{more}", sandbox.read(file)));
    sandbox.ok(&["start", "./my/exercises/first"]);
    let (error, _) = fails(&sandbox, &["answer", "cause", "network"]);
    assert!(error.contains("they are unit, disk"), "{error}");
    let (error, _) = fails(&sandbox, &["answer", "reboot", "x"]);
    assert!(error.contains("the exercise has no question `reboot`"), "{error}");
    sandbox.ok(&["answer", "cause", "disk"]);
    sandbox.ok(&["answer", "cause", "Unit"]);
    let graded = json(&sandbox, &["grade", "--only", "cause"]);
    assert_eq!((&graded["outcomes"][0]["points"], &graded["score"]), (&10.into(), &Value::Null));
}

#[test]
fn a_killed_grading_loses_nothing() {
    let sandbox = started();
    sandbox.ok(&["save", "before"]);
    let mut grading = sandbox.spawn(&["grade"]);
    // Its copy stands.
    let copy = || {
        let list = json(&sandbox, &["list"]);
        list["instances"].as_array().unwrap().len() == 2
    };
    while !copy() {
        assert!(grading.try_wait().unwrap().is_none(), "it ended before it was killed");
    }
    grading.kill().unwrap();
    grading.wait().unwrap();
    let score = json(&sandbox, &["score", "--verify"]);
    assert_eq!((&score["gradings"], &score["mismatches"]), (&0.into(), &serde_json::json!([])));
    let graded = json(&sandbox, &["grade"]);
    assert_eq!(graded["score"]["points"], 100);
    let list = json(&sandbox, &["list"]);
    assert_eq!(list["instances"].as_array().map(Vec::len), Some(1), "{list}");
    sandbox.ok(&["load", "before"]);
}

#[test]
fn a_test_goes_on_where_it_stopped_and_its_lock_knows_what_passed() {
    let sandbox = with_exercise();
    let test = |words: &[&str]| {
        let command = ["exercise", "test", "./my/exercises/first", "--lock", "exercises.lock"];
        sandbox.command(&[&command, words, &["--format", "json"]].concat()).output().unwrap()
    };
    // The start of simulated guests is not broken, so the test fails, and all steps are tried.
    let output = test(&[]);
    assert_eq!(output.status.code(), Some(10), "{}", String::from_utf8_lossy(&output.stderr));
    let tested: Value = serde_json::from_slice(&output.stdout).unwrap();
    let steps = tested["exercises"][0]["steps"].as_array().unwrap();
    let failed = |step: &&Value| !step["failure"].is_null();
    assert!(steps.iter().any(|step| failed(&step)) && !steps.iter().all(|step| failed(&step)));
    let lock: toml::Table = toml::from_str(&sandbox.read("exercises.lock")).unwrap();
    assert_eq!(lock["first"]["passed"].as_bool(), Some(false));
    assert_eq!(lock["first"]["digest"].as_str(), tested["exercises"][0]["digest"].as_str());

    // What passed is not done again.
    let again: Value = serde_json::from_slice(&test(&[]).stdout).unwrap();
    for (first, second) in steps.iter().zip(again["exercises"][0]["steps"].as_array().unwrap()) {
        let same = first["took"] == second["took"];
        let starts = first["title"].as_str().unwrap().starts_with("start");
        assert!(same || failed(&first) || starts, "{first} {second}");
    }
    // An exercise that the lock knows as passed is left out.
    sandbox
        .write("exercises.lock", &sandbox.read("exercises.lock").replace("passed = false", "passed = true"));
    let output = test(&[]);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["exercises"], serde_json::json!([]));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_name_of_a_graded_copy_is_no_name_for_an_instance() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat", "--as", "pair"]);
    sandbox.ok(&["checkpoint", "save", "before"]);
    for words in [
        &["up", "drbd-heartbeat", "--as", "pair-graded"][..],
        &["checkpoint", "restore", "drbd-heartbeat.before", "--lab", "pair-graded"],
    ] {
        let (error, status) = fails(&sandbox, words);
        assert_eq!(status, 2, "{error}");
        assert!(error.contains("`lab grade` gives such names to its copies"), "{error}");
    }
}
