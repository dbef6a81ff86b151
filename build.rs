//! Puts the page of `lab serve` where the program includes it: the bundle that `make page` made, else the plain
//! page, which needs no bundler.

use std::path::Path;
use std::{env, io};

use fs_err as fs;

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let page = Path::new(&root).join("src/web/page");
    let (bundle, plain) = (page.join("dist"), page.join("plain"));
    println!("cargo::rerun-if-changed={}", plain.display());
    // A folder that does not exist would make every build a new one.
    if bundle.exists() {
        println!("cargo::rerun-if-changed={}", bundle.display());
    } else {
        println!("cargo::rerun-if-changed={}", page.display());
    }
    let from = if bundle.join("index.html").exists() { bundle } else { plain };
    let to = Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("page");
    if to.exists() {
        fs::remove_dir_all(&to)?;
    }
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(&from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
