//! The clients of a simulated lab: `curl` and `ping`, answered by the model.

use std::net::Ipv4Addr;

use super::cluster::{Cluster, Reply};
use super::shell::{Part, Ran};
use crate::model::demand::Demand;

/// The exit statuses of `curl`: no such host, no connection, an error of the server with `-f`, no answer in
/// time.
const NO_HOST: i32 = 6;
const NO_CONNECTION: i32 = 7;
const SERVER_ERROR: i32 = 22;
const TIMED_OUT: i32 = 28;

/// The exit status of an unknown command.
const UNKNOWN: i32 = 127;

/// Runs a command as a client of the lab.
pub fn run(command: &[String], cluster: &mut Cluster) -> Ran {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["curl", rest @ ..] => curl(rest, cluster),
        ["ping", rest @ ..] => ping(rest, cluster),
        other => failed(
            format!(
                "{}: not found: clients of a simulated lab know curl and ping\n",
                other.first().unwrap_or(&"")
            ),
            UNKNOWN,
        ),
    }
}

fn failed(text: String, status: i32) -> Ran {
    Ran { parts: vec![Part::Err(text)], status, exits: false }
}

/// An address of the lab, given by itself or by its name.
fn resolved(host: &str, cluster: &Cluster) -> Option<Ipv4Addr> {
    let lab = &cluster.layout().lab;
    let address = || lab.addresses.iter().find(|own| own.name.as_str() == host).map(|own| own.ip);
    let node = || lab.nodes.iter().find(|own| own.name.as_str() == host)?.nics.first().map(|nic| nic.ip);
    host.parse().ok().or_else(address).or_else(node)
}

fn curl(words: &[&str], cluster: &mut Cluster) -> Ran {
    let fails =
        words.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('f'))
            || words.contains(&"--fail");
    let Some(url) = words.iter().find(|word| word.starts_with("http://") || !word.starts_with('-')) else {
        return failed("curl: no URL specified\n".to_owned(), 2);
    };
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (place, path) =
        rest.split_once('/').map_or((rest, "/".to_owned()), |(place, path)| (place, format!("/{path}")));
    let (host, port) = place.split_once(':').unwrap_or((place, "80"));
    let Some((ip, port)) = resolved(host, cluster).zip(port.parse::<u16>().ok()) else {
        return failed(format!("curl: (6) Could not resolve host: {host}\n"), NO_HOST);
    };
    match cluster.ask(Demand::Page { path: &path, listed: None }, ip, None) {
        Reply::Served(served) => {
            let body = match path.as_str() {
                "/alive.txt" => "alive\n".to_owned(),
                path if path.contains(".php") => format!("node {}\ndatabase ok\n", served.node),
                _ => format!("node {}\n", served.node),
            };
            Ran { parts: vec![Part::Sleep(served.after), Part::Out(body)], status: 0, exits: false }
        }
        Reply::Refused | Reply::Unreachable => {
            failed(format!("curl: (7) Failed to connect to {host} port {port}\n"), NO_CONNECTION)
        }
        Reply::Silence => failed("curl: (28) Operation timed out\n".to_owned(), TIMED_OUT),
        Reply::Broken if fails => {
            failed("curl: (22) The requested URL returned error: 502\n".to_owned(), SERVER_ERROR)
        }
        Reply::Broken => {
            Ran { parts: vec![Part::Out("502 Bad Gateway\n".to_owned())], status: 0, exits: false }
        }
    }
}

fn ping(words: &[&str], cluster: &mut Cluster) -> Ran {
    let count =
        words.iter().position(|word| *word == "-c").and_then(|place| words.get(place + 1)?.parse().ok());
    let Some(host) = words.last().filter(|word| !word.starts_with('-')) else {
        return failed("ping: usage error: Destination address required\n".to_owned(), 2);
    };
    let Some(ip) = resolved(host, cluster) else {
        return failed(format!("ping: {host}: Name or service not known\n"), 2);
    };
    let count: u32 = count.unwrap_or(4);
    let (mut text, mut received) = (format!("PING {host} ({ip})\n"), 0);
    for seq in 1..=count {
        if let Reply::Served(served) = cluster.ask(Demand::Kernel, ip, None) {
            received += 1;
            text += &format!(
                "64 bytes from {ip}: icmp_seq={seq} time={:.2} ms\n",
                served.after.as_secs_f64() * 1e3
            );
        }
    }
    text += &format!("{count} packets transmitted, {received} received\n");
    Ran { parts: vec![Part::Out(text)], status: i32::from(received == 0), exits: false }
}
