//! Records of drills that never ran, generated from a truth that is known to the nanosecond.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use halab::model::drill::{
    Drill, Expectation, Figure, Invariant, Load, Settle, SettleGoal, Steady, Step, StepAction, Target,
    Trigger,
};
use halab::model::fault::Fault;
use halab::model::{
    Lab, LogRule, MANAGEMENT_SUBNET, MacAddress, Millis, Network, Node, NodeName, StackUse, Value,
    VirtualAddress,
};
use halab::record::{
    Answer, Clock, Ending, Event, Header, HolderAnswer, Nanos, PacketRun, Record, Sample, Stage, StepPhase,
    Stream, What,
};
use halab::testing::catalog::Catalog;
use halab::testing::probe::packets::udp;
use halab::testing::probe::web::http::{Connection, Page};
use halab::testing::probe::web::{ledger, tcp};
use halab::testing::stack::LogDefinition;

pub const INTERVAL_OF_ASKING: Nanos = Nanos::millis(25);

/// The number of the first write.
pub const FIRST_ID: u64 = 1000;

pub fn node(number: u8) -> NodeName {
    format!("node{number}").parse().unwrap()
}

pub fn mac(number: u8) -> MacAddress {
    MacAddress([0x52, 0x54, 0, 0, 0, number])
}

/// Two nodes and an address, moved by Heartbeat with the settings of the paper or faster ones.
pub fn lab(keepalive: u64, deadtime: u64, fails_back: bool) -> Lab {
    let public = Network {
        name: "public".parse().unwrap(),
        subnet: "192.168.0.0/24".parse().unwrap(),
        host: Ipv4Addr::new(192, 168, 0, 1),
        join: None,
    };
    let member = |number: u8| Node {
        name: node(number),
        index: usize::from(number) - 1,
        uuid: halab::model::machine_uuid(&"pair".parse().unwrap(), &node(number)),
        image: "debian-12".parse().unwrap(),
        memory: halab::model::Bytes::mib(512),
        cpus: 1,
        nics: vec![halab::model::Nic {
            network: public.name.clone(),
            device: "eth0".to_owned(),
            ip: Ipv4Addr::new(192, 168, 0, 100 + number),
            prefix: 24,
            mac: mac(number),
            tap: format!("node{number}-eth0"),
        }],
        disks: Vec::new(),
        internet: false,
    };
    assert!(!MANAGEMENT_SUBNET.contains(&public.host));
    Lab {
        name: "pair".parse().unwrap(),
        title: "A pair".to_owned(),
        nodes: vec![member(1), member(2)],
        networks: vec![public],
        addresses: vec![VirtualAddress {
            name: "web".parse().unwrap(),
            network: "public".parse().unwrap(),
            ip: Ipv4Addr::new(192, 168, 0, 100),
        }],
        stacks: vec![StackUse {
            name: "ha".parse().unwrap(),
            uses: "heartbeat".to_owned(),
            on: vec![node(1), node(2)],
            params: BTreeMap::from([
                ("address".to_owned(), Value::Address("web".parse().unwrap())),
                ("keepalive".to_owned(), Value::Milliseconds(keepalive)),
                ("deadtime".to_owned(), Value::Milliseconds(deadtime)),
                ("auto-failback".to_owned(), Value::Boolean(fails_back)),
            ]),
            duties: Vec::new(),
            virtual_mac: None,
            services: BTreeMap::new(),
            logs: logs(&["heartbeat", "keepalived", "ucarp"]),
            paths: BTreeMap::new(),
            extra: BTreeMap::new(),
        }],
    }
}

/// The meaning of the lines of these stacks, from their own `stack.toml`.
fn logs(stacks: &[&str]) -> Vec<LogRule> {
    let rules = |name: &&str| {
        let stack = halab::testing::stack::load(&Catalog::bundled(), name).unwrap();
        stack.definition.log.iter().filter_map(LogDefinition::rule).collect::<Vec<_>>()
    };
    stacks.iter().flat_map(rules).collect()
}

/// The same pair, with its address moved by keepalived.
pub fn vrrp(advert: u64, fails_back: bool) -> Lab {
    let mut lab = lab(200, 1000, fails_back);
    lab.stacks[0].uses = "keepalived".to_owned();
    lab.stacks[0].params.retain(|name, _| name == "address" || name == "auto-failback");
    lab.stacks[0].params.insert("advert".to_owned(), Value::Milliseconds(advert));
    lab
}

