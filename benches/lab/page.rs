//! The page: its first paint, how far behind its live state is, and what viewers cost.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;

use crate::Row;
use crate::driver::Browser;
use crate::run::{Lab, median};

const TURNS: usize = 11;

/// How long viewers look while processor time is counted.
const LOOKING: Duration = Duration::from_secs(20);

/// The most viewers.
const MANY: usize = 30;

struct Server {
    process: Child,
    root: String,
    client: Client,
    link: String,
}

impl Server {
    fn start(lab: &Lab) -> Self {
        let mut command = lab.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut link = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        output.read_line(&mut link).expect("a link");
        let link = link.trim().to_owned();
        let root = link.split("/open").next().expect("an address").to_owned();
        let token = lab.command(&["token", "create", "bench", "--role", "administrator"]);
        let token = { token }.output().expect("a token").stdout;
        let value = format!("Bearer {}", String::from_utf8_lossy(&token).trim());
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("authorization", value.parse().expect("a header"));
        let client = Client::builder().default_headers(headers).timeout(None).build().expect("a client");
        Self { process, root, client, link }
    }

    /// The processor time of both its processes, and their memory in bytes.
    fn spent(&self) -> (Duration, u64) {
        let back = self.process.id();
        let children = format!("/proc/{back}/task/{back}/children");
        let front = fs_err::read_to_string(children).unwrap_or_default();
        let all = front.split_whitespace().map(str::to_owned).chain([back.to_string()]);
        all.map(|id| of(&id)).fold((Duration::ZERO, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// Looks at the live state of an instance until the flag is set; says when each message came.
    fn look(&self, instance: &str, over: Arc<AtomicBool>, mut hear: impl FnMut(&str) + Send + 'static) {
        let path = format!("{}/api/v1/instances/{instance}/live", self.root);
        let response = self.client.get(path).send().expect("a stream");
        std::thread::spawn(move || {
            for line in BufReader::new(response).lines().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                hear(&line);
            }
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The processor time and the memory of a process.
fn of(id: &str) -> (Duration, u64) {
    let stat = fs_err::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name of the program may have spaces; the numbers follow its bracket (proc(5)).
    let numbers: Vec<u64> = stat
        .rsplit(')')
        .next()
        .into_iter()
        .flat_map(str::split_whitespace)
        .map(|word| word.parse().unwrap_or(0))
        .collect();
    let number = |place: usize| numbers.get(place).copied().unwrap_or(0);
    // Ticks of a hundredth of a second, and pages of 4 KiB.
    (Duration::from_millis((number(11) + number(12)) * 10), number(21) * 4096)
}

pub fn rows(lab: &Lab) -> Vec<Row> {
    lab.time(&["up", "drbd-heartbeat", "--as", "bench"]);
    let server = Server::start(lab);
    let rows = vec![paint(&server), lag(lab, &server), viewers(&server, 1), viewers(&server, MANY)];
    drop(server);
    lab.time(&["down", "bench"]);
    rows
}

/// The first paint, compared with that of a line of text from the same server.
fn paint(server: &Server) -> Row {
    let browser = Browser::open(1440, 900);
    browser.go(&server.link);
    let painted = |path: &str| {
        browser.go(&format!("{}{path}", server.root));
        let first = "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)[0] > 0";
        browser.until(first, Duration::from_secs(10));
        let time = browser.value("performance.getEntriesByName('first-contentful-paint')[0].startTime");
        time.as_f64().unwrap_or_default()
    };
    let mut turns: Vec<(f64, f64)> = (0..TURNS).map(|_| (painted("/"), painted("/api/v1/nothing"))).collect();
    turns.sort_by(|one, other| (one.0 / one.1).total_cmp(&(other.0 / other.1)));
    let (page, line) = turns[TURNS / 2];
    Row {
        what: "first paint of the page / of a line of text",
        measured: format!("{:.2} ({page:.0} ms / {line:.0} ms)", page / line),
        promised: "at most 3.0",
    }
}

/// From the change of an address on a node to the message of it. The standby takes the virtual address, too.
fn lag(lab: &Lab, server: &Server) -> Row {
    let (send, receive) = std::sync::mpsc::channel();
    let over = Arc::new(AtomicBool::new(false));
    server.look("bench", over.clone(), move |line| {
        // The receiver has all that it wants.
        if !line.starts_with("data: ") {
            return;
        }
        let _ = send.send((Instant::now(), line.contains(r#""holders":["node1","node2"]"#)));
    });
    let mut took = Vec::new();
    for turn in 0..TURNS {
        let adds = turn % 2 == 0;
        let verb = if adds { "add" } else { "del" };
        // The node says by its own clock when it changes the address, so the connection is not measured.
        let script = format!("sleep 0.5; ip address {verb} 192.168.0.100/32 dev eth0");
        let begun = Instant::now();
        lab.time(&["exec", "--lab", "bench", "node2", "--", "sh", "-c", &script]);
        let ended = Instant::now();
        let seen = || receive.recv_timeout(Duration::from_secs(20)).expect("it is seen");
        let at = std::iter::repeat_with(seen).find(|(at, shows)| *at >= begun && *shows == adds);
        took.extend(at.map(|(at, _)| at.saturating_duration_since(ended)));
    }
    over.store(true, Ordering::Relaxed);
    Row {
        what: "live state, after the end of the command that changed it",
        measured: format!("{} ms", median(took).as_millis()),
        promised: "at most 500 ms",
    }
}

/// The processor time of this process, in which the viewers are: the kernel counts it exactly.
fn own() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// What viewers of an instance cost.
fn viewers(server: &Server, count: usize) -> Row {
    let over = Arc::new(AtomicBool::new(false));
    for _ in 0..count {
        server.look("bench", over.clone(), |_| {});
    }
    std::thread::sleep(Duration::from_secs(3));
    let (before, own_before, begun) = (server.spent().0, own(), Instant::now());
    std::thread::sleep(LOOKING);
    let ((after, memory), own_after, took) = (server.spent(), own(), begun.elapsed());
    over.store(true, Ordering::Relaxed);
    let share = |time: Duration| time.as_secs_f64() / took.as_secs_f64() * 100.0;
    let (server, viewers) = (share(after - before), share(own_after - own_before));
    Row {
        what: if count == 1 { "1 viewer: processor, memory of the server" } else { "30 viewers" },
        measured: format!(
            "{server:.1} % of one, {} MiB; the viewers themselves {viewers:.2} %",
            memory >> 20
        ),
        promised: "under 50 % with 30",
    }
}
