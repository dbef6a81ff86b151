//! A small cluster of two namespaces: real addresses, wires and servers, and a manager whose every action is
//! timed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use halab::model::spec::DiskId;
use halab::model::{FilePattern, NetworkName, NodeName};
use halab::testing::base::netns::enter;
use halab::testing::checkpoint::Platform;
use halab::testing::disk::Taken;
use halab::testing::drill::{Failure, Heard};
use halab::testing::fault::{Goal, Injection, Look};
use halab::testing::guest::keeper::Shell;
use halab::testing::inventory::{GuestFound, GuestState, Inventory, Mark};
use halab::testing::plan::Action;
use halab::testing::provider::{
    self, Capabilities, Disks, Machines, Power, Provider, Reach, Snapshots, Tools, Vantage,
};
use halab::testing::work::{Context, ProviderError};

use super::namespace::Net;
use super::server::{Reply, Server};
use super::synthetic::node;

/// The time between a cut and the takeover.
pub const DETECTION: Duration = Duration::from_millis(700);

/// The time between the return of a node and the failback of the address.
pub const RETURN: Duration = Duration::from_millis(500);

/// How long no node has the address during a failback.
pub const MOVE: Duration = Duration::from_millis(400);

/// Planted defects of the cluster.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// During the failback, both nodes have the address.
    pub both_hold: bool,
    /// A takeover loses the last acknowledged write.
    pub forgets: bool,
    /// Power cannot be switched on.
    pub stays_off: bool,
    /// The replica of node 2 never becomes equal to that of node 1.
    pub differs: bool,
    /// Their mirrored disks never become equal either.
    pub disks_differ: bool,
    /// Node 2 keeps the address on its interface when it releases it, but no longer answers for it.
    pub keeps: bool,
    /// From the beginning, a write takes longer than half of its time-out.
    pub slow: bool,
    /// The kernel of node 2 reports an error before the end.
    pub harmed: bool,
}

/// The period of an event: no earlier, no later.
pub type Bracket = (Instant, Instant);

pub struct Cluster {
    pub net: Net,
    faults: Faults,
    off: Mutex<BTreeSet<NodeName>>,
    /// How often power was switched on.
    pub switched_on: AtomicUsize,
    /// How often the replica of node 2 was queried.
    asked: AtomicUsize,
    /// Takes the service away and brings it back, alternately.
    pub truth: Mutex<Vec<Bracket>>,
    /// The scripts of steps.
    pub ran: Mutex<Vec<(NodeName, String)>>,
    log: Mutex<Vec<(NodeName, String)>>,
    writes: Arc<Mutex<Vec<String>>>,
    _servers: Vec<Server>,
    /// An inspection of nodes gets no answer; it is only counted here.
    pub frozen: Option<Sender<()>>,
}

/// The duration of a slow write: more than half of its client's time-out of two seconds.
const SLOW: Duration = Duration::from_millis(1200);
/// The time limit of each test, so that none hangs.
const FROZEN: Duration = Duration::from_secs(30);

/// The page `/limited` is served at most this number of times in a tenth of a second.
const LIMIT: u32 = 3;

/// Counts a request of it: since when, and how many.
fn within_limit((since, served): &mut (Instant, u32)) -> bool {
    if since.elapsed() >= Duration::from_millis(100) {
        (*since, *served) = (Instant::now(), 0);
    }
    *served += 1;
    *served <= LIMIT
}

impl Cluster {
    pub fn new(faults: Faults) -> Self {
        let net = Net::new();
        net.take(1);
        let writes = Arc::new(Mutex::new(Vec::new()));
        let serve = |number| {
            let writes: Arc<Mutex<Vec<String>>> = Arc::clone(&writes);
            let served = Mutex::new((Instant::now(), 0));
            net.serve(number, move |path| {
                if path == "/limited" && !within_limit(&mut served.lock().unwrap()) {
                    return Reply::Silence;
                }
                let mut writes = writes.lock().unwrap();
                if let Some(id) = path.strip_prefix("/append.php?id=") {
                    writes.push(id.to_owned());
                    let page = format!("ok {id}\nnode node{number}\n");
                    return if faults.slow { Reply::Late(SLOW, page) } else { Reply::Page(page) };
                }
                Reply::Page(match path {
                    "/ledger.php" => writes.join("\n") + &format!("\nend {}\n", writes.len()),
                    _ => format!("node node{number}\ndatabase ok\n"),
                })
            })
        };
        let servers = [1, 2].map(serve).into_iter().collect();
        Self {
            net,
            faults,
            off: Mutex::default(),
            switched_on: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            truth: Mutex::default(),
            ran: Mutex::default(),
            log: Mutex::default(),
            writes,
            _servers: servers,
            frozen: None,
        }
    }

