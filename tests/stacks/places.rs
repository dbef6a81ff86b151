//! The table of places for text of a lab in the manual, made of the stacks.

use std::fmt::Write as _;

use halab::testing::catalog::{Catalog, Shelf};
use halab::testing::stack::load;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/stacks.md");

/// The head of the table.
const HEAD: &str = "| stack | place | file | what belongs there |\n| --- | --- | --- | --- |\n";

#[test]
fn the_manual_has_all_places() {
    let catalog = Catalog::bundled();
    let mut table = HEAD.to_owned();
    for stack in catalog.names(Shelf::Templates).unwrap() {
        for (name, place) in load(&catalog, &stack).unwrap().definition.extra {
            writeln!(table, "| `{stack}` | `{name}` | `{}` | {} |", place.file, place.doc).unwrap();
        }
    }
    let text = fs_err::read_to_string(FILE).unwrap();
    let (before, rest) = text.split_once(HEAD).unwrap();
    let rows: usize =
        rest.split_inclusive('\n').take_while(|line| line.starts_with("| ")).map(str::len).sum();
    let wanted = format!("{before}{table}{}", &rest[rows..]);
    if std::env::var_os("HALAB_WRITE_DOCS").is_some() {
        fs_err::write(FILE, wanted).unwrap();
    } else {
        assert!(
            text == wanted,
            "docs/stacks.md is not up to date: HALAB_WRITE_DOCS=1 cargo test --test stacks places"
        );
    }
}
