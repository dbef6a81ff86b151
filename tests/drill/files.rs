//! Drill files: those of the bundled lab are valid, and all problems of an invalid one are reported at once.

use std::borrow::Cow;

use halab::diagnostic::Diagnostics;
use halab::model::drill::{Drill, Invariant, StepAction, StepScript, Target, Trigger};
use halab::model::fault::{Fault, Value};
use halab::model::{Lab, Millis, Scripts};
use halab::testing::catalog::{Catalog, Shelf};
use halab::testing::drill::{load, sweep};
use halab::testing::labfile::{self, LabPart};
use halab::testing::probe::packets::{ping, udp};
use halab::testing::probe::sip::{self, Method};
use halab::testing::probe::web::tcp;
use halab::testing::probe::{call, program, xmpp};

fn bundled() -> (Lab, Vec<LabPart>) {
    of("drbd-heartbeat")
}

fn of(lab: &str) -> (Lab, Vec<LabPart>) {
    let source = labfile::find(lab).unwrap();
    let drills = source.drills().unwrap();
    (labfile::load(&source, &[]).unwrap().lab, drills)
}

fn render(found: &Diagnostics) -> String {
    halab::diagnostic::render::text(found, false)
}

fn part(text: String) -> LabPart {
    let (name, label) = ("power-cut".to_owned(), "power-cut.toml".to_owned());
    LabPart { name, label, text: Cow::Owned(text), scripts: Scripts::default(), catalog: Catalog::bundled() }
}

#[test]
fn the_bundled_drills_are_right() {
    let (lab, parts) = bundled();
    let drills: Vec<Drill> = parts
        .iter()
        .map(|part| load(part, &lab).unwrap_or_else(|found| panic!("{}", render(&found))))
        .collect();
    let names: Vec<_> = drills.iter().map(|drill| drill.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "backup-failure",
            "double-failure",
            "failback",
            "flapping",
            "graceful-stop",
            "heartbeat-cut",
            "layers",
            "link-down",
            "partition",
            "pause-resume",
            "power-cut",
            "resync-interrupted",
            "service-kill",
            "synchronisation"
        ]
    );
    let cut = drills.iter().find(|drill| drill.name.as_str() == "power-cut").unwrap();
    assert_eq!(cut.service().unwrap().name.as_str(), "web");
    assert!(cut.loads.iter().map(|load| load.rate).sum::<u32>() >= 50);
    let steps: Vec<_> = cut.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["cut", "return"], "in the order of the file");
    assert_eq!(cut.steps[1].target, Target::Step(cut.steps[0].name.clone()));
    assert!(matches!(cut.steps[1].trigger, Trigger::When { .. }));
    assert_eq!(cut.invariants.first(), Some(&Invariant::OneHolder));
}

#[test]
fn every_bundled_lab_has_drills_that_are_right() {
    for name in Catalog::bundled().names(Shelf::Labs).unwrap() {
        let (lab, parts) = of(&name);
        let drills: Vec<Drill> = parts
            .iter()
            .map(|part| load(part, &lab).unwrap_or_else(|found| panic!("{}", render(&found))))
            .collect();
        assert!(!drills.is_empty(), "{name} has no drill");
        let source = labfile::find(&name).unwrap();
        for part in &parts {
            sweep(part, &source).unwrap_or_else(|found| panic!("{}", render(&found)));
        }
        for drill in drills {
            assert!(drill.service().is_some(), "{name}: {} measures no service", drill.name);
        }
    }
}

#[test]
fn what_is_promised_of_a_mirror_takes_a_mirror() {
    let (lab, parts) = of("redundant-web");
    let good = &parts.iter().find(|part| part.name == "power-cut").unwrap().text;
    for invariant in ["one-primary", "no-split-brain", "disks-equal"] {
        let text = good.replacen("\"replicas-equal\"", &format!("\"{invariant}\""), 1);
        let found = render(&load(&part(text), &lab).unwrap_err());
        assert!(found.contains("no stack of the lab mirrors a disk") && found.contains("drbd"), "{found}");
    }
}

