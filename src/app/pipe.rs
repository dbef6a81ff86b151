//! The bytes of a connection to a node's SSH server, between it and two streams of the caller: what OpenSSH
//! starts as its `ProxyCommand`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddrV4, TcpStream};

use super::connect::opened;
use super::error::AppError;
use super::instances;
use super::job::Job;
use crate::model::{InstanceName, NodeName};

/// The port of SSH.
const SSH: u16 = 22;

/// Connects to a node, by the name that `lab ssh-config` gives it (`node1.demo`), and copies both ways until
/// the node has ended the connection.
///
/// # Errors
/// When there is no such node, it cannot be reached, or the connection breaks.
pub fn pipe(job: &Job, host: &str, from: impl Read + Send + 'static, to: impl Write) -> Result<(), AppError> {
    let (node, instance) = named(host)?;
    let name = job.choose(Some(&instance))?;
    job.needs(&name, |can| can.shells)?;
    let instance = job.describe(&name)?;
    let ip = instances::node(&instance, &node)?.management().ip;
    let server = opened(job, &instance, SocketAddrV4::new(ip, SSH))?;
    copy_both(server, from, to).map_err(|error| AppError::failed(format!("{node} hung up")).because(error))
}

/// The node and the instance of a host name.
fn named(host: &str) -> Result<(NodeName, InstanceName), AppError> {
    let bad = || AppError::usage(format!("`{host}` is not a node and an instance such as node1.demo"));
    let (node, instance) = host.split_once('.').ok_or_else(bad)?;
    Ok((node.parse().map_err(|_| bad())?, instance.parse().map_err(|_| bad())?))
}

/// Copies until the server has sent everything. No one reads what the caller still has to say then, so the
/// thread that passes it on is not waited for.
fn copy_both(server: TcpStream, mut from: impl Read + Send + 'static, mut to: impl Write) -> io::Result<()> {
    let mut up = server.try_clone()?;
    std::thread::spawn(move || {
        // An error ends the connection, which the other direction reports.
        let _ = io::copy(&mut from, &mut up);
        let _ = up.shutdown(Shutdown::Write);
    });
    let mut down = server;
    let mut buffer = [0; 1 << 15];
    loop {
        let count = match down.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(buffer.get(..count).unwrap_or_default())?;
        // OpenSSH waits for each part, and the caller's stream may keep lines.
        to.flush()?;
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_host_is_a_node_and_an_instance() {
        let (node, instance) = named("node1.demo").unwrap();
        assert_eq!((node.as_str(), instance.as_str()), ("node1", "demo"));
        for bad in ["node1", "node1.", ".demo", "node1.demo.x", "-o.demo", "node1.de mo"] {
            assert!(named(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bytes_go_both_ways_and_the_end_of_the_server_ends_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let (input, mut typed) = io::pipe().unwrap();
        let answer = std::thread::spawn(move || {
            let mut heard = Vec::new();
            copy_both(server, input, &mut heard).map(|()| heard)
        });
        typed.write_all(b"hello").unwrap();
        let mut said = [0; 5];
        peer.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"hello");
        peer.write_all(b"no line end").unwrap();
        // The caller's stream stays open: the server alone ends it.
        drop(peer);
        assert_eq!(answer.join().unwrap().unwrap(), b"no line end");
        drop(typed);
    }
}
