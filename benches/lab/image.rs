//! The image of the bundled cluster, built by halab and by mmdebstrap alone.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::run::{Lab, text, tool};

/// Builds the image that the cluster boots, if it is not in the store.
pub fn ours(lab: &Lab) -> Duration {
    lab.time(&["image", "build", "--lab", "drbd-heartbeat"])
}

/// The same packages in one mmdebstrap, without a disk, a kernel or a database.
pub fn bare(lab: &Lab) -> Duration {
    let recipe: toml::Table =
        include_str!("../../images/debian-12.toml").parse().expect("the recipe is TOML");
    let built = &recipe["built"];
    let own = built["packages"].as_array().expect("packages").iter().filter_map(|name| name.as_str());
    let plan = lab.json(&["plan", "drbd-heartbeat", "--as", "bench"]);
    let stacks = packages(&plan);
    let all: Vec<&str> = own.chain(stacks.iter().map(String::as_str)).collect();
    let root = lab.state.join("bare-root");
    let _ = fs_err::remove_dir_all(&root);
    let start = Instant::now();
    tool(
        "mmdebstrap",
        &[
            "--mode=root",
            "--variant=apt",
            "--aptopt=APT::Install-Recommends \"false\"",
            &format!("--include={}", all.join(",")),
            built["suite"].as_str().expect("a suite"),
            text(&root),
            &mirror(),
        ],
    );
    let took = start.elapsed();
    let _ = fs_err::remove_dir_all(&root);
    took
}

/// The packages of the stacks, from the first image that a plan prepares.
fn packages(plan: &serde_json::Value) -> Vec<String> {
    match plan {
        serde_json::Value::Object(fields) => match fields.get("ensure-image") {
            Some(image) => image["packages"]
                .as_array()
                .expect("packages")
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            None => fields.values().map(packages).find(|found| !found.is_empty()).unwrap_or_default(),
        },
        serde_json::Value::Array(items) => {
            items.iter().map(packages).find(|found| !found.is_empty()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The line of the machine's apt source.
fn mirror() -> String {
    let output = Command::new("apt-get")
        .args(["indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"])
        .output()
        .expect("apt-get starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.ends_with(" bookworm main")).expect("a source of Debian 12");
    format!("deb {line}")
}
