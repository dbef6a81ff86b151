//! A connection of a student's own SSH client to a node of the own instance, or to a service there.

use std::net::SocketAddrV4;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use super::phase::Phase;
use crate::app::connect::{opened, target};
use crate::app::error::{AppError, ErrorKind};
use crate::app::event::{Descriptor, What};
use crate::app::job::Job;
use crate::app::request::Request;
use crate::app::{provider, reach};
use crate::base::shell::quote;
use crate::guest::Limits;
use crate::instance::Instance;
use crate::model::{InstanceName, Lab, Node};

/// The port of SSH.
const SSH: u16 = 22;

/// How long a node may take to take the keys up. One that does not is still connected to: it may have
/// them already.
const KEYS: Duration = Duration::from_secs(10);

/// What marks the keys of students in a node's file.
const MARK: &str = "halab-student";

/// Connects to a node or a service of a student's instance. The event [`What::Connected`] carries the socket.
///
/// Port 22 of a node is reached over its management network, so that a fault of the lab's networks does not
/// end the session, and the node is given the keys of those who share it before. All else is reached as a
/// client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Jump {
    /// The instance of the student.
    pub instance: InstanceName,
    /// The node or address, and the port: `node1:22`, `web:80`.
    pub target: String,
}

impl Request for Jump {
    type Outcome = ();
    const NAME: &'static str = "class jump";

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        let instance = job.describe(&self.instance)?;
        let way = allowed(&room, &place, &instance, &self.target, Timestamp::now())?;
        job.needs(&self.instance, |can| can.clients)?;
        let target = match way {
            Way::Node(node) => {
                give_keys(job, &instance, node, &keys(&room, &place));
                SocketAddrV4::new(node.management().ip, SSH)
            }
            Way::Service(target) => target,
        };
        let socket = opened(job, &instance, target)?;
        job.emit(What::Connected { target: target.to_string(), socket: Descriptor::of(socket) });
        Ok(())
    }
}

impl Jump {
    /// Checks whether the student may have this connection now. Performing it checks it again.
    ///
    /// # Errors
    /// Why not; or when the instance cannot be described.
    pub fn check(&self, job: &Job) -> Result<(), AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        let instance = job.describe(&self.instance)?;
        allowed(&room, &place, &instance, &self.target, Timestamp::now()).map(drop)
    }
}

/// Where a connection leads.
#[derive(Debug, PartialEq, Eq)]
enum Way<'a> {
    /// To SSH on a node, over the management network.
    Node(&'a Node),
    /// To an address of the lab, as a client.
    Service(SocketAddrV4),
}

/// Where a connection leads, if the students of a bench may have it at a moment.
///
/// # Errors
/// Why not: it is an exam, it is not the time, or the target is none of the instance.
fn allowed<'a>(
    room: &Room,
    place: &Place,
    instance: &'a Instance,
    wanted: &str,
    now: Timestamp,
) -> Result<Way<'a>, AppError> {
    if room.class.exam {
        return Err(AppError::new(ErrorKind::Usage, "in an exam, only recorded terminals are open")
            .hint(format!("`ssh -t {}@SERVER NODE` opens one", place.bench.seat)));
    }
    Phase::of(room, place, now).allows_work()?;
    let address = target(wanted, instance)?;
    match node_of(&instance.lab, wanted).filter(|_| address.port() == SSH) {
        Some(node) => Ok(Way::Node(node)),
        None => of_lab(&instance.lab, address).map(Way::Service),
    }
}

/// The keys of all who share an instance: each is root of its nodes.
fn keys(room: &Room, place: &Place) -> Vec<String> {
    let of = |member| room.register.keys.get(member).into_iter().flatten();
    let mut keys: Vec<String> = place.bench.members.iter().flat_map(of).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}

fn node_of<'a>(lab: &'a Lab, target: &str) -> Option<&'a Node> {
    let (host, _) = target.rsplit_once(':')?;
    let is_meant =
        |node: &&Node| node.name.as_str() == host || node.nics.iter().any(|nic| nic.ip.to_string() == host);
    lab.nodes.iter().find(is_meant)
}

/// An address, if it is one of the lab: the machine's own services are none of a student's.
fn of_lab(lab: &Lab, target: SocketAddrV4) -> Result<SocketAddrV4, AppError> {
    let nodes = lab.nodes.iter().flat_map(|node| &node.nics).map(|nic| nic.ip);
    let mut all = lab.addresses.iter().map(|address| address.ip).chain(nodes);
    match all.any(|ip| ip == *target.ip()) {
        true => Ok(target),
        false => Err(AppError::usage(format!("{} is no address of the lab", target.ip()))
            .hint("name a node, or an address that the lab declares")),
    }
}

/// Gives a node the keys of a student. A node that cannot take them up may have them already.
fn give_keys(job: &Job, instance: &Instance, node: &Node, keys: &[String]) {
    let limits = Limits::within(KEYS, job.cancel());
    let given = provider::of(job, instance)
        .and_then(|provider| reach::shell(provider.as_ref(), node))
        .map(|shell| shell.run(&script(keys), limits));
    if let Ok(Err(error)) = given {
        job.say(format!("{} did not take up the key: {error}", node.name));
    }
}