#[test]
fn every_rule_is_checked() {
    let (lab, parts) = bundled();
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    for (from, to, says) in [
        ("schema = 1", "schema = 2", "version 2 of the format"),
        ("\"power-cut\"\ntitle", "\"power\"\ntitle", "the drill is not called `power-cut`"),
        ("address = \"web\"", "address = \"wbe\"", "did you mean `web`?"),
        ("\"one-holder\"", "\"replicas-equal\"", "no stack of the lab keeps copies that could be compared"),
        ("{ holder = \"web\" }", "{ holder = \"www\" }", "there is no virtual address `www`"),
        ("kind    = \"http\"", "kind    = \"htp\"", "unknown value `htp`"),
        ("\"/alive.txt\"", "\"alive.txt\"", "`alive.txt` is not a path"),
        ("expect  = \"alive\"\n", "", "the load `web` has no `expect`"),
        ("expect  =", "read =", "a load of kind `http` has no `read`"),
        ("rate    = 50", "rate    = 0", "`0` is out of range for `rate`"),
        ("rate    = 50", "rate = 50\ntimeout = \"41s\"", "that wait 41s are too many"),
        ("rate    = 50", "rate = 50\ntimeout = \"100ms\"", "less time (100ms) than its connection"),
        ("rate    = 50", "rate = 50\nconnect-timeout = \"3s\"", "the time-out of a connection cannot be 3s"),
        ("rate    = 50", "rate = 50\nport = 0", "`0` is out of range for `port`"),
        ("rate    = 50", "rate = 50\nconnection = \"kpet\"", "did you mean `kept`?"),
        ("rate    = 50", "rate = 50\nnode = \"node1\"", "a load of kind `http` has no `node`"),
        ("at     = \"0s\"\n", "", "must have one of `at`, `after` and `when`"),
        ("at     = \"0s\"", "at = \"0s\"\ndelay = \"1s\"", "a step with `at` has no `delay`"),
        ("at     = \"0s\"", "at = \"0\"", "is not a duration"),
        ("within = \"90s\"\n", "", "the step `return` would wait without a limit"),
        ("{ step = \"cut\" }", "{ step = \"ctu\" }", "there is no earlier step `ctu`"),
        ("{ step = \"cut\" }", "{ step = \"return\" }", "there is no earlier step `return`"),
        ("{ step = \"cut\" }", "{ node = \"node9\" }", "there is no node `node9`"),
        ("{ step = \"cut\" }", "{ holder = \"web\" }", "the holder of an address is already on"),
        ("{ step = \"cut\" }", "{ step = \"cut\", node = \"node1\" }", "a target has one role"),
        ("{ max = \"60s\", paper = \"3s\" }", "{}", "nothing is expected of this figure"),
        ("failover =", "failovr =", "did you mean `failover`?"),
        (
            "\"redundant\", \"failed-back\"",
            "\"failed-back\"]\n[expect.redundancy]\nmax=\"1s\"\n[x]\ny=[",
            "unknown key `x`",
        ),
        ("\"one-holder\"", "\"two-holders\"", "unknown value `two-holders`"),
        ("[steady]", "[steady]\nexpected-violations = []", "unknown key `expected-violations`"),
        (
            "invariants =",
            "expected-violations = [\"replicas-equal\"]\ninvariants =",
            "does not watch this invariant",
        ),
        ("invariants =", "handover = \"2s\"\ninvariants =", "a handover takes at most 500ms"),
        (
            "invariants = [\n  \"one-holder\",",
            "handover = \"10ms\"\ninvariants = [",
            "no invariant watches the holder of the address",
        ),
        ("{ max = \"60s\", paper = \"3s\" }", "{ max = \"60s\", min = \"61s\" }", "cannot both hold"),
        ("[steady]", "[stready]", "did you mean `steady`?"),
    ] {
        assert!(good.contains(from), "{from}");
        let found = load(&part(good.replacen(from, to, 1)), &lab).expect_err(says);
        let text = render(&found);
        assert!(text.contains(says), "wanted: {says}\n{text}");
    }
}

