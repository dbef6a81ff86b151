//! Session descriptions, in which telephones negotiate where voice and video are sent (SDP, RFC 8866). Pure.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4};

/// G.711 with the µ-law of North America and Japan, and with the A-law of the rest of the world (RFC 3551).
const VOICE: [(u8, &str); 2] = [(0, "PCMU/8000"), (8, "PCMA/8000")];

/// The video is not decoded, only carried, so any format does. 99 is a dynamic payload type (RFC 3551).
const VIDEO: (u8, &str) = (99, "H264/90000");

/// The destination of one medium, and its payload type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    /// Where to send it.
    pub to: SocketAddrV4,
    /// Its payload type.
    pub format: u8,
}

/// The media that the other side accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaSession {
    /// Voice.
    pub audio: Destination,
    /// Video, if it accepts any.
    pub video: Option<Destination>,
}

/// Our ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// For voice.
    pub audio: u16,
    /// For video, if there is any.
    pub video: Option<u16>,
}

/// Reads a description; none if it is not one, or offers no G.711.
pub fn read(body: &str) -> Option<MediaSession> {
    let mut common = None;
    let mut found: Vec<(&str, Option<Ipv4Addr>)> = Vec::new();
    for line in body.lines() {
        match line.trim_end().split_once('=') {
            Some(("m", media)) => found.push((media, None)),
            Some(("c", connection)) => {
                let ip = connection.strip_prefix("IN IP4 ").and_then(|ip| ip.split('/').next()?.parse().ok());
                match found.last_mut() {
                    Some((_, own)) => *own = ip,
                    None => common = ip,
                }
            }
            _ => {}
        }
    }
    let destination = |kind: &str, wanted: &[u8]| {
        let of_kind = found.iter().filter_map(|(media, ip)| Some((Media::read(media)?, ip.or(common)?)));
        let open = of_kind.filter(|(media, _)| media.kind == kind && media.port != 0);
        open.flat_map(|(media, ip)| media.formats.into_iter().map(move |format| (media.port, ip, format)))
            .find(|(_, _, format)| wanted.is_empty() || wanted.contains(format))
            .map(|(port, ip, format)| Destination { to: SocketAddrV4::new(ip, port), format })
    };
    Some(MediaSession {
        audio: destination("audio", &VOICE.map(|(number, _)| number))?,
        video: destination("video", &[]),
    })
}

/// A line of media: its kind, port and formats.
struct Media<'a> {
    kind: &'a str,
    port: u16,
    formats: Vec<u8>,
}

impl<'a> Media<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut words = line.split(' ');
        let (kind, port, _protocol) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            kind,
            port: port.parse().ok()?,
            formats: words.filter_map(|word| word.parse().ok()).collect(),
        })
    }
}

/// Our offer.
pub fn offer(ip: Ipv4Addr, ports: Ports) -> String {
    let mut text = head(ip);
    text += &voice(ports.audio, &VOICE);
    if let Some(port) = ports.video {
        text += &picture(port, VIDEO.0, VIDEO.1);
    }
    text
}

/// Our answer to an offer: its media lines in its order (RFC 3264), the rejected ones with port 0.
pub fn answer(ip: Ipv4Addr, ports: Ports, offered: &str) -> String {
    let mut text = head(ip);
    for media in offered.lines().filter_map(|line| Media::read(line.trim_end().strip_prefix("m=")?)) {
        let voices: Vec<(u8, &str)> =
            VOICE.into_iter().filter(|(number, _)| media.formats.contains(number)).collect();
        match (media.kind, media.formats.first(), ports.video) {
            ("audio", _, _) if !voices.is_empty() => text += &voice(ports.audio, &voices[..1]),
            ("video", Some(format), Some(port)) => text += &picture(port, *format, &name(offered, *format)),
            (kind, format, _) => {
                let _ = write!(text, "m={kind} 0 RTP/AVP {}\r\n", format.copied().unwrap_or_default());
            }
        }
    }
    text
}

fn head(ip: Ipv4Addr) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n")
}

fn voice(port: u16, formats: &[(u8, &str)]) -> String {
    let numbers: Vec<String> = formats.iter().map(|(number, _)| number.to_string()).collect();
    let mut text = format!("m=audio {port} RTP/AVP {}\r\n", numbers.join(" "));
    for (number, name) in formats {
        let _ = write!(text, "a=rtpmap:{number} {name}\r\n");
    }
    text + "a=ptime:20\r\na=sendrecv\r\n"
}

fn picture(port: u16, format: u8, name: &str) -> String {
    format!("m=video {port} RTP/AVP {format}\r\na=rtpmap:{format} {name}\r\na=sendrecv\r\n")
}

/// The name that the other side gives to a format.
fn name(body: &str, format: u8) -> String {
    let mapped = |line: &str| {
        let (number, name) = line.trim_end().strip_prefix("a=rtpmap:")?.split_once(' ')?;
        (number.parse() == Ok(format)).then(|| name.to_owned())
    };
    body.lines().find_map(mapped).unwrap_or_else(|| VIDEO.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

    /// An offer as Asterisk writes it, including media that we reject.
    const OFFERED: &str = "v=0\r\no=- 17 17 IN IP4 192.0.2.9\r\ns=Asterisk\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
        m=text 9000 RTP/AVP 98\r\n\
        m=audio 14000 RTP/AVP 3 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
        m=video 14002 RTP/AVP 97 34\r\nc=IN IP4 192.0.2.10\r\na=rtpmap:97 VP8/90000\r\n";

    #[test]
    fn an_offer_is_read() {
        let session = read(OFFERED).unwrap();
        assert_eq!(session.audio, Destination { to: "192.0.2.9:14000".parse().unwrap(), format: 8 });
        assert_eq!(session.video, Some(Destination { to: "192.0.2.10:14002".parse().unwrap(), format: 97 }));
        assert_eq!(read(&OFFERED.replace("RTP/AVP 3 8 101", "RTP/AVP 3 101")), None, "no G.711");
        assert_eq!(read(&OFFERED.replace("video 14002", "video 0")).unwrap().video, None);
        assert_eq!(read("v=0"), None);
    }

    #[test]
    fn an_answer_has_the_lines_of_the_offer() {
        let ports = Ports { audio: 4000, video: None };
        let media = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.starts_with("m=")).map(str::to_owned).collect()
        };
        let text = answer(HERE, ports, OFFERED);
        assert_eq!(media(&text), ["m=text 0 RTP/AVP 98", "m=audio 4000 RTP/AVP 8", "m=video 0 RTP/AVP 97"]);
        let text = answer(HERE, Ports { video: Some(4002), ..ports }, OFFERED);
        assert_eq!(media(&text)[2], "m=video 4002 RTP/AVP 97");
        assert!(text.contains("a=rtpmap:97 VP8/90000"), "{text}");
    }

    #[test]
    fn what_we_offer_can_be_read_and_answered() {
        let text = offer(HERE, Ports { audio: 4000, video: Some(4002) });
        let session = read(&text).unwrap();
        assert_eq!((session.audio.to.port(), session.audio.format), (4000, 0));
        assert_eq!(session.video.map(|video| video.to.port()), Some(4002));
        assert_eq!(read(&answer(HERE, Ports { audio: 5000, video: None }, &text)).unwrap().audio.format, 0);
    }
}
