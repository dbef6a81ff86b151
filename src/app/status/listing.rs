//! What a node tells of itself: its addresses, and its roles in stacks (`role` in a stack file).
//!
//! ```text
//! role 0 Primary, UpToDate                a line for each role that changed
//! 2: eth0    inet 192.168.0.101/24 …      `ip -o -4 address show`
//! .                                       the end of a list of addresses
//! ```

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::base::shell::quote;
use crate::base::text::one_line;
use crate::desired::Desired;
use crate::model::NodeName;
use crate::model::spec::RoleSpec;

/// The longest list in bytes: some thousand addresses.
pub const LONGEST: usize = 256 * 1024;

/// The longest text of a role, in characters.
const LONGEST_ROLE: usize = 80;

/// Ends each list of addresses.
const END: &[u8] = b".";

/// Begins the line of a role.
const ROLE: &str = "role ";

/// How long the script of a role may take, in seconds.
const ROLE_LIMIT: u32 = 5;

/// The seconds between two looks at a role. A database has no event for it.
const ROLE_INTERVAL: u32 = 2;

/// The roles of a node, in the order of the lab.
pub fn roles<'a>(desired: &'a Desired, node: &NodeName) -> impl Iterator<Item = &'a RoleSpec> {
    desired.roles.iter().filter(move |role| role.node == *node)
}

/// A script that prints a role in one line, or nothing.
fn first_line(role: &RoleSpec) -> String {
    let script = quote(&role.script.text);
    format!("timeout {ROLE_LIMIT} sh -c {script} 2>/dev/null | head -n 1")
}

/// A script that prints roles and addresses once.
pub fn once(desired: &Desired, node: &NodeName) -> String {
    let roles = roles(desired, node).enumerate();
    let roles: String =
        roles.map(|(place, role)| format!("echo \"{ROLE}{place} $({})\"\n", first_line(role))).collect();
    format!("{roles}ip -o -4 address show\necho .")
}

/// A script that prints all addresses, and again whenever one comes or goes, and each role whenever it
/// changes; it ends with its connection. An SSH server starts each command in a process group of its own. The
/// second list has what changed while the monitor started. One loop writes everything, so that no line is
/// mixed with another.
pub fn following(desired: &Desired, node: &NodeName) -> String {
    let look = |(place, role): (usize, &RoleSpec)| {
        format!(
            "{{ while :; do now=$({}); [ \"$now\" = \"$last\" ] || {{ last=$now; echo \"{ROLE}{place} $now\"; }}; \
             sleep {ROLE_INTERVAL}; done; }} &\n",
            first_line(role)
        )
    };
    let looks: String = roles(desired, node).enumerate().map(look).collect();
    format!(
        "last=.\nshow() {{ ip -o -4 address show; echo .; }}\n\
         {{ {looks}exec ip -o -4 monitor address; }} | {{ show; sleep 1; show\n\
         while read -r line; do case $line in '{ROLE}'*) echo \"$line\" ;; *) show ;; esac; done; }} &\n\
         cat >/dev/null\nkill 0"
    )
}

/// Something that a node told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// All its addresses.
    Addresses(Vec<Ipv4Addr>),
    /// A role, by its place among those of the node; safe to show.
    Role(usize, String),
}

/// Output of a node that is not complete yet. Nodes are not trusted: a list without an end is dropped.
#[derive(Default)]
pub struct Heard {
    line: Vec<u8>,
    addresses: Vec<Ipv4Addr>,
    /// The bytes of the list so far.
    length: usize,
}

impl Heard {
    /// What these bytes complete.
    pub fn told(&mut self, bytes: &[u8]) -> Vec<Told> {
        let mut told = Vec::new();
        for byte in bytes {
            self.length += 1;
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.line);
                    told.extend(self.line(&line));
                }
                byte => self.line.push(*byte),
            }
            if self.length > LONGEST {
                *self = Self::default();
            }
        }
        told
    }

    fn line(&mut self, line: &[u8]) -> Option<Told> {
        if line == END {
            self.length = 0;
            return Some(Told::Addresses(std::mem::take(&mut self.addresses)));
        }
        let text = String::from_utf8_lossy(line);
        let Some(role) = text.strip_prefix(ROLE) else {
            self.addresses.extend(address_in(&text));
            return None;
        };
        self.length = 0;
        let (place, text) = role.split_once(' ')?;
        Some(Told::Role(place.parse().ok()?, one_line(text.trim()).chars().take(LONGEST_ROLE).collect()))
    }
}

/// The texts of a node's roles, by their places.
pub type RoleTexts = BTreeMap<usize, String>;

/// The address in a line of `ip -o -4 address show`: `2: eth0    inet 192.168.0.101/24 brd …`.
fn address_in(line: &str) -> Option<Ipv4Addr> {
    let mut words = line.split_whitespace().skip_while(|word| *word != "inet");
    words.nth(1)?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[&str]) -> Told {
        Told::Addresses(list.iter().map(|ip| ip.parse().unwrap()).collect())
    }

    #[test]
    fn addresses_are_read_with_and_without_a_broadcast() {
        let text = "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever\n\
                    2: eth0    inet 192.168.0.101/24 brd 192.168.0.255 scope global eth0\n\
                    2: eth0    inet 192.168.0.100/32 scope global eth0:0\n.\n";
        let wanted = addresses(&["127.0.0.1", "192.168.0.101", "192.168.0.100"]);
        assert_eq!(Heard::default().told(text.as_bytes()), [wanted]);
    }

    #[test]
    fn a_list_is_heard_when_its_mark_is() {
        let mut heard = Heard::default();
        let line = "2: eth0    inet 10.0.0.1/24 scope global eth0\n";
        assert!(heard.told(line.as_bytes()).is_empty());
        assert!(heard.told(b".").is_empty(), "the line is not whole");
        assert_eq!(heard.told(b"\n.\n"), [addresses(&["10.0.0.1"]), addresses(&[])]);
        let two = format!("{line}.\n{line}.\n");
        assert_eq!(heard.told(two.as_bytes()), [addresses(&["10.0.0.1"]), addresses(&["10.0.0.1"])]);
    }

    #[test]
    fn a_role_is_heard_at_once_and_made_safe() {
        let mut heard = Heard::default();
        let told = heard.told(b"role 1 Primary, \x1b[2JUpToDate\n");
        assert_eq!(told, [Told::Role(1, r"Primary, \x1b[2JUpToDate".to_owned())]);
        for wrong in ["role\n", "role x y\n", "role 1\n"] {
            assert!(heard.told(wrong.as_bytes()).is_empty(), "{wrong}");
        }
        let long = format!("role 0 {}\n", "x".repeat(5000));
        assert_eq!(heard.told(long.as_bytes()), [Told::Role(0, "x".repeat(LONGEST_ROLE))]);
    }

    #[test]
    fn what_goes_on_without_an_end_is_dropped() {
        let mut heard = Heard::default();
        for _ in 0..100 {
            assert!(heard.told(&[b'x'; 8192]).is_empty());
            assert!(heard.line.len() <= LONGEST);
        }
    }
}