/// Makes the marked keys of a node these; other keys stay.
fn script(keys: &[String]) -> String {
    let lines: Vec<String> = keys.iter().map(|key| quote(&format!("{key} {MARK}"))).collect();
    let print = if lines.is_empty() { ":".to_owned() } else { format!("printf '%s\\n' {}", lines.join(" ")) };
    // Connections come at the same time, and the disk may be full: the file is replaced as a whole, or not.
    format!(
        "set -e\numask 077\nmkdir -p /root/.ssh\nfile=/root/.ssh/authorized_keys\n\
         exec 9>/root/.ssh/.{MARK}\nflock 9\nnew=$(mktemp \"$file.XXXXXX\")\ntrap 'rm -f \"$new\"' EXIT\n\
         if [ -e \"$file\" ]; then grep -v ' {MARK}$' \"$file\" >\"$new\" || [ $? = 1 ]; fi\n\
         {print} >>\"$new\"\ncmp -s \"$new\" \"$file\" || mv \"$new\" \"$file\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::class::{Begin, Rehearse};
    use crate::app::{Cancel, Halab};
    use crate::base::folder::Access;
    use crate::catalog::Catalog;
    use crate::class::store::Class;
    use crate::labfile;

    #[test]
    fn only_addresses_of_the_lab_are_reached() {
        let source = labfile::find("redundant-web", &Catalog::bundled(), Access::Any).unwrap();
        let lab = labfile::load(&source, &[]).unwrap().lab;
        let reached = |ip: &str| of_lab(&lab, SocketAddrV4::new(ip.parse().unwrap(), 80)).is_ok();
        let vip = lab.addresses[0].ip.to_string();
        assert!(reached("192.168.10.101") && reached("10.20.0.2") && reached(&vip));
        // The host of the lab, its loopback, metadata of a cloud, and the Internet.
        for ip in ["192.168.10.110", "127.0.0.1", "169.254.169.254", "8.8.8.8", "0.0.0.0"] {
            assert!(!reached(ip), "{ip}");
        }
        assert_eq!(node_of(&lab, "web2:22").unwrap().name.as_str(), "web2");
        assert_eq!(node_of(&lab, "192.168.10.101:22").unwrap().name.as_str(), "web1");
        assert!(node_of(&lab, "localhost:22").is_none());
    }

    #[test]
    fn an_exam_the_time_and_the_lab_decide_whether_a_connection_opens() {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path().join("state")).simulated();
        let run = Cancel::default();
        let wanted = Rehearse { file: None, exercise: Some("who-am-i".to_owned()), students: 1 };
        let class = halab.run(&wanted, &run, Box::new(|_| {})).unwrap();
        let begin = Begin { instance: class.instances[0].clone(), exercise: class.exercise };
        halab.run(&begin, &run, Box::new(|_| {})).unwrap();
        let (room, place) = Room::around(&halab.state, &begin.instance).unwrap();
        let instance = halab.quiet_job().describe(&begin.instance).unwrap();
        let decide = |room: &Room, target: &str| {
            let now = Timestamp::now();
            allowed(room, &place, &instance, target, now).map(|_| ()).map_err(|error| error.message)
        };
        let refuses = |room: &Room, target: &str, why: &str| {
            let error = decide(room, target).unwrap_err();
            assert!(error.contains(why), "{target}: {error}");
        };
        assert_eq!(decide(&room, "node1:22"), Ok(()));
        let exam = Room { class: Class { exam: true, ..room.class.clone() }, ..room.clone() };
        refuses(&exam, "node1:22", "in an exam");
        let mut stopped = room.clone();
        stopped.register.closed = true;
        refuses(&stopped, "node1:22", "the class is over");
        for foreign in ["127.0.0.1:22", "169.254.169.254:80", "8.8.8.8:53"] {
            refuses(&room, foreign, "is no address of the lab");
        }
        refuses(&room, "localhost:22", "has no address");
    }

    #[test]
    fn a_node_has_the_keys_of_the_student_and_its_own() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("authorized_keys");
        let run = |keys: &[String]| {
            let script = script(keys).replace("/root/.ssh", &place.path().display().to_string());
            assert!(std::process::Command::new("sh").args(["-c", &script]).status().unwrap().success());
            fs_err::read_to_string(&file).unwrap()
        };
        let keys = ["ssh-ed25519 one".to_owned(), "ssh-ed25519 two".to_owned()];
        assert_eq!(run(&keys[..1]), "ssh-ed25519 one halab-student\n", "also without the file");
        fs_err::write(&file, "ssh-ed25519 own lab-a\nssh-ed25519 old halab-student\n").unwrap();
        for _ in 0..2 {
            let wanted =
                "ssh-ed25519 own lab-a\nssh-ed25519 one halab-student\nssh-ed25519 two halab-student\n";
            assert_eq!(run(&keys), wanted, "it can run twice");
        }
        assert_eq!(run(&[]), "ssh-ed25519 own lab-a\n");
        // At the same time.
        std::thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(|| run(&keys)))));
        assert_eq!(fs_err::read_to_string(&file).unwrap().lines().count(), 3);
        let left = fs_err::read_dir(place.path()).unwrap().count();
        assert_eq!(left, 2, "the file and its lock");
    }
}