#[test]
fn a_sweep_is_tried_on_the_lab_itself() {
    let source = labfile::find("drbd-heartbeat").unwrap();
    let (_, parts) = bundled();
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    let found = sweep(&part(good.to_string()), &source).unwrap().expect("the bundled drill has a sweep");
    assert_eq!((found.varied(), found.settings().len()), (vec!["deadtime"], 4));
    assert_eq!((found.repeat, found.soak), (5, Some(Millis::seconds(120))));
    let (before, _) = good.split_once("[sweep]").unwrap();
    assert_eq!(sweep(&part(before.to_owned()), &source).unwrap(), None);
    let plain = sweep(
        &part(format!("{before}[sweep]\nover.\"ha.port\" = [694, 695]\nover.auto-failback = [true]\n")),
        &source,
    );
    let plain = plain.unwrap().expect("numbers and truth are values");
    assert_eq!((plain.repeat, plain.soak, plain.settings().len()), (5, None, 2));
    for (table, at, says) in [
        ("over = {}", "{}", "nothing is varied"),
        ("over.deadtme = [\"1s\"]", "deadtme", "did you mean `deadtime`?"),
        ("over.\"web.deadtime\" = [\"1s\"]", "\"web.deadtime\"", "stack `web` has no parameter `deadtime`"),
        ("over.\".x\" = [\"1s\"]", "\".x\"", "names no parameter"),
        ("over.deadtime = []", "[]", "`deadtime` has no value"),
        ("over.deadtime = [\"1s\", \"1 s\"]", "\"1 s\"", "is not a duration"),
        ("over.deadtime = [\"1s\", \"1ms\"]", "\"1ms\"", "parameter `deadtime`"),
        ("over.deadtime = [\"1s\", \"1s\"]", "\"1s\"]", "1s is there twice"),
        ("over.profile = [\"papr\"]", "\"papr\"", "papr"),
        ("over.deadtime = [1.5]", "1.5", "text or a whole number or `true` or `false`"),
        ("over.deadtime = [\"1s\"]\nrepeat = 0", "0", "`0` is out of range for `repeat`"),
        ("over.deadtime = [\"1s\"]\nsoak = \"4s\"", "\"4s\"", "a soak of 4s shows nothing"),
        ("over.deadtime = [\"1s\"]\nsoaks = \"4s\"", "soaks", "did you mean `soak`?"),
        ("repeat = 3", "sweep]", "over"),
    ] {
        let text = format!("{before}[sweep]\n{table}\n");
        let found = sweep(&part(text.clone()), &source).expect_err(says);
        assert!(render(&found).contains(says), "wanted: {says}\n{}", render(&found));
        let marked = found.items().iter().map(|item| &text[item.span.start..]);
        let places: Vec<&str> = marked.clone().collect();
        assert!(places.iter().any(|place| place.starts_with(at)), "{table}: {places:?}");
    }
    let many: Vec<String> = (1..=51).map(|number| format!("\"{number}s\"")).collect();
    let text = format!("{before}[sweep]\nover.deadtime = [{}]\n", many.join(", "));
    assert!(
        render(&sweep(&part(text), &source).unwrap_err())
            .contains("these are 51 settings, and 50 are the most")
    );
}

#[test]
fn a_measurement_is_one_that_can_be_made() {
    let (lab, parts) = bundled();
    let text = parts.iter().find(|part| part.name == "synchronisation").unwrap().text.clone();
    let named = |text: String| LabPart { name: "synchronisation".to_owned(), ..part(text) };
    let drill = load(&named(text.to_string()), &lab).unwrap_or_else(|found| panic!("{}", render(&found)));
    assert_eq!((drill.measures.len(), drill.steps.len()), (8, 0));
    let first = &drill.measures[0];
    assert_eq!((first.name.as_str(), first.times, first.paper), ("memory", 10, Some(4_398_420_000)));
    let (before, _) = text.split_once("[measure.memory]").unwrap();
    let good = "kind = \"write\"\nholder = \"web\"\nfolder = \"/srv/data\"\nsize = \"10MiB\"\n";
    load(&named(format!("{before}[measure.one]\n{good}")), &lab).unwrap();
    for (from, to, says) in [
        ("\"write\"", "\"wirte\"", "unknown value `wirte`"),
        ("\"web\"", "\"wbe\"", "did you mean `web`?"),
        ("\"/srv/data\"", "\"srv\"", "`srv` is no folder of a node"),
        ("\"10MiB\"", "\"0MiB\"", "an empty file takes no time"),
        ("\"10MiB\"", "\"2GiB\"", "2GiB do not fit on the disk of each node"),
        ("\"10MiB\"", "\"10MB\"", "is not a size"),
        ("\"10MiB\"\n", "\"10MiB\"\ntimes = 0\n", "`0` is out of range for `times`"),
        ("\"10MiB\"\n", "\"10MiB\"\npaper = 0.0\n", "a published rate cannot be 0 MB/s"),
        ("\"10MiB\"\n", "\"10MiB\"\npapr = 1.0\n", "did you mean `paper`?"),
        ("size = \"10MiB\"\n", "", "a measurement needs the key `size`"),
    ] {
        assert!(good.contains(from), "{from}");
        let table = good.replacen(from, to, 1);
        let found = load(&named(format!("{before}[measure.one]\n{table}")), &lab).expect_err(says);
        assert!(render(&found).contains(says), "wanted: {says}\n{}", render(&found));
    }
    let large = good.replace("\"write\"", "\"read-memory\"").replace("10MiB", "129MiB");
    let found = render(&load(&named(format!("{before}[measure.one]\n{large}")), &lab).unwrap_err());
    assert!(
        found.contains("129MiB do not stay in the memory") && found.contains("write 128MiB or less"),
        "{found}"
    );
    let found = render(&load(&named(before.to_owned()), &lab).unwrap_err());
    assert!(found.contains("the drill has no steps and no measurements"), "{found}");
}

