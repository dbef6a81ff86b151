//! A packet of voice or video (RTP, RFC 3550). Pure.

/// The fixed header.
const HEADER: usize = 12;

/// The load, the stream and the number of the packet: eight bytes each, in place of the media.
const LABEL: usize = 24;

/// The payload size of 20 ms of G.711, in bytes.
pub const VOICE: usize = 160;

/// Near-silence in both G.711 laws.
const SILENCE: u8 = 0xd5;

/// The header fields of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpHeader {
    /// Its payload type.
    pub format: u8,
    /// The marker bit: the first packet of a talkspurt, or the last of a video frame.
    pub marked: bool,
    /// Its sequence number.
    pub sequence: u16,
    /// Its media time, in samples.
    pub timestamp: u32,
    /// Its synchronization source (SSRC).
    pub source: u32,
}

/// Our label in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The load.
    pub mark: u64,
    /// The stream.
    pub stream: u64,
    /// The number of the packet in its stream.
    pub number: u64,
}

/// Writes a packet with a payload of this many bytes, at least the size of the label.
pub fn write(header: RtpHeader, label: Label, length: usize, packet: &mut Vec<u8>) {
    packet.clear();
    packet.extend([0x80, header.format | if header.marked { 0x80 } else { 0 }]);
    packet.extend(header.sequence.to_be_bytes());
    packet.extend(header.timestamp.to_be_bytes());
    packet.extend(header.source.to_be_bytes());
    for part in [label.mark, label.stream, label.number] {
        packet.extend(part.to_be_bytes());
    }
    packet.resize(HEADER + length.max(LABEL), SILENCE);
}

/// The label of a packet, also if another host has forwarded it; none if it is not RTP, or not ours.
pub fn read(packet: &[u8]) -> Option<Label> {
    let (first, second) = (*packet.first()?, *packet.get(1)?);
    // RTCP packets have the types 200 to 207.
    if first >> 6 != 2 || (200..208).contains(&second) {
        return None;
    }
    let sources = 4 * usize::from(first & 0x0f);
    let mut begin = HEADER + sources;
    if first & 0x10 != 0 {
        let length = packet.get(begin + 2..begin + 4)?;
        begin += 4 + 4 * usize::from(u16::from_be_bytes(length.try_into().ok()?));
    }
    let part = |place: usize| {
        let from = begin + 8 * place;
        packet.get(from..from + 8)?.try_into().ok().map(u64::from_be_bytes)
    };
    Some(Label { mark: part(0)?, stream: part(1)?, number: part(2)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Label = Label { mark: 7, stream: 3, number: 41 };

    fn packet(marked: bool) -> Vec<u8> {
        let header = RtpHeader { format: 0, marked, sequence: 0x0102, timestamp: 160, source: 9 };
        let mut packet = Vec::new();
        write(header, OWN, VOICE, &mut packet);
        packet
    }

    #[test]
    fn a_packet_is_one_of_20_ms() {
        let packet = packet(true);
        assert_eq!(packet.len(), 172);
        assert_eq!(packet[..12], [0x80, 0x80, 1, 2, 0, 0, 0, 160, 0, 0, 0, 9]);
        assert_eq!(read(&packet), Some(OWN));
    }

    #[test]
    fn what_others_add_to_a_packet_is_passed_over() {
        let mut more = packet(false);
        more[0] |= 0x10 | 2;
        more.splice(12..12, [0; 8].into_iter().chain([0xbe, 0xde, 0, 1]).chain([0; 4]));
        assert_eq!(read(&more), Some(OWN));
    }

    #[test]
    fn what_is_no_packet_of_ours_has_no_label() {
        let whole = packet(false);
        assert_eq!(read(&whole[..35]), None);
        let mut report = whole.clone();
        report[1] = 200;
        assert_eq!(read(&report), None, "RTCP");
        let mut other = whole;
        other[0] = 0x40;
        assert_eq!(read(&other), None);
        assert_eq!(read(&[]), None);
    }
}