/// The drill of the records: a cut, and power again.
pub fn drill(rate: u32) -> Drill {
    let load = |name: &str, rate, kind| Load {
        name: name.parse().unwrap(),
        address: "web".parse().unwrap(),
        node: None,
        port: 80,
        rate,
        connect_timeout: Millis(400),
        timeout: Millis::seconds(2),
        kind,
    };
    let step = |name: &str, trigger, action, target| Step {
        name: name.parse().unwrap(),
        trigger,
        jitter: Millis(0),
        action,
        target,
    };
    let health = Page {
        path: "/health.php".to_owned(),
        expect: "database ok".to_owned(),
        connection: Connection::New,
    };
    let (health, ledger) = (health.kind(), ledger::kind("/append.php?id=", "/ledger.php"));
    let after = Trigger::After { step: "cut".parse().unwrap(), delay: Millis::seconds(10) };
    let expect =
        |figure, paper| Expectation { figure, max: None, min: None, paper: Some(Millis::seconds(paper)) };
    Drill {
        name: "power-cut".parse().unwrap(),
        title: "Power cut of the node that holds the address".to_owned(),
        steady: Steady { within: Millis::seconds(60), baseline: Millis::seconds(5) },
        loads: vec![load("web", rate, health), load("writes", 10, ledger)],
        steps: vec![
            step(
                "cut",
                Trigger::At(Millis(0)),
                StepAction::Inject(Fault::new("power-cut", [])),
                Target::Holder("web".parse().unwrap()),
            ),
            step("heal", after, StepAction::PowerOn, Target::Step("cut".parse().unwrap())),
        ],
        settle: Settle {
            until: vec![SettleGoal::Redundant, SettleGoal::FailedBack],
            calm: Millis::seconds(5),
            within: Millis::seconds(120),
        },
        expect: vec![expect(Figure::Failover, 3), expect(Figure::Failback, 5)],
        invariants: vec![Invariant::OneHolder, Invariant::AcknowledgedWrites, Invariant::FailbackAsDeclared],
        expected_violations: Vec::new(),
        handover: None,
        measures: Vec::new(),
        ramps: Vec::new(),
        soak: None,
        as_found: false,
    }
}

/// The planted truth.
#[derive(Debug, Clone)]
pub struct Truth {
    /// Requests per second.
    pub rate: u32,
    /// When the first request is due.
    pub first_due: Nanos,
    /// The duration of a good answer; the service handles the request at some time in it.
    pub response: Nanos,
    /// Periods without service, each from and to.
    pub away: Vec<(Nanos, Nanos)>,
    /// The holders of the address: the number of the node, from, to.
    pub held: Vec<(u8, Nanos, Nanos)>,
    /// Periods in which the generator is held up, each from and to.
    pub stalls: Vec<(Nanos, Nanos)>,
    /// Calls and returns of the two steps on node 1.
    pub steps: Vec<(Nanos, Nanos)>,
    /// The end.
    pub end: Nanos,
}

impl Truth {
    /// The power of node 1 is cut at 10 s and returns at 20 s; the service is away from 10.03 to 14.2 s, and
    /// from 30 to 32.5 s during the failback.
    pub fn typical() -> Self {
        let at = Nanos::millis;
        Self {
            rate: 50,
            first_due: at(2000),
            response: at(4),
            away: vec![(at(10_030), at(14_200)), (at(30_000), at(32_500))],
            held: vec![(1, at(0), at(10_030)), (2, at(14_100), at(30_050)), (1, at(32_400), at(60_000))],
            stalls: Vec::new(),
            steps: vec![(at(10_000), at(10_120)), (at(20_000), at(20_050))],
            end: at(40_000),
        }
    }

    fn up(&self, time: Nanos) -> bool {
        !self.away.iter().any(|(from, to)| time >= *from && time < *to)
    }

    fn sent(&self, due: Nanos) -> Nanos {
        let stall = self.stalls.iter().find(|(from, to)| due >= *from && due < *to);
        stall.map_or(due, |(_, to)| *to)
    }

    /// The requests of a load. The service handles a request after `fraction` percent of the duration of its
    /// answer.
    fn samples(&self, load: &Load) -> Vec<Sample> {
        let mut samples = Vec::new();
        for seq in 0.. {
            let due = self.first_due.plus(Nanos(seq * load.interval_ns()));
            if due >= self.end {
                return samples;
            }
            let sent = self.sent(due);
            let looked = sent.plus(Nanos(self.response.0 * (seq * 37 % 100) / 100));
            let (answer, done) = if self.up(looked) {
                (Answer::Ok, sent.plus(self.response))
            } else if seq % 5 == 0 {
                (Answer::NoRoute, sent.plus(self.response))
            } else {
                (Answer::ConnectTimeout, sent.plus(Nanos::millis(400)))
            };
            let holder = self.held.iter().find(|(_, from, to)| looked >= *from && looked < *to);
            let node = holder.filter(|_| answer == Answer::Ok).map(|(number, ..)| node(*number));
            samples.push(Sample { load: load.name.clone(), seq, due, sent, done, answer, node });
        }
        samples
    }

