//! Lets the output of a guest act on a terminal only in harmless ways.
//!
//! Programs move the cursor and use colours, and a console without these is of little use. But a terminal
//! also obeys sequences that write its clipboard and its title, print, change its keys, or make it send an
//! answer, which the shell then reads as if it were typed. Only sequences that are known to be harmless pass.

/// The longest control sequence that passes, in bytes.
const LONGEST: usize = 64;

/// The longest string of a sequence that is swallowed, in bytes. What follows is text again.
const LONGEST_STRING: usize = 4096;

/// The finals of control sequences that pass: cursor movement, erasing, inserting, scrolling, colours,
/// margins, tab stops, saving and restoring the cursor.
const FINALS: &[u8] = b"ABCDEFGHIJKLMPSTXZ@`adefgmrsu";

/// The modes that pass: insertion, keys, colours, origin, wrapping, the cursor's looks, the alternate screen.
/// Others report the mouse or the focus, or change what is pasted.
const MODES: &[&[u8]] =
    &[b"4", b"?1", b"?5", b"?6", b"?7", b"?12", b"?25", b"?45", b"?47", b"?1047", b"?1048", b"?1049"];

/// What a byte means after those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Text.
    Text,
    /// An escape character came.
    Escape,
    /// The byte that names a character set comes.
    Charset,
    /// A control sequence.
    Sequence,
    /// A string that is swallowed, after this number of its bytes; whether an escape character came last.
    String(usize, bool),
    /// A character of several bytes: how many are missing.
    Character(usize),
}

/// Filters a stream of bytes, in pieces of any size.
#[derive(Debug)]
pub struct Screener {
    state: State,
    /// The bytes of a sequence or a character that is not complete.
    held: Vec<u8>,
}

impl Default for Screener {
    fn default() -> Self {
        Self { state: State::Text, held: Vec::new() }
    }
}

impl Screener {
    /// What may be shown of the next bytes.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        bytes.iter().for_each(|byte| self.byte(*byte, &mut out));
        out
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.state {
            State::Text => self.text(byte, out),
            State::Escape => self.escape(byte, out),
            State::Charset => self.charset(byte, out),
            State::Sequence => self.sequence(byte, out),
            State::String(length, escaped) => self.string(byte, length, escaped, out),
            State::Character(missing) => self.character(byte, missing, out),
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
    }

    /// Forgets what is held, and reads the byte as text.
    fn again(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.held.clear();
        self.enter(State::Text);
        self.text(byte, out);
    }

    /// Passes on what is held.
    fn release(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
        self.enter(State::Text);
    }