    fn say(&self, number: u8, line: &str) {
        self.log.lock().unwrap().push((node(number), line.to_owned()));
    }

    fn happened(&self, bracket: Bracket) {
        self.truth.lock().unwrap().push(bracket);
    }

    /// The reaction of a cluster manager to the loss of node 1.
    pub fn take_over(&self) {
        std::thread::sleep(DETECTION);
        self.say(2, "node2 heartbeat: [1]: WARN: node node1: is dead");
        if self.faults.forgets {
            self.writes.lock().unwrap().pop();
        }
        self.happened(self.net.take(2));
        self.say(2, "halab: mark address-up node=node2 uptime=7.00");
    }

    /// The reaction of a cluster manager to the return of node 1.
    pub fn move_back(&self) {
        std::thread::sleep(RETURN);
        if self.faults.both_hold {
            self.net.take(1);
            std::thread::sleep(MOVE);
            self.net.give_up(2);
            self.net.announce();
            return;
        }
        self.happened(self.net.give_up(2));
        self.say(2, "halab: mark address-down node=node2 uptime=9.00");
        std::thread::sleep(MOVE);
        self.happened(self.net.take(1));
    }

    /// The content of a node's replica. Node 2 lags for a moment at the first query.
    fn digest(&self, name: &NodeName, tell: &mut dyn FnMut(Heard<'_>)) {
        let second = *name == node(2);
        let behind = second && self.asked.fetch_add(1, Ordering::Relaxed) == 0;
        let sum = if behind || (second && self.faults.differs) { 16 } else { 17 };
        tell(Heard::Bytes(format!("halab.ledger\t{sum}\nhalab.visits\t4\nhalab: complete\n").as_bytes()));
    }

    /// The answer of a node to an inspection.
    fn look(&self, name: &NodeName, tell: &mut dyn FnMut(Heard<'_>)) {
        let now = jiff::Timestamp::now();
        let mut said = format!("clock {}.{:09}\n", now.as_second(), now.subsec_nanosecond());
        let (first, second) = (*name == node(1), *name == node(2));
        if first || (second && self.faults.keeps) {
            said += "address 192.168.0.100\n";
        }
        if second && self.faults.harmed && self.switched_on.load(Ordering::Relaxed) > 0 {
            said += "complaint [ 9.0] EXT4-fs error (device vda)\n";
        }
        tell(Heard::Bytes((said + "halab: complete\n").as_bytes()));
    }

    /// A file that is written in a third of a second, if its folder exists.
    fn measure(&self, command: &str, tell: &mut dyn FnMut(Heard<'_>)) -> Result<(), Failure> {
        if !command.contains("'/srv/data'") {
            tell(Heard::Bytes(b"no such folder\n"));
            return Ok(());
        }
        tell(Heard::Bytes(b"begin\n"));
        std::thread::sleep(Duration::from_millis(300));
        tell(Heard::Bytes(b"end 0.200000 0.300000 in-sync\n"));
        Ok(())
    }

    /// Runs the script of a step: one that has a line `false` fails.
    pub fn run_script(&self, name: &NodeName, script: &str) -> Result<(), Failure> {
        self.ran.lock().unwrap().push((name.clone(), script.to_owned()));
        match script.lines().any(|line| line == "false") {
            true => Err("it ended with 1: no such table".into()),
            false => Ok(()),
        }
    }

    /// The output of a command on a node: the digest of its replica, or its log, which grows while the node
    /// is on.
    pub fn follow(
        &self,
        name: &NodeName,
        command: &str,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(Heard<'_>),
    ) -> Result<(), Failure> {
        let is_off = || self.off.lock().unwrap().contains(name);
        if is_off() {
            return Err("no answer".into());
        }
        tell(Heard::Opened);
        if command.contains("halab/replicas") {
            self.digest(name, tell);
            return Ok(());
        }
        if command.contains("halab-measure") {
            return self.measure(command, tell);
        }
        if command.contains("drbd0/size") {
            tell(Heard::Bytes(b"2048\nhalab: complete\n"));
            return Ok(());
        }
        if let Some(asked) = self.frozen.as_ref().filter(|_| command.contains("dmesg")) {
            // The follower needs no more after the first.
            let _ = asked.send(());
            let until = Instant::now() + FROZEN;
            while !stop.load(Ordering::Relaxed) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        if command.contains("dmesg") {
            self.look(name, tell);
            return Ok(());
        }
        tell(Heard::Bytes(b"0 something old\n0 halab: now\n"));
        let mut told = 0;
        while !stop.load(Ordering::Relaxed) && !is_off() {
            let lines: Vec<_> = self.log.lock().unwrap()[told..].to_vec();
            told += lines.len();
            for (_, line) in lines.into_iter().filter(|(by, _)| by == name) {
                let line = format!("0 {line}");
                // In two parts, as a network might deliver it.
                let (one, two) = line.split_at(line.len() / 2);
                tell(Heard::Bytes(one.as_bytes()));
                tell(Heard::Bytes(format!("{two}\n").as_bytes()));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Provider for Cluster {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            machines: true,
            clients: true,
            shells: false,
            consoles: false,
            captures: true,
            root: true,
        }
    }
}

impl Disks for Cluster {
    fn read_files(
        &self,
        _: &NodeName,
        _: &[FilePattern],
        _: &Path,
        _: &AtomicBool,
    ) -> Result<Taken, ProviderError> {
        Ok(Taken::default())
    }

    fn find_texts(
        &self,
        _: &DiskId,
        _: &[String],
        _: &Path,
        _: &AtomicBool,
    ) -> Result<Option<BTreeSet<usize>>, ProviderError> {
        Ok(None)
    }
}

impl Machines for Cluster {
    fn inventory(&self) -> Result<Inventory, ProviderError> {
        let off = self.off.lock().unwrap();
        let found = |name: NodeName| {
            let state = if off.contains(&name) { GuestState::Off } else { GuestState::Running };
            (name, GuestFound { mark: Mark::Foreign, state, sealed: None })
        };
        let guests = BTreeMap::from([node(1), node(2)].map(found));
        Ok(Inventory { guests, ..Inventory::default() })
    }

    fn perform(&self, _: &Action, _: &Context<'_>) -> Result<(), ProviderError> {
        Ok(())
    }

    fn power(&self, name: &NodeName, power: Power) -> Result<(), ProviderError> {
        assert_eq!(*name, node(1), "only the preferred node is cut in these tests");
        let begun = Instant::now();
        match power {
            Power::Cut => {
                self.net.wire(1, false);
                self.off.lock().unwrap().insert(name.clone());
                self.happened((begun, Instant::now()));
            }
            Power::On if self.faults.stays_off => {
                return Err(ProviderError::Missing { what: "no power".to_owned(), hint: String::new() });
            }
            Power::On => {
                // A machine that was cut returns without its memory.
                if self.off.lock().unwrap().remove(name) {
                    self.net.give_up(1);
                    self.net.wire(1, true);
                }
                self.switched_on.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn ask_to_shut_down(&self, name: &NodeName, _: &Context<'_>) -> Result<(), ProviderError> {
        self.power(name, Power::Cut)
    }

    fn accelerator(&self) -> &'static str {
        "none"
    }
}

impl provider::Faults for Cluster {
    fn compare_disks(&self, _: &[DiskId], _: u64, _: &AtomicBool) -> Result<Option<u64>, ProviderError> {
        Ok(self.faults.disks_differ.then_some(4096))
    }

    fn inject(&self, injection: &Injection, _: &Context<'_>) -> Result<String, ProviderError> {
        self.power(&injection.node, Power::Cut).map(|()| "a wire of the test".to_owned())
    }

    fn look(&self, own: &Injection, wanted: Goal, _: &Context<'_>) -> Result<Look, ProviderError> {
        let off = self.off.lock().unwrap().contains(&own.node);
        Ok(Look { holds: off == (wanted == Goal::InForce), seen: format!("{} is off: {off}", own.node) })
    }

    fn heal(&self, injection: &Injection, _: &Context<'_>) -> Result<(), ProviderError> {
        self.power(&injection.node, Power::On)
    }
}

impl Snapshots for Cluster {
    fn platform(&self) -> Result<Platform, ProviderError> {
        unreachable!("nothing is saved here")
    }
}

impl Reach for Cluster {
    fn shell(&self, _: &NodeName) -> Result<Shell, ProviderError> {
        unreachable!("the drill is given another way to follow logs")
    }

    fn console_tail(&self, _: &NodeName, _: usize) -> Result<String, ProviderError> {
        Ok(String::new())
    }

    fn follow_console(
        &self,
        _: &NodeName,
        _: usize,
        _: &AtomicBool,
        _: &mut dyn FnMut(&[u8]),
    ) -> Result<(), ProviderError> {
        Ok(())
    }

    fn tools(&self) -> Option<Tools> {
        None
    }
}

impl Vantage for Cluster {
    fn enter(&self) -> io::Result<()> {
        enter(&Net::path(&self.net.host()))
    }

    fn interface(&self, network: &NetworkName) -> String {
        network.to_string()
    }
}
