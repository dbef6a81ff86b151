//! Text inside HTML and XML.

use crate::base::text::one_line;

/// What a page may load: nothing but its own style. This forbids all that escaping should have prevented.
pub const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" \
                          content=\"default-src 'none'; style-src 'unsafe-inline'\">";

/// Text that is safe in elements and in quoted attributes, as one line. Characters that control the display
/// are shown as their numbers, and characters that XML cannot contain are replaced.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in one_line(text).chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            sign => out.push(sign),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(
            escaped("<a href=\"x\" id='y'>&amp;"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;"
        );
        assert_eq!(escaped("one\ntwo\0\u{202e}\u{ffff}"), "one two\\x00\\u{202e}\u{fffd}");
    }
}