#[test]
fn a_ramp_is_one_that_can_be_climbed() {
    let (lab, parts) = of("single-server");
    let text = parts.iter().find(|part| part.name == "capacity").unwrap().text.clone();
    let named = |text: String| LabPart { name: "capacity".to_owned(), ..part(text) };
    let drill = load(&named(text.to_string()), &lab).unwrap_or_else(|found| panic!("{}", render(&found)));
    assert!(drill.steps.is_empty() && drill.ramps.iter().all(|ramp| ramp.rates().count() > 5));
    let (before, _) = text.split_once("[ramp.").unwrap();
    let good = "address = \"web\"\npath = \"/health.php\"\nexpect = \"database ok\"\nto = 100\n";
    let drill = load(&named(format!("{before}[ramp.one]\n{good}")), &lab).unwrap();
    let ramp = &drill.ramps[0];
    assert_eq!((ramp.rates().collect::<Vec<_>>().len(), ramp.load.timeout), (10, Millis::seconds(1)));
    for (from, to, says) in [
        ("\"web\"", "\"wbe\"", "did you mean `web`?"),
        ("\"/health.php\"", "\"health\"", "`health` is not a path"),
        ("to = 100", "to = 1001", "`1001` is out of range for `to`"),
        ("to = 100", "to = 100\nfrom = 0", "`0` is out of range for `from`"),
        ("to = 100", "to = 100\nfrom = 101", "the rate cannot rise from 101 to 100"),
        ("to = 100", "to = 1000\nby = 1\ntimeout = \"100ms\"", "these are 991 steps, and 100 are the most"),
        ("to = 100", "to = 100\nevery = \"10ms\"", "a step cannot be 10ms long"),
        ("to = 100", "to = 100\ntimeout = \"21s\"", "100 requests a second that wait 21s are too many"),
        ("to = 100", "to = 100\nport = 0", "`0` is out of range for `port`"),
        ("to = 100\n", "", "a ramp needs the key `to`"),
    ] {
        assert!(good.contains(from), "{from}");
        let table = good.replacen(from, to, 1);
        let found = load(&named(format!("{before}[ramp.one]\n{table}")), &lab).expect_err(says);
        assert!(render(&found).contains(says), "wanted: {says}\n{}", render(&found));
    }
    let taken = load(&named(format!("{before}[ramp.page]\n{good}")), &lab).unwrap_err();
    assert!(render(&taken).contains("there is a load `page` already"), "{}", render(&taken));
}

#[test]
fn a_program_is_a_script_of_the_lab() {
    let (lab, parts) = bundled();
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    let programs = [("query.py", "#!/usr/bin/python3\n"), ("notes.txt", "Later.\n")];
    let programs = programs.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let with = |run: &str| {
        let table = format!("[load.probe]\naddress = \"web\"\nkind = \"program\"\nrate = 5\nrun = \"{run}\"");
        let scripts = Scripts { loads: programs.clone().into(), ..Scripts::default() };
        let part = LabPart { scripts, ..part(format!("{good}\n{table}")) };
        load(&part, &lab).map(|mut drill| drill.loads.pop().unwrap().kind).map_err(|found| render(&found))
    };
    assert_eq!(with("query.py").unwrap(), program::kind("query.py", "#!/usr/bin/python3\n", ""));
    for (run, says) in [
        ("../../etc/passwd", "the lab has no program `loads/../../etc/passwd`"),
        ("query.pl", "it has `notes.txt`, `query.py`"),
        ("notes.txt", "its first line names its interpreter"),
    ] {
        let found = with(run).unwrap_err();
        assert!(found.contains(says), "{found}");
    }
}

#[test]
fn a_drill_takes_a_lab_as_it_finds_it() {
    let (lab, _) = bundled();
    let text = "schema = 1\nname = \"power-cut\"\ntitle = \"Break it\"\nas-found = true\n\
                [step.one]\naction = \"power-cut\"\ntarget = { node = \"node1\" }\n\
                [step.two]\naction = \"power-on\"\ntarget = { step = \"one\" }\ndelay = \"2s\"\n";
    let drill = load(&part(text.to_owned()), &lab).unwrap();
    let after = Trigger::After { step: "one".parse().unwrap(), delay: Millis::seconds(2) };
    let triggers: Vec<Trigger> = drill.steps.iter().map(|step| step.trigger.clone()).collect();
    assert_eq!(triggers, [Trigger::At(Millis(0)), after]);
    assert!(drill.as_found && drill.loads.is_empty());
    assert_eq!((drill.settle.until.len(), drill.settle.calm), (0, Millis(0)));
    let steady = text.replace("as-found = true\n", "");
    let found = render(&load(&part(steady), &lab).unwrap_err());
    assert!(found.contains("has no load that asks a service"), "{found}");
    assert!(found.contains("must have one of `at`, `after` and `when`"), "{found}");
}

