//! The page in a real browser, with real guests: the first five minutes of the manual, without a command
//! line.

#[path = "browser/driver.rs"]
mod driver;
#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use driver::Browser;
use sandbox::Sandbox;

/// The longest time until a lab is up: emulated guests, and perhaps an image to be built.
const UP: Duration = Duration::from_secs(900);

/// The longest time of a drill.
const DRILL: Duration = Duration::from_secs(400);

/// The longest time of a click that changes something small.
const SOON: Duration = Duration::from_secs(90);

/// The checkpoint that the page saves.
const KEPT: &str = "page-kept";

/// A server on 127.0.0.1. It ends with this value.
struct Server(Child);

impl Server {
    fn start(sandbox: &Sandbox) -> (Self, String) {
        let mut command = sandbox.command(["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut link = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut link).unwrap();
        (Self(child), link.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a terminal shows a text, as an expression of JavaScript.
fn shows(name: &str, text: &str) -> String {
    format!(
        "document.querySelector(\"section[aria-label='{name}'] .xterm-rows\").textContent.includes('{text}')"
    )
}

/// Types into a terminal, and waits for what it shows.
#[track_caller]
fn terminal(browser: &Browser, name: &str, line: &str, shown: &str) {
    browser.type_into(&format!("//section[@aria-label='{name}']//textarea"), line);
    browser.until(&shows(name, shown), SOON);
}

#[test]
#[ignore = "needs root, boots guests, and needs Chromium and a bundled page"]
fn the_first_five_minutes_in_a_browser() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("page");
    let kept = format!("drbd-heartbeat.{KEPT}");
    // One that a test left that was killed.
    sandbox.lab(["checkpoint", "rm", &kept]);
    let (_server, link) = Server::start(&sandbox);
    let browser = Browser::open(1440, 900);
    browser.go(&link);
    let root = link.split("/open").next().unwrap();

    // Bring the lab up, and watch it.
    browser.press("Bring up a lab");
    browser.choose("//dialog", "Lab", "drbd-heartbeat");
    browser
        .type_into("//dialog//label[starts-with(., 'Name of the instance')]/following-sibling::input", &name);
    browser.picture("1-bring-up");
    browser.press("Bring up");
    browser.find("//dialog//*[contains(., 'of') and contains(., 'steps')]", SOON);
    browser.picture("2-coming-up");
    browser.find("//dialog//*[normalize-space()='done']", UP);
    browser.press("Close");
    browser.find("//main//*[contains(@class, 'mark') and normalize-space()='healthy']", SOON);
    browser.find("//*[local-name()='svg']//*[contains(., '192.168.0.100')]", SOON);
    browser.picture("3-topology");

    // A shell, and the serial console.
    browser.tab("Terminals");
    browser.press("Open");
    terminal(&browser, "shell of node1", "echo $((6*7))-$(hostname)\n", "42-node1");
    browser.choose("//main", "Kind", "console");
    browser.press("Open");
    // What is typed before it is connected is lost, as on any serial line.
    browser.find("//section[@aria-label='console of node1']//textarea", SOON);
    browser.repeat(SOON, || {
        browser.type_into("//section[@aria-label='console of node1']//textarea", "\n");
        browser.value(&shows("console of node1", "root@node1")) == true
    });
    terminal(&browser, "console of node1", "echo $((6*7))-here\n", "42-here");
    browser.picture("4-terminals");

    // A client's view of the service.
    browser.tab("Client");
    browser.type_into("//main//label[.='Path']/following-sibling::input", "health.php");
    browser.press("Fetch");
    browser.find("//main//strong[starts-with(., '200 from 192.168.0.100:80')]", SOON);
    browser.press("Text");
    browser.find("//main//pre[contains(., 'database ok')]", SOON);

    // Cut the power of the active node, and see the outage grow and end.
    browser.tab("Drills");
    browser.click("//main//*[normalize-space()='power-cut']/ancestor::*[.//button][1]//button[normalize-space()='Run…' and not(@aria-disabled)]");
    browser.press("Run the drill");
    browser.find("//*[contains(@class, 'counter') and contains(@class, 'away')]", DRILL);
    browser.picture("5-outage");
    browser.find("//*[contains(@class, 'counter') and contains(@class, 'back')]", DRILL);
    browser.find("//iframe", DRILL);
    browser.picture("6-report");
    let records = sandbox.folder(&name).join("../../records").join(&name);
    assert_eq!(fs_err::read_dir(records).unwrap().count(), 1, "a record was written");

    // A fault, with its proof; and its end.
    browser.go(&format!("{root}/#/instances/{name}/topology"));
    browser.press("Inject a fault");
    browser.choose("//dialog", "Fault", "link-down");
    browser.choose("//dialog", "Node", "node2");
    browser.press("Inject");
    browser.find("//*[local-name()='svg']//*[contains(., 'link-down')]", SOON);
    browser.picture("7-fault");
    browser.press("Heal all");
    browser.until("!document.querySelector('main svg').textContent.includes('link-down')", SOON);
    // The link is up before the operation has ended, and one operation at a time changes an instance.
    browser.find("//*[contains(., 'Done: heal')]", SOON);

    // A checkpoint, and the way back to it.
    browser.tab("Checkpoints");
    browser.press("Save a checkpoint");
    browser.type_into("//dialog//label[starts-with(., 'Name')]/following-sibling::input", KEPT);
    browser.press("Save");
    let row = format!("//main//*[contains(text(), '{KEPT}')]/ancestor::*[.//button][1]");
    browser.find(&row, SOON);
    browser.click(&format!("{row}//button[normalize-space()='Restore…' and not(@aria-disabled)]"));
    browser.press("Restore");
    browser.find("//*[contains(., 'Done: checkpoint restore')]", SOON);
    browser.picture("8-checkpoints");

    // On a phone, on a projector, and in the dark.
    browser.resize(500, 900);
    browser.go(&format!("{root}/#/instances/{name}/topology"));
    browser.picture("9-phone");
    browser.resize(1920, 1080);
    browser.click("//button[@aria-label='Large text, for a projector']");
    browser.picture("10-projector");
    browser.click("//button[@aria-label='Large text, for a projector']");
    let dark = "getComputedStyle(document.documentElement).colorScheme === 'dark'";
    browser.repeat(SOON, || {
        browser.click("//button[starts-with(@aria-label, 'Colours:')]");
        browser.value(dark) == true
    });
    browser.picture("11-dark");

    browser.press("Take down…");
    browser.press("Take down");
    browser.find("//*[contains(., 'Done: down')]", SOON);
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
    sandbox.lab(["checkpoint", "rm", &kept]).ok();
}
