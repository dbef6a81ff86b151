//! What the machine has: its interfaces, routes and name servers.

use std::net::Ipv4Addr;
use std::process::Command;

use ipnet::Ipv4Net;
use serde::Deserialize;

use super::HostError;

/// Routes to more addresses than this lead to the Internet, too: a VPN may divide it into halves.
const WIDE: u8 = 8;

/// The machine's list of name servers, and the list behind a local stub (systemd-resolved).
const RESOLVERS: [&str; 2] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

#[derive(Deserialize)]
struct Route {
    dst: String,
    #[serde(default)]
    dev: String,
}

#[derive(Deserialize)]
struct Link {
    addr_info: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    local: Ipv4Addr,
    prefixlen: u8,
}

/// The machine's routes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Routes {
    /// The interfaces of its default routes; at least one.
    pub(super) ways_out: Vec<String>,
    /// What it reaches in other ways than by a default route: its LAN, its VPNs.
    pub(super) not_default: Vec<Ipv4Net>,
}

impl Routes {
    /// Reads them.
    ///
    /// # Errors
    /// When there is no default route.
    pub(super) fn read() -> Result<Self, HostError> {
        Self::of(&asked(&["-4", "-json", "route", "show"])?)
    }

    fn of(json: &str) -> Result<Self, HostError> {
        let routes: Vec<Route> = parsed(json);
        let is_wide = |route: &Route| network(&route.dst).is_some_and(|net| net.prefix_len() < WIDE);
        let (default, other): (Vec<_>, Vec<_>) =
            routes.into_iter().partition(|route| route.dst == "default" || is_wide(route));
        let mut ways_out: Vec<String> = default.into_iter().map(|route| route.dev).collect();
        ways_out.retain(|name| !name.is_empty());
        ways_out.sort_unstable();
        ways_out.dedup();
        if ways_out.is_empty() {
            return Err(HostError::NoWayOut);
        }
        Ok(Self { ways_out, not_default: other.iter().filter_map(|route| network(&route.dst)).collect() })
    }
}

/// A destination of a route; a single address has no prefix.
fn network(text: &str) -> Option<Ipv4Net> {
    text.parse().ok().or_else(|| text.parse::<Ipv4Addr>().ok().map(Ipv4Net::from))
}

/// The networks of the machine's own interfaces.
pub(super) fn networks() -> Result<Vec<Ipv4Net>, HostError> {
    let links: Vec<Link> = parsed(&asked(&["-4", "-json", "address", "show"])?);
    let addresses = links.into_iter().flat_map(|link| link.addr_info);
    Ok(addresses.filter_map(|address| Ipv4Net::new(address.local, address.prefixlen).ok()).collect())
}

/// Whether there is an interface of this name on the machine, or where the options of `ip` say. Asks by
/// netlink: /sys may show those of another namespace.
pub(super) fn has_interface(options: &[&str], name: &str) -> bool {
    let shown = Command::new("ip").args(options).args(["link", "show", "dev", name]).output();
    shown.is_ok_and(|output| output.status.success())
}

/// The machine's name servers that others than itself can reach.
pub(super) fn name_servers() -> Vec<Ipv4Addr> {
    let texts = RESOLVERS.iter().filter_map(|file| fs_err::read_to_string(file).ok());
    texts.map(|text| servers(&text)).find(|servers| !servers.is_empty()).unwrap_or_default()
}

fn servers(text: &str) -> Vec<Ipv4Addr> {
    let named = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let addresses = named.filter_map(|rest| rest.trim().parse::<Ipv4Addr>().ok());
    addresses.filter(|ip| !ip.is_loopback() && !ip.is_unspecified()).collect()
}

fn asked(words: &[&str]) -> Result<String, HostError> {
    let missing = |source| HostError::Tool { tool: "ip".to_owned(), source };
    let output = Command::new("ip").args(words).output().map_err(missing)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(HostError::Command { command: format!("ip {}", words.join(" ")), said })
}

/// An empty list is no JSON at all in some versions of `ip`.
fn parsed<T: for<'de> Deserialize<'de>>(json: &str) -> Vec<T> {
    serde_json::from_str(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_reaches_without_a_gateway_of_the_internet_is_not_the_internet() {
        let json = r#"[{"dst":"default","gateway":"203.0.113.1","dev":"eth0","flags":[]},
            {"dst":"203.0.113.0/24","dev":"eth0","scope":"link"},{"dst":"192.0.2.7","dev":"wg0"},
            {"dst":"128.0.0.0/1","dev":"tun0"}]"#;
        let routes = Routes::of(json).unwrap();
        let nets = ["203.0.113.0/24", "192.0.2.7/32"].map(|net| net.parse().unwrap());
        assert_eq!(
            routes,
            Routes { ways_out: ["eth0", "tun0"].map(str::to_owned).to_vec(), not_default: nets.to_vec() }
        );
        assert!(matches!(Routes::of("[]"), Err(HostError::NoWayOut)));
    }

    #[test]
    fn a_local_stub_is_no_name_server_for_others() {
        let text = "# by a program\nnameserver 127.0.0.53\nnameserver ::1\n nameserver 10.0.0.53\nsearch x\n";
        assert_eq!(servers(text), [Ipv4Addr::new(10, 0, 0, 53)]);
        assert!(servers("nameserver 127.0.0.53").is_empty());
    }
}