#[test]
fn a_step_configures_a_stack_with_other_parameters() {
    let (lab, parts) = bundled();
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    let with = |step: &str| {
        let table = format!("[step.more]\nafter = \"return\"\ntarget = {{ node = \"node1\" }}\n{step}");
        let part = part(format!("{good}\n{table}"));
        load(&part, &lab).map(|mut drill| drill.steps.pop().unwrap().action).map_err(|found| render(&found))
    };
    let set = "action = \"set\"\nstack = \"ha\"\n";
    let StepAction::Set(found) = with(&format!("{set}with = {{ deadtime = \"400ms\" }}")).unwrap() else {
        panic!("it sets something")
    };
    let wanted = [("deadtime".to_owned(), halab::model::Value::Milliseconds(400))];
    assert_eq!((found.stack.as_str(), found.with), ("ha", wanted.into()));
    for (step, says) in [
        ("action = \"set\"", "it does not say what is set"),
        ("action = \"set\"\nstack = \"he\"\nwith = {}", "there is no stack `he`"),
        (&format!("{set}with = {{ deathtime = \"1s\" }}"), "has no parameter `deathtime`"),
        (&format!("{set}with = {{ deadtime = \"soon\" }}"), "parameter `deadtime`"),
        (&format!("{set}with = {{ auto-failback = 7 }}"), "parameter `auto-failback`"),
        ("action = \"power-on\"\nstack = \"ha\"", "this action configures no stack"),
        (&format!("{set}with = {{ deadtime = \"1s\" }}\nrun = \"x.sh\""), "this action runs no script"),
    ] {
        let found = with(step).unwrap_err();
        assert!(found.contains(says), "{says}\n{found}");
    }
}

#[test]
fn a_step_runs_a_script_of_the_lab() {
    let (lab, parts) = bundled();
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    let scripts =
        Scripts { steps: [("rows.sh".to_owned(), "true\n".to_owned())].into(), ..Scripts::default() };
    let with = |step: &str| {
        let table = format!("[step.more]\nafter = \"return\"\ntarget = {{ node = \"node1\" }}\n{step}");
        let part = LabPart { scripts: scripts.clone(), ..part(format!("{good}\n{table}")) };
        load(&part, &lab).map(|mut drill| drill.steps.pop().unwrap().action).map_err(|found| render(&found))
    };
    let script = StepScript { file: "rows.sh".to_owned(), text: "true\n".to_owned() };
    assert_eq!(with("action = \"run\"\nrun = \"rows.sh\"").unwrap(), StepAction::Run(script));
    for (step, says) in [
        ("action = \"run\"", "it runs no script"),
        ("action = \"run\"\nrun = \"row.sh\"", "there is no script in `steps/` `row.sh`"),
        ("action = \"power-on\"\nrun = \"rows.sh\"", "this action runs no script"),
        ("action = \"run\"\nrun = \"rows.sh\"\nhold = \"5s\"", "only a fault has `hold`"),
        ("action = \"run\"\nrun = \"rows.sh\"\nservice = \"web\"", "this action has no `service`"),
    ] {
        let found = with(step).unwrap_err();
        assert!(found.contains(says), "{says}\n{found}");
    }
}

#[test]
fn a_client_runs_a_script_of_the_lab() {
    let (lab, parts) = bundled();
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    let texts = [("order.sh", "#!/bin/sh\ntrue\n"), ("rows.sh", "true\n")];
    let steps = texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let scripts = Scripts { steps, ..Scripts::default() };
    let with = |step: &str| {
        let text = format!("{good}\n[step.more]\nafter = \"return\"\n{step}");
        let part = LabPart { scripts: scripts.clone(), ..part(text) };
        load(&part, &lab).map(|mut drill| drill.steps.pop().unwrap()).map_err(|found| render(&found))
    };
    let run = "action = \"run\"\nrun = \"order.sh\"\n";
    let step = with(&format!("{run}target = {{ client = true }}")).unwrap();
    let script = StepScript { file: "order.sh".to_owned(), text: "#!/bin/sh\ntrue\n".to_owned() };
    assert_eq!((step.action, step.target), (StepAction::Run(script), Target::Client));
    let client = "target = { client = true }\n";
    for (step, says) in [
        (format!("{run}target = {{ client = true, node = \"node1\" }}"), "a target has one role"),
        (format!("{run}target = {{}}"), "a target has one role"),
        (format!("{run}target = {{ client = false }}"), "`client = false` names no node"),
        (format!("action = \"power-cut\"\n{client}"), "a client only runs scripts"),
        (format!("action = \"run\"\nrun = \"rows.sh\"\n{client}"), "`steps/rows.sh` names no interpreter"),
        (
            format!(
                "{run}{client}[step.last]\nafter = \"more\"\naction = \"power-cut\"\ntarget = {{ others = \"more\" }}"
            ),
            "the step `more` is done to no node",
        ),
    ] {
        let found = with(&step).unwrap_err();
        assert!(found.contains(says), "{says}\n{found}");
    }
}