    fn text(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            0x1b => self.hold(byte, State::Escape),
            // Bell, backspace, tab, line ends, and the two switches of the character set.
            0x07..=0x0f | b' '..=b'~' => out.push(byte),
            0xc2..=0xdf => self.hold(byte, State::Character(1)),
            0xe0..=0xef => self.hold(byte, State::Character(2)),
            0xf0..=0xf4 => self.hold(byte, State::Character(3)),
            // Other control characters, one of which makes a terminal answer; and bytes that are no text: as
            // control characters of eight bits they would begin sequences.
            _ => {}
        }
    }

    fn hold(&mut self, byte: u8, state: State) {
        self.held.push(byte);
        self.enter(state);
    }

    fn character(&mut self, byte: u8, missing: usize, out: &mut Vec<u8>) {
        if !(0x80..=0xbf).contains(&byte) {
            return self.again(byte, out);
        }
        self.held.push(byte);
        if missing > 1 {
            return self.enter(State::Character(missing - 1));
        }
        // The control characters from 0x80 to 0x9f in UTF-8.
        if let [0xc2, control @ 0x80..=0x9f] = *self.held {
            self.held.clear();
            self.held.push(0x1b);
            return self.escape(control - 0x40, out);
        }
        match std::str::from_utf8(&self.held) {
            Ok(_) => self.release(out),
            Err(_) => {
                self.held.clear();
                self.enter(State::Text);
            }
        }
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b'[' => self.hold(byte, State::Sequence),
            b'(' | b')' | b'*' | b'+' => self.hold(byte, State::Charset),
            // The strings of the device, the operating system, the application, and for privacy.
            b']' | b'P' | b'X' | b'^' | b'_' => {
                self.held.clear();
                self.enter(State::String(0, false));
            }
            // Saving and restoring the cursor, keys, line feeds, a tab stop.
            b'7' | b'8' | b'=' | b'>' | b'D' | b'E' | b'H' | b'M' => {
                self.held.push(byte);
                self.release(out);
            }
            // What begins a sequence of another kind (`ESC # 8`) is lost, and its end is text.
            b' '..=b'~' => {
                self.held.clear();
                self.enter(State::Text);
            }
            _ => self.again(byte, out),
        }
    }

    fn charset(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b'0' | b'A' | b'B' => {
                self.held.push(byte);
                self.release(out);
            }
            b' '..=b'~' => {
                self.held.clear();
                self.enter(State::Text);
            }
            _ => self.again(byte, out),
        }
    }

    fn sequence(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b' '..=b'?' => {
                // One that is too long is still read to its end.
                if self.held.len() < LONGEST + 3 {
                    self.held.push(byte);
                }
            }
            b'@'..=b'~' => {
                self.held.push(byte);
                match is_harmless(self.held.get(2..).unwrap_or_default()) {
                    true => self.release(out),
                    false => {
                        self.held.clear();
                        self.enter(State::Text);
                    }
                }
            }
            _ => self.again(byte, out),
        }
    }

    fn string(&mut self, byte: u8, length: usize, escaped: bool, out: &mut Vec<u8>) {
        match byte {
            // A bell, or `ESC \`.
            0x07 => self.enter(State::Text),
            b'\\' if escaped => self.enter(State::Text),
            _ if escaped => {
                // Another sequence ends the string, too.
                self.held.clear();
                self.held.push(0x1b);
                self.escape(byte, out);
            }
            0x1b => self.enter(State::String(length, true)),
            // The characters that cancel a sequence.
            0x18 | 0x1a => self.enter(State::Text),
            _ if length >= LONGEST_STRING => self.enter(State::Text),
            _ => self.enter(State::String(length + 1, false)),
        }
    }
}

