//! The help of every command in one file: a change of any of it shows in review.

use crate::sandbox::Sandbox;

/// The commands that a page of help lists, in order.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn page(sandbox: &Sandbox, path: &[String]) -> String {
    let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
    words.push("--help");
    sandbox.run(&words)
}

#[test]
fn every_command_has_help_with_an_example() {
    let sandbox = Sandbox::new();
    let mut pages = vec![(Vec::new(), page(&sandbox, &[]))];
    let mut next = 0;
    while next < pages.len() {
        let (path, text) = pages[next].clone();
        next += 1;
        assert!(text.ends_with("[exit status: 0]"), "{text}");
        for name in commands(&text) {
            let inner: Vec<String> = path.iter().cloned().chain([name]).collect();
            let text = page(&sandbox, &inner);
            assert!(!commands(&text).is_empty() || text.contains("Examples:\n  "), "{text}");
            pages.push((inner, text));
        }
    }
    let all: Vec<String> = pages
        .into_iter()
        .map(|(path, text)| {
            format!("$ lab {}\n\n{text}", [path, vec!["--help".to_owned()]].concat().join(" "))
        })
        .collect();
    insta::assert_snapshot!(all.join("\n\n\n"));
}
