//! A browser that is driven by its own interface for that (W3C WebDriver, by `chromedriver`).

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// The field that holds the id of an element (W3C WebDriver, section 11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How often an expectation is checked.
const TICK: Duration = Duration::from_millis(100);

/// A browser window. It is closed with this value.
pub struct Browser {
    driver: Child,
    client: Client,
    session: String,
    pictures: PathBuf,
}

impl Browser {
    /// Opens a window of this size, in pixels. Pictures go to `target/page`.
    pub fn open(width: u32, height: u32) -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().expect("chromedriver is installed: scripts/setup.sh test");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port =
            lines.find_map(|line| line.rsplit_once("successfully on port ").map(|(_, port)| port.to_owned()));
        let root = format!("http://127.0.0.1:{}/session", port.unwrap().trim_end_matches('.'));
        // What it says later must not fill a pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let client = Client::builder().timeout(Duration::from_secs(120)).build().unwrap();
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];
        let size = format!("--window-size={width},{height}");
        let arguments: Vec<&str> = arguments.into_iter().chain([size.as_str()]).collect();
        let options = json!({ "args": arguments, "binary": "/usr/bin/chromium" });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let made = client.post(&root).body(wanted.to_string()).send().unwrap().text().unwrap();
        let made: Value = serde_json::from_str(&made).unwrap();
        let id = made["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{made}"));
        let session = format!("{root}/{id}");
        let pictures = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/page"));
        fs_err::create_dir_all(&pictures).unwrap();
        Self { driver, client, session, pictures }
    }

    fn ask(&self, path: &str, body: &Value) -> Result<Value, Value> {
        let request = self.client.post(format!("{}{path}", self.session)).body(body.to_string());
        read(&request.send().unwrap().text().unwrap())
    }

    fn get(&self, path: &str) -> Result<Value, Value> {
        read(&self.client.get(format!("{}{path}", self.session)).send().unwrap().text().unwrap())
    }

    pub fn go(&self, address: &str) {
        self.ask("/url", &json!({ "url": address })).unwrap();
    }

    /// The value of an expression of JavaScript.
    pub fn value(&self, expression: &str) -> Value {
        let body = json!({ "script": format!("return {expression}"), "args": [] });
        self.ask("/execute/sync", &body).unwrap()
    }

    /// An element by its path (XPath), when it is there and can be seen.
    #[track_caller]
    pub fn find(&self, path: &str, within: Duration) -> String {
        let end = Instant::now() + within;
        loop {
            let found = self.ask("/element", &json!({ "using": "xpath", "value": path }));
            let id = found.ok().and_then(|found| found[ELEMENT].as_str().map(str::to_owned));
            let is_seen = |id: &String| {
                let script =
                    json!({ "script": "return arguments[0].checkVisibility()", "args": [{ ELEMENT: id }] });
                self.ask("/execute/sync", &script) == Ok(json!(true))
            };
            if let Some(id) = id.filter(is_seen) {
                return id;
            }
            if Instant::now() >= end {
                self.picture("failed");
                panic!("{path} is not there; target/page/failed.png shows the page");
            }
            std::thread::sleep(TICK);
        }
    }

    /// Clicks an element as soon as nothing covers it.
    #[track_caller]
    pub fn click(&self, path: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let id = self.find(path, Duration::from_secs(20));
            match self.ask(&format!("/element/{id}/click"), &json!({})) {
                Ok(_) => return,
                Err(error) if Instant::now() >= end => {
                    self.picture("failed");
                    panic!("{path} cannot be clicked: {error}");
                }
                Err(_) => {
                    // It may lie below a foot that stays where it is, from where a person scrolls it.
                    let scroll = "arguments[0].scrollIntoView({ block: 'center' })";
                    let body = json!({ "script": scroll, "args": [{ ELEMENT: id }] });
                    let _ = self.ask("/execute/sync", &body);
                    std::thread::sleep(TICK);
                }
            }
        }
    }

    /// Clicks a button by its text: of the dialog, if one is open.
    #[track_caller]
    pub fn press(&self, text: &str) {
        let button = format!("//button[normalize-space()='{text}' and not(@aria-disabled)]");
        self.click(&format!("//dialog[@open]{button} | {button}[not(//dialog[@open])]"));
    }

    /// Chooses an option of a field by its label; `within` is the path of what both are in.
    #[track_caller]
    pub fn choose(&self, within: &str, label: &str, option: &str) {
        let select = format!("{within}//label[normalize-space()='{label}']/following-sibling::select");
        let option = format!("option[@value='{option}' or normalize-space()='{option}']");
        self.find(&format!("{select}[{option}]"), Duration::from_secs(20));
        // An option of a closed list is not seen.
        let path = format!("{select}/{option}");
        let found = self.ask("/element", &json!({ "using": "xpath", "value": path })).unwrap();
        let id = found[ELEMENT].as_str().unwrap();
        self.ask(&format!("/element/{id}/click"), &json!({})).unwrap();
    }

    /// Chooses a tab by its text.
    #[track_caller]
    pub fn tab(&self, text: &str) {
        self.click(&format!("//*[@role='tab' and normalize-space()='{text}']"));
    }

    /// Types into an element.
    #[track_caller]
    pub fn type_into(&self, path: &str, text: &str) {
        let id = self.find(path, Duration::from_secs(20));
        self.ask(&format!("/element/{id}/value"), &json!({ "text": text })).unwrap();
    }

    /// Waits until an expression of JavaScript is true.
    #[track_caller]
    pub fn until(&self, expression: &str, within: Duration) {
        let end = Instant::now() + within;
        while self.value(expression) != json!(true) {
            if Instant::now() >= end {
                self.picture("failed");
                panic!("`{expression}` does not hold; target/page/failed.png shows the page");
            }
            std::thread::sleep(TICK);
        }
    }

    /// Does something again and again until it has worked.
    #[track_caller]
    pub fn repeat(&self, within: Duration, mut works: impl FnMut() -> bool) {
        let end = Instant::now() + within;
        while !works() {
            if Instant::now() >= end {
                self.picture("failed");
                panic!("it does not work; target/page/failed.png shows the page");
            }
            std::thread::sleep(10 * TICK);
        }
    }

    /// Resizes the window.
    pub fn resize(&self, width: u32, height: u32) {
        self.ask("/window/rect", &json!({ "width": width, "height": height })).unwrap();
    }

    /// Takes a picture of what is seen.
    pub fn picture(&self, name: &str) {
        let taken = self.get("/screenshot").unwrap();
        let bytes = base64::prelude::BASE64_STANDARD.decode(taken.as_str().unwrap()).unwrap();
        fs_err::write(self.pictures.join(format!("{name}.png")), bytes).unwrap();
    }
}

fn read(text: &str) -> Result<Value, Value> {
    let answer: Value = serde_json::from_str(text).unwrap();
    match answer["value"]["error"].is_string() {
        true => Err(answer["value"].clone()),
        false => Ok(answer["value"].clone()),
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.client.delete(&self.session).send();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
