//! A line: one call at a time, and the reaction of its users when the call breaks.

use std::io;
use std::net::SocketAddrV4;

use mio::Registry;

use super::device::Device;
use super::facts::{CallEvent, Phase, Way};
use super::plan::{Callee, Plan};
use super::rtp::Label;
use super::stream::{Pace, Stream};
use crate::probe::clients::Clients;
use crate::probe::outcome::outcome_of;
use crate::probe::sip::Heard;
use crate::record::{Answer, Nanos, What};

/// How long a request may remain unanswered. A phone would retransmit after half of it; here a new attempt is
/// made instead, and counted.
const ANSWER: Nanos = Nanos::millis(1000);

/// How long an attempt may take from its beginning, once the exchange has answered `Trying`.
const TRYING: Nanos = Nanos::millis(4000);

/// How long its users wait after an attempt that failed at once.
const RETRY: Nanos = Nanos::millis(200);

/// The direction of a stream, and its sending and receiving device by their indices in the line.
type Direction = (Way, (usize, usize));

/// The state of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No call; the next attempt is made at this time.
    Down(Nanos),
    /// The phones have been registering since this time.
    Registering(Nanos),
    /// The call was requested. When the attempt began, and when it is given up.
    Calling { began: Nanos, until: Nanos },
    /// The call is up.
    Up,
}

/// A line of a load.
#[derive(Debug)]
pub struct Line {
    number: u32,
    dial: String,
    redial_after: Nanos,
    state: State,
    /// Whether media are sent: not before every line has its first call.
    talking: bool,
    /// The number of calls that were up so far, this one included.
    call: u32,
    /// The caller and, if it is one of our phones, the callee.
    devices: Vec<Device>,
    /// Its streams, voice first.
    pub streams: Vec<Stream>,
    /// For each stream of voice, when its last packet arrived.
    quiet: Vec<Nanos>,
}

impl Line {
    /// Creates the line with this number.
    ///
    /// # Errors
    /// No route to the exchange, or no sockets.
    pub fn new(clients: &Clients<'_>, registry: &Registry, plan: &Plan, number: u32) -> io::Result<Self> {
        let server = SocketAddrV4::new(clients.ip, clients.load.port);
        let ways: &[Direction] = match plan.to {
            Callee::Echo => &[(Way::Around, (0, 0))],
            Callee::Phone => &[(Way::There, (0, 1)), (Way::Back, (1, 0))],
        };
        let phones = plan.phones() / plan.calls.max(1);
        let user = |phone: u32| (plan.user + number * phones + phone).to_string();
        let (from, video) = ((clients.sockets, registry), plan.video_kbps.is_some());
        let device = |phone| Device::new(from, user(phone), server, clients.first_id, video);
        let devices = (0..phones).map(device).collect::<io::Result<Vec<Device>>>()?;
        let paces = [Pace::VOICE].into_iter().chain(plan.video_kbps.map(Pace::video));
        let mut streams = Vec::new();
        for (pace, (way, ends)) in paces.flat_map(|pace| ways.iter().map(move |way| (pace, way))) {
            let stream = u64::from(number) << 8 | streams.len() as u64;
            let label = Label { mark: clients.first_id, stream, number: 0 };
            streams.push(Stream::new(clients.load, number, *way, pace, *ends, label));
        }
        Ok(Self {
            number,
            dial: match plan.to {
                Callee::Echo => plan.number.clone(),
                Callee::Phone => user(1),
            },
            redial_after: plan.redial_after.into(),
            state: State::Down(clients.first_due),
            talking: false,
            call: 0,
            devices,
            streams,
            quiet: vec![Nanos(0); ways.len()],
        })
    }

    /// Whether a call is up.
    pub fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Starts its media: the first packets are due at this time.
    pub fn begin(&mut self, due: Nanos) {
        self.talking = true;
        self.quiet.fill(due);
        self.streams.iter_mut().for_each(|stream| stream.begin(due));
    }

    /// Handles received messages and does what is due now; starts nothing new once it is stopping.
    ///
    /// # Errors
    /// A socket cannot be read.
    pub fn step(&mut self, clients: &Clients<'_>, stopping: bool) -> io::Result<()> {
        for place in 0..self.devices.len() {
            while let Some(heard) = self.devices[place].phone.hear()? {
                self.heard(place, heard, clients);
            }
        }
        self.listen(clients)?;
        if stopping {
            return Ok(());
        }
        let now = clients.clock.now();
        match self.state {
            State::Down(at) if at <= now => self.register(now, clients),
            State::Registering(since) if now.since(since) > ANSWER => {
                self.failed("REGISTER", Answer::Timeout, clients);
            }
            State::Calling { until, .. } if now > until => self.failed("INVITE", Answer::Timeout, clients),
            State::Up
                if self.talking && self.quiet.iter().any(|since| now.since(*since) > self.redial_after) =>
            {
                self.hang_up(Phase::Silent, clients);
            }
            _ => {}
        }
        Ok(())
    }

