//! Invalid stacks: all problems are reported before any lab uses them.

use std::path::Path;

use halab::testing::catalog::Catalog;
use halab::testing::stack::{LoadError, load};

const DEFINITION: &str = r#"schema = 1
name = "frontend"
title = "A stack with a fault in every part"
packages = ["nginx"]
resources = ["web::{{ param.prot }}"]

[param.port]
type = "integer"
default = 80
doc = "The port."

[profile.paper]
porp = 8080

[file."/etc/nginx/site.conf"]
template = "site.conf"

[[step]]
id = "start"
title = "start it"
script = "start.sh"

[[step]]
id = "stop"
title = "stop it"
script = "stop.sh"

[[health]]
id = "page"
title = "a page"
http = { address = "port", path = "/", expect = "ok" }
"#;

fn problems(folder: &Path, name: &str) -> String {
    match load(&Catalog::bundled().beside_path(folder).unwrap(), name) {
        Err(LoadError::Invalid { problems, .. }) => {
            halab::diagnostic::render::text(&problems, false).replace(&folder.display().to_string(), "$LAB")
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// The problems of a stack `web` with this definition.
pub fn problems_of(definition: &str) -> String {
    let lab = tempfile::tempdir().unwrap();
    let folder = lab.path().join("templates/web");
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(folder.join("stack.toml"), definition).unwrap();
    problems(lab.path(), "web")
}

#[test]
fn every_fault_of_a_stack_is_shown_at_once() {
    let lab = tempfile::tempdir().unwrap();
    let folder = lab.path().join("templates/web");
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(folder.join("stack.toml"), DEFINITION).unwrap();
    let site = "listen {{ param.port }};\n{% if lab.name == \"x\" %}name {{ nod.name }};{% endif %}\n";
    fs_err::write(folder.join("site.conf"), site).unwrap();
    fs_err::write(folder.join("start.sh"), "echo \"on {{ param.port }}\"\n").unwrap();
    insta::assert_snapshot!(problems(lab.path(), "web"));
}

#[test]
fn a_template_that_cannot_be_read_is_shown_where_it_breaks() {
    let lab = tempfile::tempdir().unwrap();
    let folder = lab.path().join("templates/web");
    fs_err::create_dir_all(&folder).unwrap();
    let definition = "schema = 1\nname = \"web\"\ntitle = \"t\"\n[file.\"/etc/x\"]\ntemplate = \"x.conf\"\n";
    fs_err::write(folder.join("stack.toml"), definition).unwrap();
    fs_err::write(folder.join("x.conf"), "a\nb {{ node.name }\nc\n").unwrap();
    insta::assert_snapshot!(problems(lab.path(), "web"));
}

#[test]
fn what_a_stack_says_that_it_does_takes_parameters() {
    let lab = tempfile::tempdir().unwrap();
    let folder = lab.path().join("templates/web");
    fs_err::create_dir_all(&folder).unwrap();
    let definition = |duty: &str| {
        let text = format!("schema = 1\nname = \"web\"\ntitle = \"t\"\nduties = [\"{duty}\"]\n");
        let param = "[param.keepalive]\ntype = \"duration\"\ndefault = \"1s\"\ndoc = \"d\"\n";
        fs_err::write(folder.join("stack.toml"), text + param).unwrap();
    };
    definition("heartbeat");
    let found = problems(lab.path(), "web");
    assert!(found.contains("needs a parameter `deadtime`") && !found.contains("`keepalive`"), "{found}");
    assert!(found.contains("stack.toml:4:1"), "{found}");
    definition("hearbeat");
    assert!(problems(lab.path(), "web").contains("heartbeat"), "an unknown word");
}

#[test]
fn the_number_of_a_virtual_router_is_a_byte() {
    let text = |param: &str, max: u32| {
        format!(
            "schema = 1\nname = \"web\"\ntitle = \"t\"\nvirtual-mac.number = \"{param}\"\n\
             virtual-mac.prefix = \"00:00:5e:00:01\"\n[param.number]\ntype = \"integer\"\ndefault = 1\nmin = 1\nmax = {max}\ndoc = \"d\"\n"
        )
    };
    for unsound in [text("number", 256), text("other", 255)] {
        let problem = problems_of(&unsound);
        assert!(problem.contains("is not a parameter of the kind `integer` from 0 to 255"), "{problem}");
        assert!(problem.contains("stack.toml:4:22"), "{problem}");
    }
}

#[test]
fn a_stack_that_is_not_there() {
    assert!(
        matches!(load(&Catalog::bundled(), "no-such"), Err(LoadError::Unknown(name)) if name == "no-such")
    );
}

#[test]
fn a_stack_can_use_files_of_another() {
    let lab = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "web/stack.toml",
            "schema = 1\nname = \"web\"\ntitle = \"t\"\n[file.\"/etc/x\"]\ntemplate = \"../base/x.conf\"\n",
        ),
        ("base/x.conf", "{{ param.workers }}\n"),
    ] {
        let path = lab.path().join("templates").join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    // The names in it are resolved, and checked against the declarations of the stack itself.
    let text = problems(lab.path(), "web");
    assert!(text.contains("the stack declares no parameter `workers`"), "{text}");
    assert!(text.contains("templates/base/x.conf:1:"), "{text}");
}

#[test]
fn places_ports_and_shared_parameters_are_those_of_the_stack() {
    let lab = tempfile::tempdir().unwrap();
    let folder = lab.path().join("templates/web");
    fs_err::create_dir_all(&folder).unwrap();
    let definition = r#"schema = 1
name = "web"
title = "A stack whose parts do not fit together"

[param.port]
type = "integer"
default = 80
doc = "The port."

[param.name]
type = "text"
default = "x"
doc = "A name."

[several]
differ = ["prot", "name"]
equal = ["name"]

[listen.web]
protocol = "tcp"
port-param = "name"

[[rule]]
holds = "param.port > 1"
message = "the port {prot} is too small"

[extra.lost]
file = "/etc/site.conf"
doc = "nowhere"

[extra.elsewhere]
file = "/etc/sites.conf"
doc = "in no file of the stack"

[extra.script]
file = "/usr/local/bin/web"
doc = "in a script"

[file."/etc/site.conf"]
template = "site.conf"

[file."/usr/local/bin/web"]
template = "web.sh"
"#;
    fs_err::write(folder.join("stack.toml"), definition).unwrap();
    fs_err::write(folder.join("site.conf"), "listen {{ param.port }};\n{{- extra.end }}\n").unwrap();
    fs_err::write(folder.join("web.sh"), "echo\n{{- extra.script }}\n").unwrap();
    insta::assert_snapshot!("parts", problems(lab.path(), "web"));
    // Templates are looked at only in a stack whose definition is right, and rules only after all else.
    let right = definition
        .replace("\"prot\", \"name\"", "\"port\"")
        .replace("port-param = \"name\"", "port-param = \"port\"")
        .replace("/etc/sites.conf", "/etc/site.conf");
    fs_err::write(folder.join("stack.toml"), right).unwrap();
    insta::assert_snapshot!("parts_in_templates", problems(lab.path(), "web"));
}

#[test]
fn a_profile_may_do_what_is_worth_a_warning() {
    let text = |level: &str| {
        format!(
            "schema = 1\nname = \"web\"\ntitle = \"t\"\n[param.number]\ntype = \"integer\"\ndefault = 1\ndoc = \"d\"\n\
             [profile.paper]\nnumber = 3\n[[rule]]\nholds = \"param.number < 2\"\nmessage = \"{{number}} is many\"\nlevel = \"{level}\"\n"
        )
    };
    let problem = problems_of(&text("error"));
    assert!(problem.contains("the profile `paper` violates a rule of the stack: 3 is many"), "{problem}");
    let lab = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(lab.path().join("templates/web")).unwrap();
    fs_err::write(lab.path().join("templates/web/stack.toml"), text("warning")).unwrap();
    load(&Catalog::bundled().beside_path(lab.path()).unwrap(), "web").unwrap();
    let problem = problems_of(&text("warning").replace("default = 1", "default = 2"));
    assert!(problem.contains("the defaults violate a rule of the stack: 2 is many"), "{problem}");
}
