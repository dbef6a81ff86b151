//! Scratch: dump DIR SETTING...
fn main() {
    let mut args = std::env::args().skip(1);
    let dir = std::path::PathBuf::from(args.next().unwrap());
    let source = halab::labfile::find("drbd-heartbeat").unwrap();
    let settings: Vec<_> = args.map(|a| a.parse().unwrap()).collect();
    let loaded = halab::labfile::load(&source, &settings)
        .unwrap_or_else(|p| panic!("{}", halab::diagnostic::render::text(&p, false)));
    let r = halab::stack::render(&loaded.lab, &source.catalog).unwrap_or_else(|e| panic!("{e:?}"));
    let put = |p: String, t: &str| {
        let f = dir.join(p);
        fs_err::create_dir_all(f.parent().unwrap()).unwrap();
        fs_err::write(f, t).unwrap();
    };
    for (node, n) in &r.nodes {
        let mut m = String::new();
        for f in &n.files {
            m.push_str(&format!("{:04o} {} {}\n", f.mode, f.owner, f.path));
            put(format!("{node}/files{}", f.path), &f.content);
        }
        put(format!("{node}/manifest"), &m);
    }
    for (i, ph) in r.phases.iter().enumerate() {
        for s in ph {
            put(format!("{}/steps/{i}-{}-{}.sh", s.node, s.stack, s.step), &s.script.text);
        }
    }
    for c in &r.checks {
        if let halab::model::spec::Probe::Exec { script } = &c.probe {
            put(format!("{}/checks/{}-{}", c.node.as_ref().unwrap(), c.stack, c.id), &script.text);
        }
    }
}
