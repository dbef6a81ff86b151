//! A connection into a lab's network, handed to the caller as an open socket.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::event::{Descriptor, What};
use super::job::Job;
use super::provider;
use super::request::Request;
use crate::base::socket;
use crate::diagnostic::suggestion;
use crate::instance::Instance;
use crate::model::InstanceName;
use crate::provider::Vantage;

/// How long the lab's side may take to accept: up to the duration of a failover.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// Opens a TCP connection as a client of the lab. The event [`What::Connected`] carries its socket: to a
/// caller in this process, or over a Unix socket. So a privileged process can connect for a caller without
/// privileges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Connect {
    /// What to reach: `web:80`, `node1:3306`, `192.168.0.100:80`.
    pub target: String,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

impl Request for Connect {
    type Outcome = ();
    const NAME: &'static str = "connect";

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let name = job.choose(self.instance.as_ref())?;
        job.needs(&name, |can| can.clients)?;
        let instance = job.describe(&name)?;
        let target = target(&self.target, &instance)?;
        let socket = opened(job, &instance, target)?;
        job.emit(What::Connected { target: target.to_string(), socket: Descriptor::of(socket) });
        Ok(())
    }
}

/// Opens a connection as a client of an instance.
///
/// # Errors
/// When nothing accepts it in time, or the operation is cancelled.
pub fn opened(job: &Job, instance: &Instance, target: SocketAddrV4) -> Result<TcpStream, AppError> {
    let provider = provider::of(job, instance)?;
    // A thread that has entered the network stays in it.
    let connected = std::thread::scope(|scope| {
        let connecting = scope.spawn(|| inside(provider.as_ref(), target, || !job.asked_to_stop()));
        connecting.join().unwrap_or_else(|_| Err(io::Error::other("the connecting thread panicked")))
    });
    if job.asked_to_stop() {
        return Err(AppError::stopped());
    }
    connected.map_err(|error| AppError::failed(format!("{target} cannot be reached")).because(error))
}

/// Connects to an address from the network of the lab's clients. Must be called on a thread of its own, which
/// stays there.
///
/// # Errors
/// When the network cannot be entered, or the connection is not established in time.
pub fn inside(
    vantage: &(impl Vantage + ?Sized),
    target: SocketAddrV4,
    goes_on: impl Fn() -> bool,
) -> io::Result<TcpStream> {
    vantage.enter()?;
    let end = Instant::now() + CONNECT_LIMIT;
    socket::tcp(target.into(), || goes_on() && Instant::now() < end)
}

/// An address of the lab by its name, and a port.
///
/// # Errors
/// When it is not of this form, or the lab has no such address.
pub fn target(text: &str, instance: &Instance) -> Result<SocketAddrV4, AppError> {
    let bad = || AppError::usage(format!("`{text}` is not an address and a port such as web:80"));
    let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
    let port: u16 = port.parse().map_err(|_| bad())?;
    let lab = &instance.lab;
    let address =
        lab.addresses.iter().find(|address| address.name.as_str() == host).map(|address| address.ip);
    let node = || lab.nodes.iter().find(|node| node.name.as_str() == host)?.nics.first().map(|nic| nic.ip);
    let ip = address.or_else(node).or_else(|| host.parse::<Ipv4Addr>().ok());
    let ip = ip.ok_or_else(|| {
        let addresses = lab.addresses.iter().map(|address| address.name.as_str());
        let names: Vec<&str> = addresses.chain(lab.nodes.iter().map(|node| node.name.as_str())).collect();
        AppError::not_found(format!("`{}` has no address `{host}`", instance.name))
            .hint(suggestion(host, "address", names))
    })?;
    Ok(SocketAddrV4::new(ip, port))
}
