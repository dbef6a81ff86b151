//! Lab files: each file of `labfile/valid` gives the lab beside it, each of `labfile/invalid` the diagnostics
//! beside it.
//!
//! `HALAB_UPDATE=1 cargo test --test labfile` writes the current results.

#[path = "labfile/golden.rs"]
mod golden;

use std::path::Path;

use halab::testing::labfile;

fn valid(path: &Path) -> datatest_stable::Result<()> {
    let loaded = labfile::load(&golden::source(path)?, &golden::settings(path)?)
        .map_err(|found| halab::diagnostic::render::text(&found, false))?;
    let mut text = halab::diagnostic::render::text(&loaded.warnings, false);
    text.push_str(&serde_json::to_string_pretty(&loaded.lab)?);
    text.push('\n');
    golden::compare(&path.with_extension("txt"), &text)
}

fn invalid(path: &Path) -> datatest_stable::Result<()> {
    let source = golden::source(path)?;
    match labfile::load(&source, &golden::settings(path)?) {
        Ok(loaded) => Err(format!("nothing is wrong: {:#?}", loaded.lab).into()),
        Err(found) => {
            golden::compare(&path.with_extension("txt"), &halab::diagnostic::render::text(&found, false))
        }
    }
}

datatest_stable::harness! {
    { test = valid, root = "tests/labfile/valid", pattern = r"\.toml$" },
    { test = invalid, root = "tests/labfile/invalid", pattern = r"\.toml$" },
}