    /// Receives the voice and video packets that have arrived.
    fn listen(&mut self, clients: &Clients<'_>) -> io::Result<()> {
        let Self { devices, streams, quiet, .. } = self;
        for (place, device) in devices.iter().enumerate() {
            device.receive(|label| {
                let now = clients.clock.now();
                for (stream, own) in streams.iter_mut().enumerate().filter(|(_, stream)| stream.to == place) {
                    if own.hear(label, now)
                        && let Some(quiet) = quiet.get_mut(stream)
                    {
                        *quiet = now;
                    }
                }
            })?;
        }
        Ok(())
    }

    fn register(&mut self, now: Nanos, clients: &Clients<'_>) {
        self.state = State::Registering(now);
        for device in &mut self.devices {
            (device.registered, device.session) = (false, None);
        }
        let asked = self.devices.iter_mut().try_for_each(|device| device.phone.register());
        if let Err(error) = asked {
            self.failed("REGISTER", outcome_of(&error, false), clients);
        }
    }

    fn heard(&mut self, place: usize, heard: Heard, clients: &Clients<'_>) {
        let now = clients.clock.now();
        match (heard, self.state) {
            (Heard::Registered, State::Registering(began)) => {
                self.devices[place].registered = true;
                if self.devices.iter().all(|device| device.registered) {
                    self.state = State::Calling { began, until: now.plus(ANSWER) };
                    if let Err(error) = self.devices[0].phone.call(&self.dial) {
                        self.failed("INVITE", outcome_of(&error, false), clients);
                    }
                }
            }
            (Heard::Trying, State::Calling { began, .. }) => {
                self.state = State::Calling { began, until: began.plus(TRYING) };
            }
            (Heard::Answered(session) | Heard::Called(session), State::Calling { began, .. }) => {
                self.devices[place].session = Some(session);
                if self.devices.iter().all(|device| device.session.is_some()) {
                    self.state = State::Up;
                    self.call += 1;
                    self.quiet.fill(now);
                    self.tell(Phase::Answered { took: now.since(began) }, clients);
                }
            }
            (Heard::Refused(answer), State::Registering(_)) => self.failed("REGISTER", answer, clients),
            (Heard::Refused(answer), State::Calling { .. }) => self.failed("INVITE", answer, clients),
            (Heard::HungUp, State::Up) => self.hang_up(Phase::HungUp, clients),
            (Heard::HungUp, State::Calling { .. }) => {
                let message = "hung up before it was up".to_owned();
                self.failed("INVITE", Answer::Other { message }, clients);
            }
            _ => {}
        }
    }

    /// Sends the next packet of a stream if a call is up. Returns when it was sent; none if it was not.
    pub fn send(&mut self, stream: usize, clients: &Clients<'_>, packet: &mut Vec<u8>) {
        let own = &self.streams[stream];
        let device = &self.devices[own.from];
        let destination = device.destination(own.medium()).filter(|_| self.state == State::Up);
        let sent = destination.and_then(|(to, format)| {
            own.write(self.call, format, packet);
            let now = clients.clock.now();
            match device.send(own.medium(), packet, to) {
                Ok(()) => Some(now),
                // The client has no route to the address, which counts as a loss.
                Err(error) if outcome_of(&error, false) == Answer::NoRoute => Some(now),
                Err(error) => {
                    let (load, reason) = (clients.load.name.clone(), error.to_string());
                    clients.tell(What::Dropped { load, seq: own.next(), due: own.due(), reason });
                    None
                }
            }
        });
        self.streams[stream].push(sent);
    }

    /// Ends the call, even one that is still being set up: the callee may have answered already.
    pub fn end(&mut self, clients: &Clients<'_>) {
        if self.is_up() {
            self.tell(Phase::Ended, clients);
        }
        self.put_down(clients);
    }

    fn hang_up(&mut self, phase: Phase, clients: &Clients<'_>) {
        self.tell(phase, clients);
        self.put_down(clients);
    }

    fn failed(&mut self, request: &str, answer: Answer, clients: &Clients<'_>) {
        self.tell(Phase::Failed { request: request.to_owned(), answer }, clients);
        self.put_down(clients);
    }

    /// Drops the call, or the attempt at one. A message that cannot be sent is lost, as when a phone is
    /// unplugged.
    fn put_down(&mut self, clients: &Clients<'_>) {
        for device in &mut self.devices {
            let _ = device.phone.hang_up();
            device.session = None;
        }
        self.state = State::Down(clients.clock.now().plus(RETRY));
    }

    fn tell(&self, phase: Phase, clients: &Clients<'_>) {
        let event = CallEvent { line: self.number, call: self.call, phase };
        clients.tell(event.told(&clients.load.name));
    }
}
