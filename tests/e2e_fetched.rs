//! A fetched image boots by its own boot loader, and its cloud-init follows the seed.

#[path = "guests/ready_made.rs"]
mod ready_made;
#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;
#[expect(dead_code, reason = "the tests of fetching have worse servers")]
#[path = "image/server.rs"]
mod server;

use std::path::Path;

use sha2::{Digest, Sha256};

use sandbox::Sandbox;
use server::{Behaviour, Server};

const LAB: &str = include_str!("guests/labs/ready-made.toml");
const IMAGE: &str = "ready-made";

#[test]
#[ignore = "needs root, and boots guests"]
fn a_ready_made_image_is_fetched_and_boots() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance(IMAGE);
    forget(&sandbox);
    // Not in /tmp, which may be in memory, or mounted so that no device can be on it.
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let disk = fs_err::read(ready_made::make(&sandbox, folder.path())).unwrap();
    let sum: String = Sha256::digest(&disk).iter().map(|byte| format!("{byte:02x}")).collect();
    let server = Server::start(Behaviour::good(disk));
    let lab = folder.path().join("lab");
    write_lab(&lab, &server.url, &sum);

    sandbox.lab(["up", lab.to_str().unwrap(), "--as", &name]).ok();
    assert_eq!(server.ranges(), ["-"], "all of it, once");
    let script = "hostname; id -un debian; cat /sys/class/net/eth0/operstate";
    let told = sandbox.lab(["exec", "--lab", &name, "node1", "--", "sh", "-c", script]).ok();
    assert_eq!(told.stdout, "node1\ndebian\nup\n");
    sandbox.lab(["client", "--lab", &name, "--", "ping", "-c", "1", "-W", "5", "192.168.0.101"]).ok();

    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
    forget(&sandbox);
}

/// A lab with an image that only its own folder contains.
fn write_lab(folder: &Path, url: &str, sha256: &str) {
    fs_err::create_dir_all(folder.join("images")).unwrap();
    fs_err::write(folder.join("lab.toml"), LAB).unwrap();
    let recipe = format!(
        "schema = 1\ntitle = 'Ready made'\n[fetched]\nurl = '{url}'\nsha256 = '{sha256}'\nformat = 'qcow2'\n\
         user = 'debian'\n"
    );
    fs_err::write(folder.join("images").join(IMAGE).with_extension("toml"), recipe).unwrap();
}

/// No two disks are equal, so the image of this run is of no use to the next.
fn forget(sandbox: &Sandbox) {
    let images = sandbox.lab(["image", "list", "--format", "json"]).ok().json();
    for image in images["images"].as_array().unwrap().iter().filter(|image| image["name"] == IMAGE) {
        // Its start depends on it.
        for user in image["used_by"].as_array().unwrap().iter().filter_map(|user| user.as_str()) {
            sandbox.lab(["checkpoint", "rm", user]).ok();
        }
        sandbox.lab(["image", "rm", image["digest"].as_str().unwrap()]).ok();
    }
}