#[test]
fn a_drill_without_steps_looks_at_a_lab() {
    let (lab, _) = bundled();
    let head = "schema = 1\nname = \"power-cut\"\ntitle = \"Look at it\"\nas-found = true\n";
    let load_of =
        "[load.page]\nkind = \"http\"\naddress = \"web\"\npath = \"/\"\nexpect = \"ok\"\nrate = 5\n";
    let with = |rest: &str| load(&part(format!("{head}{rest}")), &lab).map_err(|found| render(&found));
    let calm = "[settle]\nuntil = []\ncalm = \"5s\"\nwithin = \"20s\"\n";
    assert_eq!(with(&format!("{load_of}{calm}")).unwrap().steps, []);
    with("invariants = [\"no-split-brain\"]\n").unwrap();
    with("[settle]\nuntil = [\"redundant\"]\n").unwrap();
    // Without a load, calm is over at once.
    for nothing in ["", load_of, calm] {
        let found = with(nothing).unwrap_err();
        assert!(found.contains("the drill has no steps and no measurements"), "{found}");
        assert!(found.contains("say what it looks at"), "{found}");
    }
}

#[test]
fn every_kind_of_load_has_its_own_keys() {
    let (lab, parts) = bundled();
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    let with = |table: &str| load(&part(format!("{good}\n[load.probe]\naddress = \"web\"\n{table}")), &lab);
    let found =
        |table: &str| with(table).unwrap_or_else(|found| panic!("{}", render(&found))).loads.pop().unwrap();
    let pings = found("kind = \"ping\"\nrate = 1000");
    assert_eq!((pings.kind, pings.port, pings.timeout), (ping::kind(), 0, Millis(200)));
    let packets = found("kind = \"udp\"\nrate = 1000\nnode = \"node2\"\ntimeout = \"1s\"");
    assert_eq!(
        (packets.kind, packets.port, packets.timeout, packets.node.unwrap().as_str()),
        (udp::kind(), 7, Millis(1000), "node2")
    );
    let opened = found("kind = \"tcp\"\nrate = 100\nport = 22");
    assert_eq!((opened.kind, opened.port, opened.timeout), (tcp::kind(), 22, Millis(400)));
    let kept = found("kind = \"http\"\nrate = 9\npath = \"/\"\nexpect = \"x\"\nconnection = \"kept\"");
    assert!(kept.kind.keeps_connections());
    let asked = found("kind = \"sip\"\nrate = 50");
    let options = sip::kind(Method::Options, "100");
    assert_eq!((asked.kind, asked.port, asked.timeout), (options, 5060, Millis(500)));
    let asked = found("kind = \"sip\"\nrate = 50\nmethod = \"register\"\nuser = \"119\"");
    assert_eq!(asked.kind, sip::kind(Method::Register, "119"));
    let talk = found("kind = \"call\"");
    let mut plan = call::Plan {
        calls: 1,
        to: call::Callee::Echo,
        number: "600".to_owned(),
        user: 100,
        redial_after: Millis::seconds(5),
        buffer: Millis(60),
        video_kbps: None,
    };
    assert_eq!((talk.kind, talk.port, talk.rate, talk.timeout), (plan.kind(), 5060, 50, Millis(500)));
    let talk = found(
        "kind = \"call\"\ncalls = 3\nto = \"phone\"\nuser = \"104\"\nvideo-kbps = 384\nbuffer = \"40ms\"",
    );
    plan = call::Plan {
        calls: 3,
        to: call::Callee::Phone,
        user: 104,
        buffer: Millis(40),
        video_kbps: Some(384),
        ..plan
    };
    assert_eq!((plan.phones(), talk.kind), (6, plan.kind()));
    let chat = found("kind = \"xmpp\"\nrate = 10\npassword = \"secret\"");
    let word = str::to_owned;
    let plan = xmpp::Plan {
        user: word("100"),
        peer: word("101"),
        domain: word("lab"),
        password: word("secret"),
        reconnect_after: Millis::seconds(3),
    };
    assert_eq!((chat.kind, chat.port, chat.timeout), (plan.kind(), 5222, Millis(2000)));
    let phone = "kind = \"call\"\nto = \"phone\"\n[load.register]\nkind = \"sip\"\naddress = \"web\"\nrate = 1\nuser = \"101\"\n";
    with(phone).unwrap_or_else(|found| panic!("a load of `options` uses no account: {}", render(&found)));
    let register = format!("{phone}method = \"register\"");
    let chat = "kind = \"xmpp\"\nrate = 1\n";
    let chats = format!("{chat}[load.second]\naddress = \"web\"\n{chat}");
    for (table, says) in [
        (&*register, "the account `101` is one of `probe`"),
        (&*chats, "the account `100@lab` is one of `probe`"),
        ("kind = \"told\"\nrate = 1\npath = \"/x\"", "the load `probe` has no `word`"),
        ("kind = \"xmpp\"", "the load `probe` has no `rate`"),
        ("kind = \"xmpp\"\nrate = 1\nuser = \"101\"", "`101` would send messages to itself"),
        ("kind = \"xmpp\"\nrate = 1\npeer = \"a b\"", "`a b` is not a valid account name"),
        ("kind = \"xmpp\"\nrate = 1\ndomain = \"\"", "`` is not a valid account name"),
        ("kind = \"xmpp\"\nrate = 1\npassword = \"a\\u0000\"", "no password has such characters"),
        ("kind = \"xmpp\"\nrate = 1\nreconnect-after = \"61s\"", "in silence"),
        (
            "kind = \"xmpp\"\nrate = 200\ntimeout = \"11s\"",
            "200 requests a second that wait 11s are too many",
        ),
        ("kind = \"xmpp\"\nrate = 1\nto = \"phone\"", "a load of kind `xmpp` has no `to`"),
        ("kind = \"call\"\nrate = 50", "a load of kind `call` has no `rate`"),
        ("kind = \"udp\"", "the load `probe` has no `rate`"),
        ("kind = \"call\"\ncalls = 11", "`11` is out of range for `calls`"),
        ("kind = \"call\"\nto = \"fone\"", "unknown value `fone`"),
        ("kind = \"call\"\nto = \"phone\"\nnumber = \"600\"", "a call to a phone has no `number`"),
        ("kind = \"call\"\nuser = \"bob\"", "phones cannot be counted from `bob`"),
        ("kind = \"call\"\nuser = \"0100\"", "phones cannot be counted from `0100`"),
        ("kind = \"call\"\nnumber = \"6@0\"", "`6@0` is not a valid account name"),
        ("kind = \"call\"\nvideo-kbps = 63", "`63` is out of range for `video-kbps`"),
        ("kind = \"call\"\nredial-after = \"400ms\"", "users cannot wait 400ms in silence"),
        ("kind = \"call\"\nbuffer = \"501ms\"", "cannot wait 501ms for a packet that is lost after 500ms"),
        ("kind = \"ping\"\nrate = 1\nport = 7", "a load of kind `ping` has no `port`"),
        ("kind = \"ping\"\nrate = 1001", "`1001` is out of range for `rate`"),
        ("kind = \"ping\"\nrate = 1\ntimeout = \"3s\"", "the time-out of a packet cannot be 3s"),
        ("kind = \"ping\"\nrate = 1\nnode = \"nod1\"", "did you mean `node1`?"),
        ("kind = \"udp\"\nrate = 1\nconnect-timeout = \"1s\"", "has no `connect-timeout`"),
        ("kind = \"tcp\"\nrate = 1\ntimeout = \"1s\"", "a load of kind `tcp` has no `timeout`"),
        ("kind = \"udp\"\nrate = 1\npath = \"/\"", "a load of kind `udp` has no `path`"),
        ("kind = \"udp\"\nrate = 1\nuser = \"100\"", "a load of kind `udp` has no `user`"),
        ("kind = \"sip\"\nrate = 1\nmethod = \"option\"", "did you mean `options`?"),
        ("kind = \"sip\"\nrate = 1\nuser = \"1 0\"", "`1 0` is not a valid account name"),
        ("kind = \"sip\"\nrate = 1\ntimeout = \"3s\"", "the time-out of a packet cannot be 3s"),
        ("kind = \"sip\"\nrate = 1\npath = \"/\"", "a load of kind `sip` has no `path`"),
    ] {
        let text = render(&with(table).expect_err(says));
        assert!(text.contains(says), "wanted: {says}\n{text}");
    }
}

