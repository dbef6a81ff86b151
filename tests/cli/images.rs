//! `lab image` without a real build: the added image is a file of the test.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn images_are_added_listed_used_and_removed() {
    let sandbox = Sandbox::with_pair();
    let mut disk = vec![0; 1 << 20];
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    fs_err::write(sandbox.path().join("disk.raw"), disk).unwrap();
    assert_snapshot!(sandbox.run(&["image", "add", "mine", "--file", "disk.raw", "--title", "My own"]), @r#"
    ------- stderr -------
    mine ($DIGEST) is there: a lab uses it with image = "mine"
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["image", "add", "mine", "--file", "disk.raw"]), @r#"
    ------- stderr -------
    error: there is already an image `mine`
    [exit status: 1]
    "#);
    let images = sandbox.json(&["image", "list", "--format", "json"]);
    let find = |name: &str| {
        images["images"].as_array().unwrap().iter().find(|image| image["name"] == name).unwrap().clone()
    };
    assert!(find("mine")["digest"].is_string());
    assert!(find("debian-12")["digest"].is_null());
    assert_eq!(find("debian-11")["support_ends"], "2026-08-31");
    assert!(find("mine")["support_ends"].is_null());
    let file = fs_err::read_to_string(sandbox.path().join("pair/lab.toml")).unwrap();
    sandbox.write("pair/lab.toml", &file.replace("\"tiny\"", "\"mine\""));
    assert!(sandbox.run(&["check", "./pair"]).ends_with("[exit status: 0]"));
    assert_snapshot!(sandbox.run(&["image", "rm", "mine"]), @r#"
    ------- stderr -------
    mine ($DIGEST) is deleted
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["image", "rm", "mine"]), @r#"
    ------- stderr -------
    error: no image in the store is called `mine`
    [exit status: 6]
    "#);
}

#[test]
fn a_wrong_sum_and_a_missing_one() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run(&["image", "add", "mine", "--url", "http://127.0.0.1:9/x", "--sha256", "12"]), @r#"
    ------- stderr -------
    error: `12` is not a SHA-256: it has 64 hexadecimal digits
    [exit status: 2]
    "#);
    assert!(
        sandbox.run(&["image", "add", "mine", "--url", "http://127.0.0.1:9/x"]).ends_with("[exit status: 2]")
    );
    let unreachable = ["image", "add", "mine", "--url", "http://127.0.0.1:9/x", "--sha256", &"0".repeat(64)];
    assert!(sandbox.run(&unreachable).contains("caused by"), "{}", sandbox.run(&unreachable));
}

#[test]
fn images_that_are_not_there() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run(&["image", "build", "debain-12"]), @r#"
    ------- stderr -------
    error: there is no image `debain-12`

    hint: did you mean `debian-12`?
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.complete(&["image", "build", "debian"]), @r#"
    debian-11
    debian-12
    debian-13
    "#);
}
