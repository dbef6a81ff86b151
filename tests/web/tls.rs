//! Beyond this machine, the page is served with TLS.

use std::io::BufRead as _;

use reqwest::StatusCode;

use crate::server::Server;

#[test]
fn a_certificate_is_made_once_and_its_fingerprint_printed() {
    let options = ["--listen", "0.0.0.0:0", "--name", "localhost"];
    let mut server = Server::start_in(tempfile::tempdir().unwrap(), &options);
    assert!(server.link.starts_with("https://localhost:"), "{}", server.link);
    let fingerprint = |server: &mut Server| {
        let lines = server.messages.take().unwrap().lines().map_while(Result::ok);
        let line = lines.into_iter().find(|line| line.contains("SHA-256")).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    let first = fingerprint(&mut server);
    assert_eq!(first.split(':').count(), 32);
    let browser = server.browser();
    assert_eq!(browser.get("/api/v1/session").status(), StatusCode::OK);
    // Plain HTTP is not spoken on the same port.
    let plain = server.root.replace("https://", "http://");
    assert!(reqwest::blocking::get(plain).is_err());
    let mut again = Server::start_in(server.kill(), &options);
    assert_eq!(fingerprint(&mut again), first);
}

#[test]
fn a_certificate_that_is_none_is_an_error_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.crt");
    fs_err::write(&file, "nothing").unwrap();
    let mut command = crate::server::lab(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--certificate", "lab.crt", "--key", "lab.crt"]);
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.contains("lab.crt is no certificate in the form PEM"), "{error}");
}