#[test]
fn every_fault_has_its_own_keys() {
    let (lab, parts) = bundled();
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    let with = |step: &str| load(&part(format!("{good}\n[step.more]\nafter = \"return\"\n{step}")), &lab);
    let holder = "target = { holder = \"web\" }";
    let found = |step: &str| {
        let drill = with(step).unwrap_or_else(|found| panic!("{}", render(&found)));
        drill.steps.into_iter().skip(2).collect::<Vec<_>>()
    };
    let held = found(&format!("action = \"loss\"\npercent = 20\nhold = \"9s\"\n{holder}"));
    let loss = Fault::new("loss", [("percent", Value::Number(20))]);
    assert_eq!(held[0].action, StepAction::Inject(loss));
    assert_eq!((held[1].name.as_str(), &held[1].action), ("more-healed", &StepAction::Heal));
    assert_eq!(held[1].target, Target::Step(held[0].name.clone()));
    assert_eq!(held[1].trigger, Trigger::After { step: held[0].name.clone(), delay: Millis(9000) });
    let cycle = found(&format!("action = \"power-cycle\"\noff = \"3s\"\n{holder}"));
    assert_eq!(cycle[0].action, StepAction::Inject(Fault::new("power-cut", [])));
    assert_eq!(cycle.len(), 2, "its end is a step of its own");
    let others = found("action = \"pause\"\ntarget = { others = \"cut\" }");
    assert!(matches!(others[0].target, Target::Others(_)));
    for (step, target, says) in [
        ("action = \"power-cutt\"", holder, "unknown value `power-cutt`"),
        ("action = \"loss\"", holder, "`loss` needs `percent`"),
        ("action = \"loss\"\npercent = \"20\"", holder, "expected a whole number, found text"),
        ("action = \"loss\"\npercnt = 20", holder, "did you mean `percent`?"),
        ("action = \"disk-error\"\ndisk = \"data\"\nio = \"reeds\"", holder, "unknown value `reeds`"),
        ("action = \"delay\"\nlatency = \"long\"", holder, "`long` is not a duration"),
        ("action = \"loss\"\npercent = 100", holder, "`100` is out of range for `percent`"),
        ("action = \"pause\"\npercent = 5", holder, "`pause` has no `percent`"),
        ("action = \"service-kill\"\nservice = \"wbe\"", holder, "did you mean `web`?"),
        ("action = \"path-cut\"\npath = \"hartbeat\"", holder, "did you mean `heartbeat`?"),
        ("action = \"link-down\"\nnetwork = \"publik\"", holder, "did you mean `public`?"),
        ("action = \"disk-error\"\ndisk = \"dta\"", holder, "did you mean `data`?"),
        ("action = \"power-cycle\"\noff = \"3s\"\nhold = \"3s\"", holder, "write `off` instead"),
        ("action = \"heal\"", holder, "only the effect of a step can be healed"),
        ("action = \"heal\"\nhold = \"3s\"", "target = { step = \"cut\" }", "only a fault has `hold`"),
        ("action = \"power-on\"\npercent = 3", "target = { step = \"cut\" }", "this action has no `percent`"),
        ("action = \"pause\"", "target = { others = \"cu\" }", "there is no earlier step `cu`"),
        ("action = \"pause\"", "target = { standby = \"wbe\" }", "there is no virtual address `wbe`"),
    ] {
        let text = render(&with(&format!("{step}\n{target}")).expect_err(says));
        assert!(text.contains(says), "wanted: {says}\n{text}");
    }
    let taken = "[step.more-healed]\nafter = \"return\"\naction = \"pause\"";
    let text = render(
        &with(&format!("action = \"pause\"\nhold = \"1s\"\n{holder}\n{taken}\n{holder}")).unwrap_err(),
    );
    assert!(text.contains("`more-healed` is the name of the end of the step `more`"), "{text}");
}

