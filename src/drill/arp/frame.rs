//! ARP in Ethernet frames, as bytes. Pure.

use std::net::Ipv4Addr;

use crate::model::MacAddress;

/// The shortest Ethernet frame without its checksum.
pub const SHORTEST: usize = 60;

/// The EtherType of ARP.
pub const ETHERTYPE: u16 = 0x0806;

const BROADCAST: [u8; 6] = [0xff; 6];

/// Our Ethernet addresses: a locally administered prefix, followed by the number of the query.
const OURS: [u8; 3] = [0x02, 0x68, 0x61];

/// Hardware and protocol type (Ethernet, IPv4), and the lengths of their addresses.
const KIND: [u8; 6] = [0, 1, 8, 0, 6, 4];

/// Numbers of queries wrap around after this many; by then all answers have long arrived.
const NUMBERS: u32 = 1 << 24;

/// A decoded ARP frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// An answer to the query with this number.
    Answer {
        /// The number of the query.
        number: u32,
        /// The MAC address of the holder.
        mac: MacAddress,
        /// The address.
        ip: Ipv4Addr,
    },
    /// A gratuitous announcement that a host holds an address.
    Announcement {
        /// The MAC address of the holder.
        mac: MacAddress,
        /// The address.
        ip: Ipv4Addr,
    },
}

impl Heard {
    /// The address that it is about.
    pub fn ip(&self) -> Ipv4Addr {
        match self {
            Self::Answer { ip, .. } | Self::Announcement { ip, .. } => *ip,
        }
    }
}

/// A query for the holder of an address.
pub fn question(number: u32, ip: Ipv4Addr) -> [u8; SHORTEST] {
    let [_, high, middle, low] = (number % NUMBERS).to_be_bytes();
    let sender = [OURS[0], OURS[1], OURS[2], high, middle, low];
    let mut frame = [0; SHORTEST];
    let parts: [&[u8]; 9] = [
        &BROADCAST,
        &sender,
        &ETHERTYPE.to_be_bytes(),
        &KIND,
        &[0, 1],
        &sender,
        &Ipv4Addr::UNSPECIFIED.octets(),
        &[0; 6],
        &ip.octets(),
    ];
    let bytes = parts.into_iter().flatten();
    frame.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    frame
}

/// Decodes a frame, if it is an answer to a query of ours or an announcement.
pub fn hear(frame: &[u8]) -> Option<Heard> {
    let arp = frame.get(14..42)?;
    if frame[12..14] != ETHERTYPE.to_be_bytes() || arp[..6] != KIND {
        return None;
    }
    let mac = |at: usize| -> Option<[u8; 6]> { arp.get(at..at + 6)?.try_into().ok() };
    let ip = |at: usize| -> Option<Ipv4Addr> {
        arp.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).map(Ipv4Addr::from)
    };
    let (sender, owner) = (mac(8)?, ip(14)?);
    let (asker, asked) = (mac(18)?, ip(24)?);
    if sender[..3] == OURS {
        return None;
    }
    let mac = MacAddress(sender);
    let is_reply = arp[6..8] == [0, 2];
    if is_reply && asker[..3] == OURS {
        let number = u32::from_be_bytes([0, asker[3], asker[4], asker[5]]);
        return Some(Heard::Answer { number, mac, ip: owner });
    }
    (owner == asked).then_some(Heard::Announcement { mac, ip: owner })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: Ipv4Addr = Ipv4Addr::new(192, 168, 0, 100);
    const NODE: MacAddress = MacAddress([0x52, 0x54, 0, 1, 2, 3]);

    /// The answer of a kernel to a frame.
    fn answer(question: &[u8]) -> Vec<u8> {
        let mut frame = question.to_vec();
        frame.copy_within(6..12, 0);
        frame[6..12].copy_from_slice(&NODE.0);
        frame[21] = 2;
        frame.copy_within(22..32, 32);
        frame[22..28].copy_from_slice(&NODE.0);
        frame[28..32].copy_from_slice(&WEB.octets());
        frame
    }

    #[test]
    fn an_answer_names_its_question() {
        for number in [0, 1, 70_000, NUMBERS - 1] {
            let heard = hear(&answer(&question(number, WEB)));
            assert_eq!(heard, Some(Heard::Answer { number, mac: NODE, ip: WEB }));
        }
    }

    #[test]
    fn questions_are_not_heard_and_announcements_are() {
        let mut frame = question(5, WEB);
        assert_eq!(hear(&frame), None, "our own");
        frame[22..28].copy_from_slice(&NODE.0);
        assert_eq!(hear(&frame), None, "a probe for a free address (RFC 5227), which has no sender");
        frame[28..32].copy_from_slice(&WEB.octets());
        assert_eq!(hear(&frame), Some(Heard::Announcement { mac: NODE, ip: WEB }));
        assert_eq!(hear(&frame[..41]), None, "cut short");
        frame[12] = 0;
        assert_eq!(hear(&frame), None, "another protocol");
    }
}