    /// The events that a port probe and a stream of 1000 packets a second would have added to the record: the
    /// layers below the page are away for this period.
    pub fn add_probes(&self, record: &mut Record, away: &[(Nanos, Nanos)]) {
        let below = Truth { away: away.to_vec(), response: Nanos(400_000), ..self.clone() };
        let template = record.header.drill.loads[0].clone();
        let probe = |name: &str, kind, rate| Load {
            name: name.parse().unwrap(),
            rate,
            timeout: Millis(200),
            kind,
            ..template.clone()
        };
        let port = probe("port", tcp::kind(), 20);
        let samples = below.samples(&port);
        record.events.extend(samples.into_iter().map(|s| Event { t: s.done, what: What::Sample(s) }));
        let stream = probe("stream", udp::kind(), 1000);
        let mut run = PacketRun::begin(&stream, 0, self.first_due);
        for sample in below.samples(&stream) {
            let took = (sample.answer == Answer::Ok).then(|| sample.done.since(sample.sent));
            run.push(sample.sent.since(sample.due), took);
            if run.len() == 1000 {
                let next = PacketRun::begin(&stream, sample.seq + 1, sample.due.plus(Nanos::millis(1)));
                let what = What::Packets(std::mem::replace(&mut run, next));
                record.events.push(Event { t: sample.done, what });
            }
        }
        let (load, processor) = (stream.name.clone(), Nanos::millis(1300));
        let what = What::LoadEnded { load, processor, connections: None };
        record.events.push(Event { t: self.end, what });
        record.header.drill.loads.extend([port, stream]);
    }

    fn rounds(&self) -> Vec<Event> {
        let mut rounds = Vec::new();
        let mut asked = Nanos::millis(500);
        while asked < self.end {
            let at = asked.plus(Nanos(600_000));
            let held = self.held.iter().filter(|(_, from, to)| at >= *from && at < *to);
            let answers: Vec<HolderAnswer> = held
                .map(|(number, ..)| HolderAnswer { mac: mac(*number), node: Some(node(*number)), at })
                .collect();
            let address = "web".parse().unwrap();
            rounds.push(Event { t: at, what: What::Holder { address, asked, answers } });
            asked = asked.plus(INTERVAL_OF_ASKING);
        }
        rounds
    }

    /// The record that such a drill would have written.
    pub fn record(&self, lab: &Lab) -> Record {
        let drill = drill(self.rate);
        let (mut header, _): (Header, Clock) =
            Header::begin(&"pair".parse().unwrap(), lab, &drill, &["profile=tuned".to_owned()], "tcg", 42);
        header.halab = "0.0.0".to_owned();
        header.started = "2026-01-02T03:04:05Z".parse().unwrap();
        header.since_boot = Nanos(0);
        header.host = halab::record::HostFacts { kernel: "6.1".to_owned(), cpus: 2, load: "0".to_owned() };
        let mut events = vec![
            Event { t: Nanos(1), what: What::Stage { stage: Stage::Steady } },
            Event { t: self.first_due, what: What::Stage { stage: Stage::Baseline } },
        ];
        for load in &drill.loads {
            let first_id = load.kind.is_writes().then_some(FIRST_ID);
            let (load_name, scheduling) = (load.name.clone(), "fifo".to_owned());
            events.push(Event {
                t: self.first_due,
                what: What::LoadStarted {
                    load: load_name,
                    first_due: self.first_due,
                    first_id,
                    nonces: None,
                    scheduling,
                },
            });
            let samples = self.samples(load);
            if first_id.is_some() {
                let there = samples.iter().filter(|sample| sample.answer == Answer::Ok);
                let ids = there.map(|sample| FIRST_ID + sample.seq).collect();
                let what = What::Ledger { load: load.name.clone(), ids, failure: None };
                events.push(Event { t: self.end, what });
            }
            events.extend(samples.into_iter().map(|s| Event { t: s.done, what: What::Sample(s) }));
        }
        events.extend(self.rounds());
        for (step, (called, returned)) in drill.steps.iter().zip(&self.steps) {
            let phases =
                [(called, StepPhase::Called), (returned, StepPhase::Returned { failure: None, proof: None })];
            for (t, phase) in phases {
                let what = What::Step { step: step.name.clone(), node: Some(node(1)), phase };
                events.push(Event { t: *t, what });
            }
        }
        for goal in [SettleGoal::Redundant, SettleGoal::FailedBack] {
            events.push(Event { t: self.end, what: What::Goal { goal, reached: true } });
        }
        events.push(Event { t: self.end, what: What::Ended { ending: Ending::Completed } });
        events.sort_by_key(|event| event.t);
        Record { header, events, truncated: false }
    }
}

/// A line in a node's log.
pub fn line(number: u8, millis: u64, text: &str) -> Event {
    let (stream, text) = (Stream::ClusterLog, text.to_owned());
    Event { t: Nanos::millis(millis), what: What::Line { node: node(number), stream, text, backlog: false } }
}