#[test]
fn a_fault_needs_what_it_is_about() {
    let (lab, parts) = of("redundant-web");
    let good = parts.iter().find(|part| part.name == "power-cut").unwrap().text.clone();
    let step = "[step.more]\nafter = \"cut\"\naction = \"split-brain\"\ntarget = { holder = \"web\" }";
    let found = load(&part(format!("{good}\n{step}")), &lab).unwrap_err();
    let text = render(&found);
    assert!(text.contains("no disk of web1 is mirrored by the stack drbd"), "{text}");
}

#[test]
fn what_is_not_measured_cannot_be_expected() {
    let (lab, _) = bundled();
    let text = r#"
schema = 1
name = "power-cut"
title = "Nothing happens"
invariants = ["acknowledged-writes"]

[load.web]
kind = "http"
address = "web"
path = "/"
expect = "x"
rate = 50

[step]

[settle]
until = []

[expect]
failover = { max = "3s" }
failback = { max = "3s" }
write-outage = { max = "3s" }
redundancy = { max = "3s" }
"#;
    let found = load(&part(text.to_owned()), &lab).unwrap_err();
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("unmeasured", render(&found));
    });
}

#[test]
fn a_drill_has_an_end() {
    let (lab, parts) = bundled();
    let good = &parts.iter().find(|part| part.name == "power-cut").unwrap().text;
    let step = |number: usize, keys: &str| {
        format!(
            "\n[step.more{number}]\nafter = \"cut\"\n{keys}\naction = \"heal\"\ntarget = {{ step = \"cut\" }}\n"
        )
    };
    let many: String = (0..99).map(|number| step(number, "")).collect();
    for (more, says) in [
        (step(1, "delay = \"8760000000h\""), "`delay` cannot be 8760000000h"),
        (step(1, "jitter = \"25h\""), "`jitter` cannot be 25h"),
        (many, "the drill has 101 steps"),
    ] {
        let text = render(&load(&part(format!("{good}{more}")), &lab).expect_err(says));
        assert!(text.contains(says) && text.contains("at most"), "wanted: {says}\n{text}");
    }
    let title = good.lines().find(|line| line.starts_with("title")).unwrap();
    let text = good.replacen(title, "title = \"a cut\\u001b[2J\"", 1);
    let text = render(&load(&part(text), &lab).unwrap_err());
    assert!(text.contains("is not one line of text"), "{text}");
}