/// Whether a control sequence, without its beginning, passes.
fn is_harmless(sequence: &[u8]) -> bool {
    let Some((end, parameters)) = sequence.split_last() else { return false };
    let numbers = || parameters.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':'));
    if sequence.len() > LONGEST {
        return false;
    }
    match end {
        b'h' | b'l' => {
            let (mark, numbers) = match parameters.strip_prefix(b"?") {
                Some(rest) => ("?", rest),
                None => ("", parameters),
            };
            numbers
                .split(|byte| *byte == b';')
                .all(|mode| MODES.contains(&[mark.as_bytes(), mode].concat().as_slice()))
        }
        // The shape of the cursor.
        b'q' => parameters.last() == Some(&b' ') && parameters.iter().rev().skip(1).all(u8::is_ascii_digit),
        end => FINALS.contains(end) && numbers(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same output, however it is cut.
    fn shown(bytes: &[u8]) -> String {
        let whole = Screener::default().pass(bytes);
        for size in 1..=3 {
            let mut screener = Screener::default();
            let parts: Vec<u8> = bytes.chunks(size).flat_map(|part| screener.pass(part)).collect();
            assert_eq!(parts, whole, "in pieces of {size}");
        }
        String::from_utf8(whole).unwrap()
    }

    #[test]
    fn text_colours_and_the_cursor_pass() {
        for text in [
            "plain\r\n\ttext \u{8}\u{7}",
            "Änne, 50 %, 漢字, 🦀",
            "\u{1b}[1;31mred\u{1b}[0m \u{1b}[38;5;120mgreen\u{1b}[m",
            "\u{1b}[2J\u{1b}[H\u{1b}[10;20H\u{1b}[K\u{1b}[3A",
            "\u{1b}[?25l\u{1b}[?1049h\u{1b}[?1049l\u{1b}[?25h\u{1b}[4h",
            "\u{1b}7\u{1b}8\u{1b}M\u{1b}(0lqk\u{1b}(B\u{1b}[2 q",
        ] {
            assert_eq!(shown(text.as_bytes()), text);
        }
    }

    #[test]
    fn what_writes_outside_of_the_screen_or_asks_for_an_answer_does_not() {
        for (bytes, text) in [
            // The title, the clipboard, a link, a string without an end.
            ("a\u{1b}]0;title\u{7}b", "ab"),
            ("a\u{1b}]52;c;cm0gLXJmIC8=\u{1b}\\b", "ab"),
            ("a\u{1b}]8;;http://example.com\u{1b}\\link\u{1b}]8;;\u{1b}\\b", "alinkb"),
            ("a\u{1b}P$q\"p\u{1b}\\b\u{1b}_x\u{1b}\\c\u{1b}^y\u{1b}\\d\u{1b}Xz\u{1b}\\e", "abcde"),
            ("a\u{1b}]0;title\u{1b}[31mb", "a\u{1b}[31mb"),
            // The same introduced by control characters of eight bits.
            ("a\u{9d}0;title\u{7}b\u{9b}6nc\u{9b}1md", "abc\u{1b}[1md"),
            // Status, attributes, size, mode and version of the terminal; its keys, printing, a reset.
            ("a\u{1b}[6n\u{1b}[?6n\u{1b}[c\u{1b}[>c\u{1b}[=c\u{1b}[18t\u{1b}[21t\u{1b}[?25$pb", "ab"),
            ("a\u{1b}[>q\u{1b}[?u\u{1b}[>1u\u{1b}[x\u{1b}[5i\u{1b}c\u{1b}Z\u{5}b", "ab"),
            // The mouse, the focus, pasting.
            ("a\u{1b}[?1000h\u{1b}[?1003;1006h\u{1b}[?1004h\u{1b}[?2004lb", "ab"),
            ("a\0\u{7f}\u{1b}[\u{1b}[31mb", "a\u{1b}[31mb"),
        ] {
            assert_eq!(shown(bytes.as_bytes()), text, "{bytes:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_left_out() {
        assert_eq!(shown(b"a\x9d0;title\x07b\xff\xc3(\xe2\x82\xac"), "a0;title\u{7}b(€");
        assert_eq!(shown(b"\xc3"), "");
        let long = [b"\x1b[".as_slice(), &[b'1'; 1000], b"mtext"].concat();
        assert_eq!(shown(&long), "text");
    }

    #[test]
    fn a_string_without_an_end_hides_only_so_much() {
        let mut bytes = b"a\x1b]52;c;".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 2 * LONGEST_STRING));
        let text = shown(&bytes);
        assert!(text.starts_with("ax") && text.len() > LONGEST_STRING && text.len() < 2 * LONGEST_STRING);
        let mut screener = Screener::default();
        for _ in 0..100 {
            screener.pass(&[b"\x1b[".as_slice(), &[b';'; 10_000]].concat());
            assert!(screener.held.len() <= LONGEST + 3);
        }
    }

    #[test]
    fn whatever_comes_no_dangerous_sequence_leaves() {
        // All texts of five signs that matter, one after the other through one screener.
        let signs: &[&[u8]] =
            &[b"\x1b", b"]", b"[", b"6", b"n", b"\\", b"\x07", b"\xc2\x9b", b"\xc2\x9d", b"P"];
        let mut screener = Screener::default();
        for number in 0..100_000_usize {
            let text: Vec<u8> =
                (0..5).flat_map(|place| signs[number / 10_usize.pow(place) % 10].iter().copied()).collect();
            let out = screener.pass(&text);
            for pair in out.windows(2) {
                assert!(!matches!(pair, [0x1b, b']' | b'P' | b'n'] | [0xc2, 0x80..=0x9f]), "{out:?}");
            }
            let asks = out.windows(4).any(|part| part == b"\x1b[6n");
            assert!(!asks, "{out:?}");
        }
    }
}
